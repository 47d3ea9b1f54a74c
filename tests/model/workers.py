"""
Simulated processes, run by turns in this one: each has a registry, installed apps, a view of the rows and connections
of its own.

All that a process has to itself is put in the place of this process's while it is at work. A process can have several
sessions: threads, with a connection each, that share the rest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from types import SimpleNamespace
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system import ownership
from plugin_system.following import Follower
from plugin_system.pending import pending
from plugin_system.registry import Registry, plugin_registry
from plugin_system.services import recalling
from plugin_system.snapshot import default_follower
from tests.model.reference import State
from tests.model.release import Release

KEPT: tuple[dict[Any, Any], ...] = (pending, recalling._recollections)


class Process:
    """What a process has to itself, and, for the model, what it has seen."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.release = Release()
        self.registry = {**vars(Registry()), "_listeners": plugin_registry._listeners}
        self.apps = SimpleNamespace(get_app_configs=self._app_configs)
        self.sessions: list[Session] = []
        self.restart()

    def restart(self) -> None:
        """Start anew with the same code: whatever was in memory is gone."""
        self.follower: dict[str, Any] = vars(Follower("default"))
        # What the core keeps in dictionaries that are there once for a process.
        self.kept: list[dict[Any, Any]] = [{} for _ in KEPT]
        # The oldest moment of the timeline that it may still answer from.
        self.floor = 0

    @property
    def held_number(self) -> int | None:
        """The revision that the process believes in; ``None`` while it believes in none, or is finding out."""
        if self.follower["view"] is None or self.follower["_lock"].locked():
            return None
        number: int = self.follower["view"].content.counter.number
        return number

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Let the process look, in the block, and not remember that it did."""
        kept = {"follower": self.follower, "kept": [dict(each) for each in self.kept], "floor": self.floor}
        self.follower = dict(self.follower)
        if self.follower["view"] is not None:
            view = copy(self.follower["view"])
            view.choices = dict(view.choices)
            view.classes = {first: dict(seconds) for first, seconds in view.classes.items()}
            view.by_interface = dict(view.by_interface)
            self.follower["view"] = view
        try:
            yield
        finally:
            vars(self).update(kept)

    def _app_configs(self) -> list[Any]:
        return [SimpleNamespace(name=name) for name in sorted(self.release.installed)]


class Session:
    """A thread of a process, with its connection and its open transaction."""

    def __init__(self, process: Process, connection: BaseDatabaseWrapper, *, stands_still: bool) -> None:
        self.process = process
        self.connection = connection
        # Whether its transactions go on seeing what was committed when they began.
        self.stands_still = stands_still
        self.blocks: list[tuple[transaction.Atomic, State | None]] = []
        self.forget_transaction()
        process.sessions.append(self)

    def forget_transaction(self) -> None:
        # The state that its own uncommitted writes have made; None where there are none.
        self.working: State | None = None
        self.holds_lock = False
        self.doomed = False
        self.began_at_version = 0
        # Whether it has come to write, even if that was refused or came to nothing.
        self.has_tried = False
        # Whether it may be unable to write: see World.note_idle_commit.
        self.is_unsure = False

    @property
    def in_transaction(self) -> bool:
        return bool(self.blocks)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be, in the block, the process and the thread that run."""
        with _installed(self.process, self.connection):
            yield

    def enter_block(self) -> None:
        """Begin a transaction, or a savepoint in it."""
        block = transaction.atomic()
        with self.at_work():
            block.__enter__()
        self.blocks.append((block, self.working))

    def leave_block(self, *, commits: bool) -> None:
        """End the innermost block; what it wrote is undone unless it commits."""
        block, before = self.blocks.pop()
        with self.at_work():
            if commits:
                block.__exit__(None, None, None)
            else:
                error = RuntimeError("The host's code fails.")
                block.__exit__(type(error), error, None)
        if not commits or self.doomed:
            self.working = before
        self.doomed = False

    def close(self) -> None:
        """Drop the connection, with whatever was not committed on it."""
        while self.blocks:
            self.leave_block(commits=False)
        self.forget_transaction()
        self.connection.close()


_at_work: list[Process] = []


def process_at_work() -> Process:
    """Return the process that runs now."""
    return _at_work[-1]


@contextmanager
def _installed(process: Process, connection: BaseDatabaseWrapper) -> Iterator[None]:
    held = (vars(default_follower), vars(plugin_registry), ownership.apps, connections["default"], _kept())
    if _at_work:
        _at_work[-1].kept = held[-1]
    _at_work.append(process)
    _install(process.follower, process.registry, process.apps, connection, process.kept)
    try:
        yield
    finally:
        process.kept = _kept()
        _at_work.pop()
        # The outer one may be this very process: then it has what this block left.
        _install(*held[:4], _at_work[-1].kept if _at_work else held[4])


def _kept() -> list[dict[Any, Any]]:
    return [dict(each) for each in KEPT]


def _install(
    follower: Any, registry: Any, apps: Any, connection: BaseDatabaseWrapper, kept: list[dict[Any, Any]]
) -> None:
    default_follower.__dict__ = follower
    plugin_registry.__dict__ = registry
    ownership.apps = apps
    connections["default"] = connection
    for place, held in zip(KEPT, kept, strict=True):
        place.clear()
        place.update(held)
