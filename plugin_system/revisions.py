"""
The one write path: lock the counter, check, apply, record, all in one transaction.

The counter's row lock is held until commit, so that the order of revisions is the order of commits, without gaps.
"""

import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from plugin_system import counter
from plugin_system.choices import RowKind
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import NothingUsableError
from plugin_system.origins import ACTOR_ID_MAX_LENGTH, ACTOR_MAX_LENGTH, REQUEST_ID_MAX_LENGTH, Origin
from plugin_system.pending import add_pending_write
from plugin_system.records import ChangeRecord, insert_changes
from plugin_system.registry import plugin_registry
from plugin_system.rows import Content, read_content, read_content_of, unrecorded
from plugin_system.selection import choose
from plugin_system.signals import Announcement, Shift

T = TypeVar("T")

BATCH = 500
_ATTEMPTS = 12
_LONGEST_PAUSE = 0.5
# PostgreSQL by SQLSTATE: serialization failure, deadlock. MySQL and MariaDB by number: deadlock, record changed.
_RETRIED_STATES = {"40001", "40P01"}
_RETRIED_NUMBERS = {1213, 1020}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """
    What a revision did to one row.

    ``before`` and ``after`` hold the fields that differ; ``before`` is ``None`` for a new row and ``after`` for a
    deleted one.
    """

    kind: RowKind
    key: TypeKey | ItemKey
    row_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a plugin type resolved to in this process before and after a write."""

    plugin_type: TypeKey
    before: ItemKey | None
    after: ItemKey | None

    def as_json(self) -> dict[str, str | None]:
        """Return the form in which a revision keeps it."""
        return {
            "plugin_type": str(self.plugin_type),
            "before": None if self.before is None else str(self.before),
            "after": None if self.after is None else str(self.after),
        }


@dataclass(slots=True, kw_only=True)
class Draft:
    """A revision while it is being made: its number is taken, its lock held."""

    number: int
    using: str
    dry_run: bool = False
    changes: list[RowChange] = field(default_factory=list)
    watched: dict[TypeKey, ItemKey | None] = field(default_factory=dict)
    watches_all: bool = False
    type_ids: dict[TypeKey, Any] = field(default_factory=dict)

    def watch(self, keys: Iterable[TypeKey] | None) -> None:
        """Note what these plugin types (``None``: all) resolve to now, before rows change."""
        self.watches_all = keys is None
        wanted = None if keys is None else set(keys)
        self.watched.update(dict.fromkeys(wanted or ()))
        self.watched.update(self._resolve(wanted))

    def watch_new(self, keys: Iterable[TypeKey]) -> None:
        """Watch plugin types that the write has created, where they are not watched yet."""
        for key in keys:
            self.watched.setdefault(key, None)

    def resolutions(self) -> list[Resolution]:
        """Return what each watched type resolved to before, and does now."""
        if not self.watched and not self.watches_all:
            return []
        now = self._resolve(None if self.watches_all else set(self.watched))
        return [
            Resolution(plugin_type=key, before=self.watched.get(key), after=now.get(key))
            for key in sorted({*self.watched, *now})
        ]

    def _resolve(self, keys: set[TypeKey] | None) -> dict[TypeKey, ItemKey | None]:
        connection = connections[self.using]
        if keys is None:
            content = read_content(connection, locks=True)
        else:
            content = read_content_of(connection, keys, locks=True)
        self.type_ids.update({key: rows.id for key, rows in content.types.items()})
        return {key: _best_of(content, key) for key in content.types}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[T]):
    """
    What a write came to.

    ``number`` is ``None`` where nothing was written: nothing differed, or it was a dry run.
    """

    result: T
    number: int | None
    changes: list[RowChange]
    resolutions: list[Resolution]


class _DryRunOverError(Exception):
    """Takes the transaction of a dry run back."""


def write_revision(
    act: Callable[[Draft], T], *, origin: Origin, using: str, force: bool = False, dry_run: bool = False
) -> Written[T]:
    """
    Run ``act`` as one revision of the database ``using`` and record what it did.

    Where ``act`` records no change the number is given back; a dry run is rolled back whole. A serialization failure
    or deadlock is tried again, at most eleven times, unless the caller has a transaction open.

    :raises InvalidValueError: the origin's reason is too long.
    :raises ReasonRequiredError: the host demands a reason and there is none.
    :raises NothingUsableError: a watched plugin type would lose its last usable item and ``force`` is false.
    """
    origin.validate(dry_run=dry_run)
    connection = connections[using]
    attempts = 1 if connection.in_atomic_block or not connection.get_autocommit() else _ATTEMPTS
    for attempt in range(1, attempts):
        try:
            return _write_once(act, origin, using, force=force, dry_run=dry_run, queues=attempt > 1)
        except OperationalError as error:
            if not _is_collision(error):
                raise
        time.sleep(random.uniform(0.5, 1.0) * min(_LONGEST_PAUSE, 0.01 * 2**attempt))  # nosec B311 # Spreads load, guards nothing.  # noqa: S311
    return _write_once(act, origin, using, force=force, dry_run=dry_run, queues=attempts > 1)


def _write_once(
    act: Callable[[Draft], T], origin: Origin, using: str, *, force: bool, dry_run: bool, queues: bool
) -> Written[T]:
    outcome: list[Written[T]] = []
    with suppress(_DryRunOverError), transaction.atomic(using=using):
        if queues:
            counter.wait_for_writers(using)
        draft = Draft(number=counter.advance(using), using=using, dry_run=dry_run)
        add_pending_write(using)
        result = act(draft)
        resolutions = draft.resolutions()
        number = draft.number if draft.changes and not dry_run else None
        outcome.append(Written(result=result, number=number, changes=draft.changes, resolutions=resolutions))
        if not force:
            _refuse_outage(resolutions)
        if dry_run:
            raise _DryRunOverError
        if draft.changes:
            _record(draft, origin, resolutions)
            _announce(draft, origin, resolutions)
        else:
            counter.give_back(using)
    return outcome[0]


def _record(draft: Draft, origin: Origin, resolutions: list[Resolution]) -> None:
    counter.renew_nonce(draft.using)
    _model("Revision")._base_manager.using(draft.using).create(
        number=draft.number,
        created_at=timezone.now(),
        channel=origin.channel,
        actor=origin.actor[:ACTOR_MAX_LENGTH],
        actor_id=origin.actor_id[:ACTOR_ID_MAX_LENGTH],
        reason=origin.reason,
        request_id=origin.request_id[:REQUEST_ID_MAX_LENGTH],
        resolves=[resolution.as_json() for resolution in resolutions if resolution.before != resolution.after],
    )
    records = (
        ChangeRecord(draft.number, each.kind.value, str(each.key), each.row_id, each.before, each.after)
        for each in draft.changes
    )
    insert_changes(connections[draft.using], records)
    _stamp_chains(draft)


def _announce(draft: Draft, origin: Origin, resolutions: list[Resolution]) -> None:
    shifts = [Shift(each.plugin_type, each.before, each.after) for each in resolutions]
    facts = {"using": draft.using, "revision": draft.number, "origin": origin}
    Announcement(_model("Revision"), changes=tuple(draft.changes), shifts=shifts, **facts).send_on_commit(draft.using)


def _stamp_chains(draft: Draft) -> None:
    """Give every plugin type that the draft touched, itself or through an item, the number of the revision."""
    keys = {change.key.type if isinstance(change.key, ItemKey) else change.key for change in draft.changes}
    ids = [draft.type_ids[key] for key in sorted(keys) if key in draft.type_ids]
    types = unrecorded(_model("PluginType"), draft.using)
    for start in range(0, len(ids), BATCH):
        types.filter(pk__in=ids[start : start + BATCH]).update(chain_revision=draft.number)


def _refuse_outage(resolutions: Iterable[Resolution]) -> None:
    lost = [str(each.plugin_type) for each in resolutions if each.before is not None and each.after is None]
    if lost:
        raise NothingUsableError(
            f"This would leave {', '.join(map(repr, lost))} with no usable item; "
            "activate another item first, or force it.",
            lost,
        )


def _best_of(content: Content, key: TypeKey) -> ItemKey | None:
    registered = plugin_registry.items_of(key)
    best = choose(content.types[key].items, lambda row: ItemKey(key, row.module, row.name) in registered)
    return None if best is None else ItemKey(key, best.module, best.name)


def _is_collision(error: OperationalError) -> bool:
    cause = error.__cause__
    # psycopg says sqlstate, psycopg2 says pgcode.
    if {getattr(cause, name, None) for name in ("sqlstate", "pgcode")} & _RETRIED_STATES:
        return True
    return bool(cause and cause.args and cause.args[0] in _RETRIED_NUMBERS)


def _model(name: str) -> Any:
    return apps.get_model("plugin_system", name)
