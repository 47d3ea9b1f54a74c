"""
The signals of the plugin system: the hook for alerts, caches and everything else that follows a change.

All are sent after the commit, in the process that made the change, whichever the door: the API, the admin, the command
line, a sync, ``item.save()``. A dry run, a rollback (of a savepoint too) and a change of nothing send none, nor does
raw SQL. What a receiver raises is logged and hurts nobody else: the change is made, and its caller hears of success.

``plugin_changed``, once per revision:
    ``using``: the database. ``revision``: its number. ``origin``: who, through which door, why
    (:class:`plugin_system.origins.Origin`). ``changes``: a tuple of :class:`plugin_system.revisions.RowChange`, one per
    row, each with ``kind``, ``key``, ``row_id``, ``before`` and ``after``.

``resolution_changed``, once per plugin type that resolves to another item than before:
    ``using``, ``revision``, ``origin``, and ``plugin_type``: its key. ``before`` and ``after``: the keys of the items,
    or ``None``, by the standard order and the code of this process; a ``get_plugin`` of the type is not asked.

``nothing_usable``, once per plugin type that has lost its last usable item, unless the same transaction gave it one:
    ``using``, ``revision``, ``origin``, ``plugin_type``, and ``before``: the key of the item that served.

The sender is the model ``Revision``. An alert takes one receiver::

    @receiver(nothing_usable)
    def wake_somebody(plugin_type, before, origin, revision, **kwargs):
        pager.call(f"{plugin_type}: {before} was the last; revision {revision} by {origin.actor}: {origin.reason}")
"""

import logging
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.dispatch import Signal

from plugin_system.definitions import ItemKey, TypeKey

logger = logging.getLogger(__name__)

plugin_changed = Signal()
resolution_changed = Signal()
nothing_usable = Signal()


class Shift(NamedTuple):
    """What a plugin type resolved to before a revision and after it."""

    plugin_type: TypeKey
    before: ItemKey | None
    after: ItemKey | None


class _Line(list["weakref.ref[Announcement]"]):
    """The announcements of one transaction, in order; what a savepoint has rolled back is dead."""

    usable_at: dict[TypeKey, int] | None = None

    def last_usable(self, plugin_type: TypeKey) -> int:
        """Return the place of the last one by which the plugin type has something usable, or -1."""
        if self.usable_at is None:
            # Asked for after the commit, when no more come, and before the first that asks is let go.
            self.usable_at = {
                shift.plugin_type: place
                for place, reference in enumerate(self)
                if (announcement := reference()) is not None
                for shift in announcement.shifts
                if shift.after is not None
            }
        return self.usable_at.get(plugin_type, -1)


class Announcement:
    """A revision that the receivers hear of once it is committed; Django drops it with a rollback."""

    def __init__(self, sender: Any, *, changes: Sequence[Any], shifts: Sequence[Shift], **facts: Any) -> None:
        self._sender = sender
        self._changes = changes
        self.shifts = shifts
        # What the receivers of all three signals get: using, revision, origin.
        self._facts = facts
        self._line = _Line()
        self._place = 0

    def send_on_commit(self, using: str) -> None:
        """Wait for the commit of the open transaction."""
        waiting = (entry[1] for entry in reversed(connections[using].run_on_commit))
        previous = next((each for each in waiting if isinstance(each, Announcement)), None)
        if previous is not None:
            self._line = previous._line
        self._place = len(self._line)
        self._line.append(weakref.ref(self))
        transaction.on_commit(self, using=using)

    def __call__(self) -> None:
        self._send(plugin_changed, changes=self._changes)
        for plugin_type, before, after in self.shifts:
            if before != after:
                self._send(resolution_changed, plugin_type=plugin_type, before=before, after=after)
            if before is not None and after is None and self._line.last_usable(plugin_type) < self._place:
                self._send(nothing_usable, plugin_type=plugin_type, before=before)

    def _send(self, signal: Signal, **arguments: Any) -> None:
        try:
            signal.send_robust(sender=self._sender, **arguments, **self._facts)
        except Exception:
            # Django logs what a receiver raises, but itself fails to name one that is no function.
            logger.exception("A receiver of the plugin system's signals failed; the change itself is made.")
