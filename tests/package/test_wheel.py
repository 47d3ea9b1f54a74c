"""The built distribution, as a stranger gets it: what it holds, and a foreign project that uses it."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.package.foreign_project import write_foreign_project

pytestmark = pytest.mark.package

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
WITH_REST = ["--settings", "host.settings_with_rest"]
# What `make run` and the suite leave in a checkout, a secret among it.
MADE_BY_USE = ["example_project/data/secret_key", "example_project/data/example.sqlite3", "tests/test.sqlite3"]
IMPORT_PACKAGES = {"plugin_system": "plugin_system", "plugin_system_api": "api/plugin_system_api"}


def run(*command: str | Path, cwd: Path) -> str:
    """Run the command as a stranger would: without this process's paths and Django settings."""
    ours = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def make_environment(folder: Path, requirement: str) -> Path:
    """Return the interpreter of a new environment that has only the requirement and what it needs."""
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, requirement, cwd=folder)
    return python


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that are, or are to be, under version control, and of what use adds to them."""
    copy = tmp_path_factory.mktemp("sources")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for name in MADE_BY_USE:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("not for strangers")
    return copy


@pytest.fixture(scope="module")
def dist(sources: Path) -> Path:
    """The folder with the sdist and the wheel that was built from it."""
    run(sys.executable, "-m", "build", cwd=sources)
    return sources / "dist"


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist_names(dist: Path) -> set[str]:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel and what it needs: Django, and no REST framework."""
    return make_environment(tmp_path_factory.mktemp("environment"), str(wheel))


@pytest.fixture(scope="module")
def python_with_rest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel and its extras."""
    return make_environment(tmp_path_factory.mktemp("environment"), f"{wheel}[api,docs]")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_foreign_project(folder)
    return folder


@pytest.fixture(scope="module")
def migrated(python: Path, project: Path) -> Path:
    run(python, "manage.py", "migrate", "--verbosity", "0", cwd=project)
    return project


@pytest.fixture(scope="module")
def seen(python: Path, migrated: Path) -> dict[str, Any]:
    """What the project sees: where modules come from, what its view answers, what resolves."""
    answer = json.loads(run(python, "look.py", cwd=migrated))
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def operated(python_with_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The foreign project with the REST API, migrated."""
    folder = tmp_path_factory.mktemp("project")
    write_foreign_project(folder)
    run(python_with_rest, "manage.py", "migrate", "--verbosity", "0", *WITH_REST, cwd=folder)
    return folder


class TestWheel:
    def test_installs_the_two_import_packages_and_nothing_else(self, wheel_names: set[str]) -> None:
        tops = {name.partition("/")[0] for name in wheel_names}

        assert {top for top in tops if not top.endswith(".dist-info")} == set(IMPORT_PACKAGES)
        assert len(tops) == 3

    @pytest.mark.parametrize("package", sorted(IMPORT_PACKAGES))
    def test_holds_every_file_of_the_package(self, package: str, wheel_names: set[str], sources: Path) -> None:
        folder = sources / IMPORT_PACKAGES[package]
        expected = {f"{package}/{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file()}

        assert {name for name in wheel_names if name.startswith(f"{package}/")} == expected
        assert f"{package}/py.typed" in expected

    @pytest.mark.parametrize("kind", ["migrations", "management/commands", "templates", "static"])
    def test_holds_what_django_looks_for(self, kind: str, wheel_names: set[str]) -> None:
        assert any(name.startswith(f"plugin_system/{kind}/") for name in wheel_names)

    def test_states_the_licence_and_needs_django_only(self, wheel: Path, wheel_names: set[str]) -> None:
        (metadata,) = (name for name in wheel_names if name.endswith(".dist-info/METADATA"))
        with zipfile.ZipFile(wheel) as archive:
            lines = archive.read(metadata).decode().partition("\n\n")[0].splitlines()

        needed = [line for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line]
        assert needed == ["Requires-Dist: django>=5.2"]
        assert "License-Expression: MIT" in lines
        assert metadata.replace("METADATA", "licenses/LICENSE") in wheel_names


class TestSdist:
    def test_holds_what_the_tests_and_the_example_need(self, sdist_names: set[str]) -> None:
        assert {
            "Makefile",
            "constraints.txt",
            "pyproject.toml",
            "README.md",
            "LICENSE",
            ".ci/run",
            "tests/settings.py",
            "example_project/manage.py",
        } <= sdist_names

    def test_holds_only_files_of_the_checkout(self, sdist_names: set[str], sources: Path) -> None:
        made_by_the_build = {"PKG-INFO"}

        assert {name for name in sdist_names - made_by_the_build if not (sources / name).is_file()} == set()

    def test_leaves_out_what_use_has_made(self, sdist_names: set[str]) -> None:
        assert not sdist_names & set(MADE_BY_USE)


class TestForeignProject:
    def test_passes_the_system_checks(self, python: Path, migrated: Path) -> None:
        run(python, "manage.py", "check", "--fail-level", "WARNING", cwd=migrated)

    def test_has_no_migration_to_make(self, python: Path, migrated: Path) -> None:
        run(python, "manage.py", "makemigrations", "--check", "--dry-run", cwd=migrated)

    def test_is_in_sync_after_migrate(self, python: Path, migrated: Path) -> None:
        run(python, "manage.py", "pluginsync", "--check", cwd=migrated)

    def test_keeps_its_own_api_app(self, seen: dict[str, Any], migrated: Path, python: Path) -> None:
        assert Path(seen["api"]) == migrated / "api"
        assert Path(seen["plugin_system"]).is_relative_to(python.parents[1])
        assert Path(seen["plugin_system_api"]).is_relative_to(python.parents[1])

    def test_resolves_what_its_own_plugins_module_registers(self, seen: dict[str, Any]) -> None:
        assert seen["resolved"] == ["api.plugins", "Polite"]

    def test_serves_the_resolved_item_through_its_own_view(self, seen: dict[str, Any]) -> None:
        assert seen["answer"] == "Good evening, world."

    def test_follows_the_operator(self, seen: dict[str, Any]) -> None:
        assert seen["answer_after_disable"] == "Hi, world."

    def test_runs_without_the_rest_framework(self, seen: dict[str, Any]) -> None:
        assert seen["rest_framework"] is False


class TestForeignProjectWithTheRestApi:
    """The same project, with the extras and one more line in its URLs."""

    def test_passes_the_system_checks(self, python_with_rest: Path, operated: Path) -> None:
        run(python_with_rest, "manage.py", "check", "--fail-level", "WARNING", *WITH_REST, cwd=operated)

    def test_has_no_migration_to_make(self, python_with_rest: Path, operated: Path) -> None:
        run(python_with_rest, "manage.py", "makemigrations", "--check", "--dry-run", *WITH_REST, cwd=operated)

    def test_is_operated_over_http(self, python_with_rest: Path, operated: Path) -> None:
        seen = json.loads(run(python_with_rest, "operate.py", cwd=operated))

        polite, casual = "api:greeter/api:polite", "api:greeter/api:casual"
        assert seen == {
            "anonymous": 401,
            "resolves": [{"plugin_type": "api:greeter", "before": polite, "after": casual}],
            "answer": "Hi, world.",
            "document": "3.0.3",
            "page": 200,
        }
