"""The example project, served from a database of each test's own, and a real Chromium before it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import Operator, Watch, launch, open_page
from tests.example.conftest import Credentials, copied
from tests.example.running import Project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Credentials]:
    """A project in the state in which its demo left it; nothing else may touch it."""
    project = Project(tmp_path_factory.mktemp("prepared") / "data")
    demo = project.manage("demo")
    assert demo.returncode == 0, demo.stderr
    return project, Credentials.printed_in(demo.stdout)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def project(prepared: tuple[Project, Credentials], tmp_path: Path) -> Project:
    return copied(prepared, tmp_path / "data")


@pytest.fixture
def site(project: Project) -> Iterator[str]:
    with project.served() as url:
        yield url


@pytest.fixture
def enter(browser: Browser, site: str, prepared: tuple[Project, Credentials]) -> Iterator[Callable[..., Operator]]:
    """Opens a window of its own, with options of Playwright's, and logs in; nothing may go wrong in any of them."""
    watch, contexts = Watch(), []

    def enter(*, log_in: bool = True, **options: Any) -> Operator:
        context, page = open_page(browser, watch, **options)
        contexts.append(context)
        operator = Operator(page, site)
        if log_in:
            operator.log_in(prepared[1].password)
        return operator

    yield enter
    for context in contexts:
        context.close()
    assert watch.problems == []


@pytest.fixture
def operator(enter: Callable[..., Operator]) -> Operator:
    """Somebody who has logged in, at a desk."""
    return enter()


@pytest.fixture
def password(prepared: tuple[Project, Credentials]) -> str:
    return prepared[1].password
