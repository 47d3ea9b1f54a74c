"""What processes do that lose their database."""

import logging
from time import monotonic, sleep
from typing import Any

from django.db import close_old_connections

from plugin_system.exceptions import SnapshotTooOldError
from plugin_system.snapshot import follower_of
from tests.processes.acts.resolving import serving
from tests.processes.worker import checkpoint, say


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.levels: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.levels.append(record.levelname)


def serve_requests(until: str, seconds: float = 15.0) -> dict[str, Any]:
    """
    Resolve as requests do, each of which may find its connection closed, until ``until`` serves.

    Says ``outage`` once the database is known to be gone; returns what served, how old the view became, how long a
    resolve took at most, what was logged, and when it was over.
    """
    records = _record()
    follower = follower_of("default")
    names, oldest, slowest, said = [], 0.0, 0.0, False
    deadline = monotonic() + seconds
    say("serving", serving())
    while (name := serving()) != until:
        started = monotonic()
        assert started < deadline, f"{name!r} serves, not {until!r}, for {seconds} s."
        close_old_connections()
        serving()
        slowest = max(slowest, monotonic() - started)
        oldest = max(oldest, follower.age or 0.0)
        if name not in names:
            names.append(name)
        if not said and records.levels:
            said = True
            say("outage")
        sleep(0.005)
    return {"names": names, "oldest": oldest, "slowest": slowest, "logged": records.levels, "at": monotonic()}


def serve_until_too_old() -> dict[str, Any]:
    """Resolve until the view is older than the host allows; return how old it was then, and last before."""
    follower = follower_of("default")
    say("serving", serving())
    served_at = 0.0
    deadline = monotonic() + 15
    while monotonic() < deadline:
        close_old_connections()
        try:
            serving()
        except SnapshotTooOldError as error:
            return {"refused_at": follower.age, "served_at": served_at, "error": str(error)}
        served_at = follower.age or 0.0
        sleep(0.005)
    raise AssertionError("A view of any age serves.")


def serve_again(seconds: float = 5.0) -> str | None:
    """Return what serves as soon as anything does."""
    deadline = monotonic() + seconds
    while True:
        try:
            return serving()
        except SnapshotTooOldError:
            assert monotonic() < deadline
            sleep(0.01)


def rest() -> dict[str, Any]:
    """Resolve, do nothing until the test says so, and return what serves then and what was logged."""
    records = _record()
    checkpoint("resting", serving())
    return {"serving": serving(), "logged": records.levels}


def start_without_a_database() -> str:
    """Resolve without ever having seen the database, and return how that fails."""
    try:
        serving()
    except Exception as error:  # noqa: BLE001 - Its class is the answer.
        return type(error).__name__
    return "nothing"


def _record() -> _Records:
    records = _Records()
    logger = logging.getLogger("plugin_system")
    logger.addHandler(records)
    logger.setLevel(logging.INFO)
    return records
