"""The one way in which operators' edits of items reach the rows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus, RowKind
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import (
    ExpectedCountError,
    InvalidValueError,
    PreconditionFailedError,
    StaleRevisionError,
    UnknownItemsError,
)
from plugin_system.models import PluginItem, PluginType
from plugin_system.models.reading import as_they_are_now, in_batches
from plugin_system.origins import Origin
from plugin_system.revisions import BATCH, Draft, RowChange, write_revision
from plugin_system.rows import unrecorded
from plugin_system.services.outcomes import ItemOutcome, Outcome
from plugin_system.validation import is_storable

EDITABLE = ("status", "priority", "description")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEdit:
    """
    What to change on one item; ``None`` leaves a field alone.

    ``revision`` is the row's revision that the caller has seen: where the row has another, the edit is refused.
    """

    item: UUID
    status: PluginStatus | None = None
    priority: int | None = None
    description: str | None = None
    revision: int | None = None

    def __post_init__(self) -> None:
        refuse_unstorable(self.description)
        if self.priority is not None and not PRIORITY_MIN <= self.priority <= PRIORITY_MAX:
            raise InvalidValueError(
                "priority", f"Priority {self.priority} is outside {PRIORITY_MIN} to {PRIORITY_MAX}; lower wins."
            )

    def values(self) -> dict[str, Any]:
        """Return the fields that the edit sets."""
        stated = {name: getattr(self, name) for name in EDITABLE}
        return {name: value for name, value in stated.items() if value is not None}


def refuse_unstorable(description: str | None) -> None:
    """
    Refuse a description that not every database keeps.

    :raises InvalidValueError: it has a NUL or half of a surrogate.
    """
    if description is not None and not is_storable(description):
        raise InvalidValueError("description", "It holds a character that no database keeps; leave that out.")


def write_edits(
    select: Callable[[str], Sequence[PluginItem]],
    edit: Callable[[PluginItem], dict[str, Any]],
    *,
    origin: Origin,
    using: str,
    force: bool,
    dry_run: bool,
    matching: "QuerySet[PluginItem] | None" = None,
) -> Outcome:
    """
    Give the rows that ``select`` returns, under the lock, the values that ``edit`` returns, as one revision.

    ``matching`` finds the same rows by a condition, where there is one.
    """

    def act(draft: Draft) -> list[ItemOutcome]:
        rows = select(using)
        types = {row.plugin_type_id: row.plugin_type for row in rows}
        draft.watch({plugin_type.key for plugin_type in types.values()})
        return edit_rows(draft, rows, edit, matching)

    written = write_revision(act, origin=origin, using=using, force=force, dry_run=dry_run)
    return Outcome(revision=written.number, dry_run=dry_run, items=written.result, resolves=written.resolutions)


def edit_rows(
    draft: Draft,
    rows: Iterable[PluginItem],
    edit: Callable[[PluginItem], dict[str, Any]],
    matching: "QuerySet[PluginItem] | None" = None,
) -> list[ItemOutcome]:
    """Give the rows the values that ``edit`` returns; the draft, which watches their types already, records it."""
    outcomes = [_apply(row, edit(row)) for row in rows]
    changed = [outcome for outcome in outcomes if outcome.changed]
    # A dry run gives its number back: as the row's revision it would match what somebody else then writes.
    for outcome in () if draft.dry_run else changed:
        outcome.item.revision = draft.number
    _store(changed, draft, matching)
    draft.changes.extend(_as_changes(changed))
    return outcomes


def fetch_locked(rows: "QuerySet[PluginItem]", using: str) -> list[PluginItem]:
    """Return the rows as they are now, with their types: two queries."""
    found = list(as_they_are_now(rows))
    types = as_they_are_now(PluginType.all_objects.using(using)).in_bulk({row.plugin_type_id for row in found})
    relation: Any = PluginItem._meta.get_field("plugin_type")
    for row in found:
        # As an assignment does, but for its checks, which take as long as reading the rows.
        relation.set_cached_value(row, types[row.plugin_type_id])
    return found


def rows_of_ids(ids: Iterable[UUID], using: str) -> list[PluginItem]:
    """
    Return the rows of these ids, in their order.

    :raises UnknownItemsError: an id has no row, or an archived one whose code is not in this process.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[UUID, PluginItem] = {}
    for batch in in_batches(wanted):
        rows = fetch_locked(PluginItem.all_objects.using(using).filter(pk__in=batch), using)
        # An archived one serves where its code is, and so must be switched there.
        found.update((row.pk, row) for row in rows if row.archived is None or row.is_loadable)
    unknown = [str(row_id) for row_id in wanted if row_id not in found]
    if unknown:
        raise UnknownItemsError(unknown)
    return [found[row_id] for row_id in wanted]


def refuse_stale(rows: Iterable[PluginItem], edits: dict[UUID, ItemEdit]) -> None:
    """
    Refuse edits that were made on the sight of another revision of the row.

    :raises StaleRevisionError: names each such row.
    """
    stale = [row for row in rows if edits[row.pk].revision not in {None, row.revision}]
    if stale:
        raise StaleRevisionError(
            {str(row.key): row.revision for row in stale}, {str(row.key): str(row.pk) for row in stale}
        )


def refuse_unmatched(row: PluginItem | PluginType, accepted: Collection[int] | None) -> None:
    """
    Refuse a write that demands other revisions of the row than it has; ``None`` accepts any.

    :raises PreconditionFailedError: the row is at none of them.
    """
    if accepted is not None and row.revision not in accepted:
        raise PreconditionFailedError(str(row.key), row.revision)


def _apply(row: PluginItem, values: dict[str, Any]) -> ItemOutcome:
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in differing}
    for name, value in differing.items():
        setattr(row, name, value)
    return ItemOutcome(item=row, before=before, after=differing)


def _store(changed: list[ItemOutcome], draft: Draft, matching: "QuerySet[PluginItem] | None") -> None:
    if not changed:
        return
    rows = unrecorded(PluginItem, draft.using)
    if all(outcome.after == changed[0].after for outcome in changed):
        values = {"revision": draft.number, **changed[0].after}
        if matching is not None:
            _update_all(matching.exclude(**changed[0].after), values, len(changed))
            return
        for batch in in_batches(changed):
            ids = [outcome.item.pk for outcome in batch]
            rows.filter(pk__in=ids).update(**values)
    else:
        rows.bulk_update([outcome.item for outcome in changed], [*EDITABLE, "revision"], batch_size=BATCH)


def _update_all(rows: "QuerySet[PluginItem]", values: dict[str, Any], expected: int) -> None:
    """Update by a condition: six times as fast as by ids. Raw SQL alone can have changed what it holds for."""
    found = rows.update(**values)
    if found != expected:
        raise ExpectedCountError(expected, found)


def _as_changes(changed: Iterable[ItemOutcome]) -> Iterator[RowChange]:
    # One key for each type: of ten thousand objects fewer the process's garbage collector takes notice.
    types: dict[UUID, TypeKey] = {}
    for outcome in changed:
        row = outcome.item
        type_key = types.get(row.plugin_type_id) or types.setdefault(row.plugin_type_id, row.type_key)
        key = ItemKey(type_key, row.module, row.name)
        yield RowChange(kind=RowKind.ITEM, key=key, row_id=row.pk, before=outcome.before, after=outcome.after)
