"""What this process has computed from the rows, kept for as long as nobody has changed one."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from django.db import connections

from plugin_system.conf import app_settings
from plugin_system.pending import has_pending_write
from plugin_system.registry import plugin_registry
from plugin_system.rows import UNCOUNTED, CounterState, read_counter

T = TypeVar("T")

# Callers' filters are part of what is kept: people must not fill the memory with them.
_MOST_KEPT = 200


class Recollection:
    """What was computed at one state of the database's counter."""

    def __init__(self, using: str, counter: CounterState, *, keeps: bool) -> None:
        self.using = using
        self.counter = counter
        self.keeps = keeps
        self.began = monotonic()
        self._kept: dict[Hashable, Any] = {}

    def get(self, what: Hashable, compute: Callable[[], T]) -> T:
        """
        Return what ``compute`` returned before, or does now; it reads rows of this database and nothing else.

        Nothing is kept of a database that changed meanwhile, or has a write of this thread that is not committed.
        """
        if what in self._kept:
            kept: T = self._kept[what]
            return kept
        found = compute()
        # Rows that were read after the counter can be newer than it.
        if self.keeps and read_counter(connections[self.using]) == self.counter:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {}
            self._kept[what] = found
        return found


_recollections: dict[str, Recollection] = {}


def recollect(using: str) -> Recollection:
    """Return what is known of the database as it is now; one read by primary key."""
    counter = read_counter(connections[using])
    held = _recollections.get(using)
    if counter == UNCOUNTED or has_pending_write(using):
        return Recollection(using, counter, keeps=False)
    # Raw SQL changes rows and no counter; what it did is found out as late as by resolving.
    if held is None or held.counter != counter or monotonic() - held.began > app_settings.PLUGIN_SYSTEM_RESYNC:
        held = _recollections[using] = Recollection(using, counter, keeps=True)
    return held


def recall(using: str, what: Hashable, compute: Callable[[], T]) -> T:
    """Return what ``compute`` returns, without its reads where no row has changed since they were last made."""
    return compute() if has_pending_write(using) else recollect(using).get(what, compute)


plugin_registry.subscribe(_recollections.clear)
