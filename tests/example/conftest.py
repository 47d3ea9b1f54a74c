"""One example project for all its tests: prepared by its own demo, served, with an operator beside it."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.example.running import Outside, Project, Visitor, until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.processes)


@dataclass(frozen=True)
class Credentials:
    """What a demo printed."""

    output: str
    password: str
    token: str

    @classmethod
    def printed_in(cls, output: str) -> "Credentials":
        values = dict(re.findall(r"^  (Password|Token) +(\S+)$", output, re.MULTILINE))
        return cls(output, values["Password"], values["Token"])


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    with Outside().listening() as server:
        yield server


@pytest.fixture(scope="session")
def variables(outside: Outside) -> dict[str, str]:
    """The fallback and the webhook deliver to somebody else, everything else to the demo gateway."""
    return {
        "EXAMPLE_OTP_FALLBACK_URL": f"{outside.url}/otp?key=hidden",
        "EXAMPLE_WEBHOOK_URL": f"{outside.url}/hook",
        "EXAMPLE_WEBHOOK_KEY": "agreed",
    }


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> tuple[Project, Credentials]:
    """A project in the state in which its first demo left it; nothing else may touch it."""
    project = Project(tmp_path_factory.mktemp("fresh") / "data", variables)
    demo = project.manage("demo")
    assert demo.returncode == 0, demo.stderr
    return project, Credentials.printed_in(demo.stdout)


def copied(fresh: tuple[Project, Credentials], target: Path) -> Project:
    shutil.copytree(fresh[0].data_dir, target)
    return Project(target, fresh[0].variables)


@pytest.fixture
def copy(fresh: tuple[Project, Credentials], tmp_path: Path) -> Project:
    return copied(fresh, tmp_path / "data")


@pytest.fixture(scope="session")
def project(fresh: tuple[Project, Credentials], tmp_path_factory: pytest.TempPathFactory) -> Project:
    return copied(fresh, tmp_path_factory.mktemp("served") / "data")


@pytest.fixture(scope="session")
def token(fresh: tuple[Project, Credentials]) -> str:
    return fresh[1].token


@pytest.fixture(scope="session")
def site(project: Project) -> Iterator[str]:
    with project.served() as url:
        yield url


@pytest.fixture(scope="session")
def operator(project: Project) -> Iterator[Callable[[str], str]]:
    with project.operator() as act:
        yield act


@pytest.fixture
def visitor(site: str) -> Visitor:
    return Visitor(site)


@pytest.fixture
def decide(operator: Callable[[str], str], visitor: Visitor) -> Callable[..., None]:
    """Give the two providers of codes a status, in another process, and wait until the server follows."""

    def decide(*, primary: str, fallback: str, serving: str | None) -> None:
        decide_now(operator, primary=primary, fallback=fallback)
        until(lambda: serving_on(visitor) == serving, f"{serving!r} serving", seconds=3)

    return decide


def decide_now(operator: Callable[[str], str], **statuses: str) -> None:
    """Give the providers a status, in another process."""
    operator(
        "from plugin_system.models import PluginItem\n"
        f"for name, status in {statuses!r}.items():\n"
        "    PluginItem.objects.filter(module='apps.otp_sms', name=name).update(status=status)\n"
    )


def serving_on(visitor: Visitor) -> str | None:
    """Return the provider that the page says serves now."""
    page = visitor.get("/")
    assert page.status == 200, page.text
    found = re.search(r'class="serving">\s*<div>\s*<a [^>]*>(\w+)<', page.text)
    return found[1] if found else None
