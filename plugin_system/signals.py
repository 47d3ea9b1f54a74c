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
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakSet

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


class Announcement:
    """A revision that the receivers hear of once it is committed; Django drops it with a rollback."""

    def __init__(self, sender: Any, *, changes: Sequence[Any], shifts: Sequence[Shift], **facts: Any) -> None:
        self._sender = sender
        self._changes = changes
        self._shifts = shifts
        # What the receivers of all three signals get: using, revision, origin.
        self._facts = facts
        # Of the same transaction, as far as not rolled back by savepoint.
        self._later: WeakSet[Announcement] = WeakSet()

    def send_on_commit(self, using: str) -> None:
        """Wait for the commit of the open transaction."""
        for _, earlier, *_ in connections[using].run_on_commit:
            if isinstance(earlier, Announcement):
                earlier._later.add(self)
        transaction.on_commit(self, using=using)

    def __call__(self) -> None:
        self._send(plugin_changed, changes=self._changes)
        regained = {shift.plugin_type for later in self._later for shift in later._shifts if shift.after is not None}
        for plugin_type, before, after in self._shifts:
            if before != after:
                self._send(resolution_changed, plugin_type=plugin_type, before=before, after=after)
            if before is not None and after is None and plugin_type not in regained:
                self._send(nothing_usable, plugin_type=plugin_type, before=before)

    def _send(self, signal: Signal, **arguments: Any) -> None:
        try:
            signal.send_robust(sender=self._sender, **arguments, **self._facts)
        except Exception:
            # Django logs what a receiver raises, but itself fails to name one that is no function.
            logger.exception("A receiver of the plugin system's signals failed; the change itself is made.")
