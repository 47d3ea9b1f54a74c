"""A database of its own for each test, and processes that use it."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.processes.acts import operating
from tests.processes.databases import DATABASES, KIND, Database
from tests.processes.rig import Worker, nursery

_numbers = count(1)


class Start(Protocol):
    """Starts a process; see :func:`start`."""

    def __call__(
        self, *, isolation: str | None = None, server: dict[str, Any] | None = None, **settings: Any
    ) -> Worker:
        """Give it these settings beside the defaults, and ``server`` beside those of ``DATABASES["default"]``."""
        ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.processes)


def _new_database(directory: Path) -> Database:
    name = f"plugin_system_processes_{os.getpid()}_{next(_numbers)}"
    return DATABASES[KIND](str(directory / name / "db.sqlite3") if KIND == "sqlite" else name)


@pytest.fixture(scope="session")
def nursery_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where processes come from."""
    with nursery(tmp_path_factory.mktemp("nursery")) as path:
        yield path


@pytest.fixture(scope="session")
def template(nursery_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database as ``migrate`` leaves it: the host project's items have their rows."""
    database = _new_database(tmp_path_factory.mktemp("template"))
    database.create_from(None)
    worker = Worker(nursery_path, {"DATABASES": database.settings()})
    try:
        worker.call(operating.migrate)
        worker.kill()
        yield database
    finally:
        database.drop()


@pytest.fixture
def database(template: Database, tmp_path: Path) -> Iterator[Database]:
    """A database that nobody else uses."""
    database = _new_database(tmp_path)
    database.create_from(template)
    yield database
    database.drop()


@pytest.fixture
def start(nursery_path: str, database: Database) -> Iterator[Start]:
    """A function that starts a process of the host project on the test's database."""
    started: list[Worker] = []

    def start(*, isolation: str | None = None, server: dict[str, Any] | None = None, **settings: Any) -> Worker:
        worker = Worker(
            nursery_path, {"DATABASES": database.settings(isolation=isolation, **(server or {})), **settings}
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def follower(start: Callable[[], Worker]) -> Worker:
    """A process with default settings, to follow what others do."""
    return start()


@pytest.fixture
def operator(start: Callable[[], Worker]) -> Worker:
    """Another process with default settings, to do things."""
    return start()
