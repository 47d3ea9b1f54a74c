"""Undoing a revision."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from plugin_system.choices import RowKind
from plugin_system.exceptions import ConflictingChangesError, NothingToRevertError, UnknownRevisionError
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.models.reading import as_they_are_now, in_batches
from plugin_system.origins import Origin
from plugin_system.revisions import Draft, write_revision
from plugin_system.services.editing import EDITABLE, edit_rows, fetch_locked
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import DescribedType, ItemOutcome, Outcome
from plugin_system.services.types import describe

_OPERATOR_FIELDS = {RowKind.ITEM.value: EDITABLE, RowKind.TYPE.value: ("description",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restored:
    items: list[ItemOutcome]
    types: list[DescribedType]


def revert(
    *, revision: int, origin: Origin, force: bool = False, dry_run: bool = False, using: str | None = None
) -> Outcome:
    """
    Give the rows that a revision touched the status, priority and description back that they had before it.

    That is a new revision, with its own reason; without one it says which revision it reverts. New, archived, restored
    and deleted rows stay so: sync and purge decide on those. ``force`` writes over what has changed since, and leaves
    out rows that are gone.

    :raises UnknownRevisionError: the history has no such revision.
    :raises NothingToRevertError: the revision touched no status, priority or description of a row that existed.
    :raises ConflictingChangesError: rows have changed since, and not back, or are gone, and ``force`` is false.
    :raises NothingUsableError: a plugin type would be left without a usable item and ``force`` is false.
    """
    database = write_database(using)
    origin.validate(dry_run=dry_run)

    def act(draft: Draft) -> _Restored:
        wanted = _wanted(revision, database)
        items, types = _rows(wanted, database)
        if not force:
            _refuse_conflicts(revision, wanted, [*items, *types])
        draft.watch({row.type_key for row in [*items, *types]})
        return _Restored(
            items=edit_rows(draft, items, lambda row: _values(wanted[row.pk])),
            types=[describe(row, _values(wanted[row.pk])["description"], draft) for row in types],
        )

    written = write_revision(
        act,
        origin=replace(origin, reason=origin.reason or f"Reverts revision {revision}."),
        using=database,
        force=force,
        dry_run=dry_run,
    )
    return Outcome(
        revision=written.number,
        dry_run=dry_run,
        items=written.result.items,
        resolves=written.resolutions,
        plugin_types=written.result.types,
    )


def describes_types(revision: int, *, using: str | None = None) -> bool:
    """Whether reverting the revision would give a plugin type its description back; one query."""
    changes = Change.objects.using(write_database(using)).filter(revision=revision, kind=RowKind.TYPE)
    return any(map(_values, changes))


def _wanted(number: int, using: str) -> dict[UUID, Change]:
    """Return the changes that can be undone, by the id of the row."""
    if not Revision.objects.using(using).filter(number=number).exists():
        raise UnknownRevisionError(f"The history has no revision {number}; look it up, it may have been forgotten.")
    changes = list(Change.objects.using(using).filter(revision=number).order_by("pk"))
    wanted = {change.row_id: change for change in changes if _values(change)}
    if not wanted:
        did = sorted({_deed(change) for change in changes})
        raise NothingToRevertError(
            f"Revision {number} only {' and '.join(did) or 'touched nothing'}; no status, priority or description can "
            "be given back. Rows come and go with code: change that, then run manage.py pluginsync."
        )
    return wanted


def _values(change: Change) -> dict[str, Any]:
    """Return the operator's fields as they were before the change; none for a row that it made or deleted."""
    if change.before is None or change.after is None:
        return {}
    return {name: change.before[name] for name in _OPERATOR_FIELDS[change.kind] if name in change.before}


def _is_back(row: PluginItem | PluginType, change: Change) -> bool:
    """Whether the row is as it was before the change: a revert that is repeated finds nothing to do."""
    return all(getattr(row, name) == value for name, value in _values(change).items())


def _deed(change: Change) -> str:
    if change.before is None:
        return "created rows"
    if change.after is None:
        return "deleted rows"
    return "archived rows" if change.after.get("archived") else "restored rows"


def _rows(wanted: dict[UUID, Change], using: str) -> tuple[list[PluginItem], list[PluginType]]:
    items: list[PluginItem] = []
    types: list[PluginType] = []
    for batch in in_batches(row_id for row_id, change in wanted.items() if change.kind == RowKind.ITEM):
        items.extend(fetch_locked(PluginItem.all_objects.using(using).filter(pk__in=batch), using))
    for batch in in_batches(row_id for row_id, change in wanted.items() if change.kind == RowKind.TYPE):
        types.extend(as_they_are_now(PluginType.all_objects.using(using).filter(pk__in=batch)))
    return sorted(items, key=lambda row: row.key), sorted(types, key=lambda row: row.key)


def _refuse_conflicts(revision: int, wanted: dict[UUID, Change], rows: Iterable[PluginItem | PluginType]) -> None:
    at_rest = {row.pk for row in rows if row.revision == revision or _is_back(row, wanted[row.pk])}
    conflicting = sorted(change.key for row_id, change in wanted.items() if row_id not in at_rest)
    if conflicting:
        raise ConflictingChangesError(revision, conflicting)
