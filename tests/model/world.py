"""One database, the simulated processes on it, the clock, and what the model says of all this."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from tests.model.reference import State
from tests.model.workers import Process, Session
from tests.processes.databases import KIND, REPEATABLE_READ, Database

# Parents first, for a restore; the other way round for a deletion.
TABLES: tuple[Any, ...] = (RevisionCounter, PluginType, PluginItem, Revision, Change)
EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
START = 1000.0
# Who has how many threads.
THREADS = (2, 1, 1)


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
    """What examples share: an empty database with its tables, the clock, and the ear at the connections."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock()
        self.statements = Statements()
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
        from django.db import transaction

        with self.observing(), transaction.atomic():
            for model in reversed(TABLES):
                model._base_manager.using("default").all()._raw_delete("default")
            for model, rows in dump.items():
                model._base_manager.using("default").bulk_create([model(**copy.copy(row)) for row in rows])


class World:
    """The processes of one example, and the model's opinion on what they must see."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.clock, self.statements = ground, ground.clock, ground.statements
        self.clock.now = START
        ground.load({})
        self.processes = [Process(number) for number in range(len(THREADS))]
        self.sessions: list[Session] = []
        for process, threads in zip(self.processes, THREADS, strict=True):
            for _ in range(threads):
                # Of every two sessions that begin one has transactions that stand still.
                connection = ground.connect(stands_still=len(self.sessions) % 2 == 1)
                self.sessions.append(Session(process, connection, stands_still=len(self.sessions) % 2 == 1))
            with process.sessions[0].at_work():
                process.deploy_first_release()
        # When each state was committed; what is committed now comes last.
        self.timeline: list[tuple[float, State]] = [(self.clock.now, State())]
        # Commits that wrote anything, even what amounts to nothing.
        self.version = 0

    @property
    def committed(self) -> State:
        return self.timeline[-1][1]

    @property
    def last_commit(self) -> float:
        return self.timeline[-1][0]

    @property
    def lock_holder(self) -> Session | None:
        """The session whose open transaction keeps everybody else from writing."""
        return next((session for session in self.sessions if session.holds_lock), None)

    def state_before(self, session: Session) -> State:
        """Return the state that a write of the session starts from."""
        return self.committed if session.working is None else session.working

    def is_stale(self, session: Session) -> bool:
        """Whether the session stands in a transaction that shows the past, in which nothing can be written."""
        return session.stands_still and session.in_transaction and session.began_at_version != self.version

    def note_commit(self, state: State, process: Process | None = None) -> None:
        """Let the state be what is committed; the process that did it must see it at once."""
        self.version += 1
        if state is not self.committed:
            self.timeline.append((self.clock.now, state))
        if process is not None:
            process.floor = len(self.timeline) - 1

    def oldest_allowed(self, process: Process, max_staleness: float) -> int:
        """Return the oldest moment of the timeline from which the process may answer now."""
        seen_by_all = [
            index for index, (at, _) in enumerate(self.timeline) if at <= self.clock.now - max_staleness
        ]
        return max([process.floor, *seen_by_all[-1:]])

    def close(self) -> None:
        """End the processes."""
        for session in self.sessions:
            session.close()
