"""What the examples of a machine stand on: a database, the clock, and the ear at the connections."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import load_backend
from django.utils import timezone

from plugin_system import failures, following, helpers, snapshot
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.rows import unrecorded
from plugin_system.services import recalling
from tests.processes.databases import DATABASES, KIND, REPEATABLE_READ, Database

# Parents first, for a restore; the other way round for a deletion.
TABLES: tuple[Any, ...] = (RevisionCounter, PluginType, PluginItem, Revision, Change)
EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
START = 1000.0


class Clock:
    """The only time there is: it stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.now)

    @contextmanager
    def at(self, moment: float) -> Iterator[None]:
        """Let it be that late in the block."""
        held, self.now = self.now, moment
        try:
            yield
        finally:
            self.now = held


class Statements:
    """Counts the statements that processes send, and lets something happen after one of them."""

    def __init__(self) -> None:
        self.count = 0
        self._left = 0
        self._act: Callable[[], None] | None = None

    @contextmanager
    def interrupted(self, after: int, act: Callable[[], None]) -> Iterator[None]:
        """Run ``act`` once, after that many more statements, unless the block is over by then."""
        self._left, self._act = after, act
        try:
            yield
        finally:
            self._act = None

    @property
    def interruption_is_due(self) -> bool:
        """Whether the act of :meth:`interrupted` has not happened."""
        return self._act is not None

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        self.count += 1
        if self._act is not None and not sql.startswith("BEGIN"):
            self._left -= 1
            if self._left <= 0:
                act, self._act = self._act, None
                act()
        return result

    def watch(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        """Come between a new connection and its statements."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)


class Ground:
    """What examples share."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock()
        self.statements = Statements()
        # How much was tried on it.
        self.examples = self.steps = 0
        self._database = database
        self.observer = self.connect(stands_still=False)
        with self.observing():
            call_command("migrate", verbosity=0)

    def connect(self, *, stands_still: bool) -> BaseDatabaseWrapper:
        """Return a new connection, in whose transactions time stands still or does not."""
        found = self._database.settings(isolation=REPEATABLE_READ if stands_still and KIND != "sqlite" else None)
        settings = connections.configure_settings(found)["default"]
        options = settings["OPTIONS"]
        if KIND == "sqlite":
            options.update(timeout=0.5, init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
            options["transaction_mode"] = "DEFERRED" if stands_still else "IMMEDIATE"
        if KIND == "postgresql":
            options["options"] = f"{options.get('options', '')} -c lock_timeout=3000 -c synchronous_commit=off"
        return load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")

    @contextmanager
    def observing(self) -> Iterator[None]:
        """Let the ORM use, in the block, a connection that is nobody's."""
        held, connections["default"] = connections["default"], self.observer
        try:
            yield
        finally:
            connections["default"] = held

    def dump(self) -> dict[Any, list[dict[str, Any]]]:
        """Return every row."""
        with self.observing():
            return {model: list(model._base_manager.using("default").values()) for model in TABLES}

    def load(self, dump: dict[Any, list[dict[str, Any]]]) -> None:
        """Put these rows in the place of all there are, as a restored backup does."""
        with self.observing(), transaction.atomic():
            for model in reversed(TABLES):
                unrecorded(model, "default")._raw_delete("default")
            for model, rows in dump.items():
                unrecorded(model, "default").bulk_create([model(**row) for row in rows])


@contextmanager
def laid_ground(directory: Path) -> Iterator[Ground]:
    """Yield the ground on a new database, in which there is no time but the clock's."""
    name = f"plugin_system_model_{os.getpid()}"
    database = DATABASES[KIND](str(directory / name / "db.sqlite3") if KIND == "sqlite" else name)
    database.create_from(None)
    ground = Ground(database)
    modules = (following, snapshot, helpers, failures, recalling)
    held = [module.monotonic for module in modules], timezone.now
    for module in modules:
        module.monotonic = ground.clock
    timezone.now = ground.clock.wall
    connection_created.connect(ground.statements.watch)
    try:
        yield ground
    finally:
        connection_created.disconnect(ground.statements.watch)
        for module, monotonic in zip(modules, held[0], strict=True):
            module.monotonic = monotonic
        timezone.now = held[1]
        ground.observer.close()
        database.drop()
