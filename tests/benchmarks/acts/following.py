"""Many processes that follow one database, simulated by what they send to it."""

import random
import threading
from heapq import heapify, heapreplace
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from django.db import connection

from plugin_system import services
from plugin_system.following import REFRESH_AHEAD
from plugin_system.rows import read_counter
from tests.benchmarks.timing import Sample

CONNECTIONS = 4
# Seconds until something changes.
BEFORE = 0.3


def prepare() -> None:
    """Let there be a counter."""
    services.touch()


def follow(processes: int, max_staleness: float) -> Sample:
    """
    Compare as that many processes that resolve all the time would, and change something meanwhile.

    Returns the reads per second, the share of one core that the database's processes took for them, and how long the
    processes took to see the change. It lasts as long as each needs to see it.
    """
    seconds = BEFORE + 1.15 * max_staleness + 0.2
    deadline = monotonic() + seconds
    share, rest = divmod(processes, CONNECTIONS)
    groups = [_Group(share + (number < rest), max_staleness, deadline) for number in range(CONNECTIONS)]
    groups = [group for group in groups if group.due]
    for group in groups:
        group.start()
    sleep(BEFORE)
    change = _change_something()
    for group in groups:
        group.join()
    busy = sum(group.busy for group in groups)
    staleness = [seen for group in groups for seen in group.staleness(change)]
    return {
        "value": sum(len(group.reads) for group in groups) / seconds,
        "wanted": processes / (max_staleness * REFRESH_AHEAD),
        "core": busy / seconds if busy else None,
        "median": median(staleness) if staleness else None,
        "longest": max(staleness, default=None),
        "saw": len(staleness),
    }


class _Group(threading.Thread):
    """The processes that share one connection here; each reads again when its view is no longer fresh."""

    def __init__(self, processes: int, max_staleness: float, deadline: float) -> None:
        super().__init__()
        self.period = max_staleness * REFRESH_AHEAD
        self.deadline = deadline
        now = monotonic()
        self.due = [(now + random.random() * self.period, number) for number in range(processes)]
        heapify(self.due)
        # When each read was sent and answered, whose it was, and what it found.
        self.reads: list[tuple[float, float, int, Any]] = []
        self.busy = 0.0

    def run(self) -> None:
        """Read whenever a process is due."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        before = _time_on_core(pid)
        while self.due[0][0] < self.deadline:
            at, number = self.due[0]
            sleep(max(0.0, at - monotonic()))
            sent = monotonic()
            state = read_counter(connection)
            self.reads.append((sent, monotonic(), number, state.nonce))
            heapreplace(self.due, (sent + self.period, number))
        self.busy = _time_on_core(pid) - before
        connection.close()

    def staleness(self, change: tuple[float, str]) -> list[float]:
        """Return how long after the commit each process knew of the change."""
        at, nonce = change
        seen: dict[int, float] = {}
        for sent, answered, number, read in self.reads:
            if sent >= at and read == nonce:
                seen.setdefault(number, answered - at)
        return list(seen.values())


def _change_something() -> tuple[float, str]:
    """Return when the change was committed, and by what it is known."""
    services.touch()
    return monotonic(), read_counter(connection).nonce


def _time_on_core(pid: int) -> float:
    """Return the seconds that a process of this machine has run; 0 where that cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError):
        return 0.0
