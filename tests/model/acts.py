"""What each act must make of the rows, said as plainly as possible."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from plugin_system.definitions import ItemKey, TypeKey
from tests.model.reference import ItemRow, Key, Record, RefusedError, Rows, State, TypeRow
from tests.model.release import Release

PRIORITY_MIN, PRIORITY_MAX = -32768, 32767
OPERATORS_FIELDS = {TypeKey: ("description",), ItemKey: ("status", "priority", "description")}


def edit(state: State, edits: Mapping[Any, Mapping[str, Any]]) -> Rows:
    """Return the rows with these values in the place of theirs."""
    return {**state.rows, **{key: replace(state.rows[key], **values) for key, values in edits.items()}}


def require_present(state: State, keys: Collection[ItemKey], release: Release) -> None:
    """Refuse keys that have no row, or only an archived one whose code is elsewhere."""
    for key in keys:
        row = state.rows.get(key)
        if row is None or (row.archived is not None and key not in release.items):
            raise RefusedError("unknown_items")


def fitting(state: State, **members: Any) -> list[ItemKey]:
    """Return the items that are not archived and fit every stated member."""
    facts: list[tuple[ItemKey, dict[str, Any]]] = [
        (key, {"plugin_type": key.type, "module": key.module, "status": state.rows[key].status})
        for key in state.present(ItemKey)
    ]
    return [key for key, fact in facts if all(value in {None, fact[name]} for name, value in members.items())]


def promote(state: State, key: ItemKey, release: Release) -> Rows:
    """Make the item active and first of the active ones; the others make way where there is no room."""
    require_present(state, [key], release)
    if key not in release.items:
        raise RefusedError("not_loadable")
    others = active_beside(state, key)
    priority = state.rows[key].priority
    if others and (priority, key.module, key.name) > others[0][:3]:
        priority = max(others[0][0] - 1, PRIORITY_MIN)
    edits: dict[Key, dict[str, Any]] = {key: {"status": "active", "priority": priority}}
    ahead = (priority, key.module, key.name)
    for own, module, name, other in others:
        lowest = own
        while (lowest, module, name) < ahead:
            lowest += 1
        edits[other] = {"priority": lowest}
        ahead = (lowest, module, name)
    return edit(state, edits)


def active_beside(state: State, key: ItemKey) -> list[tuple[int, str, str, ItemKey]]:
    """Return the other active items of the type, archived ones too, in order: by what, and which."""
    return sorted(
        (row.priority, other.module, other.name, other)
        for other, row in state.rows.items()
        if isinstance(other, ItemKey) and other.type == key.type and other != key and row.status == "active"
    )


def revert(state: State, number: int, *, force: bool) -> Rows:
    """Give the rows of a revision what operators had decided before it."""
    record = state.record_of(number)
    if record is None:
        raise RefusedError("unknown_revision")
    wanted = {key: values for key in record.changes if (values := _decided_before(record, key))}
    if not wanted:
        raise RefusedError("nothing_to_revert")
    there = {key for key in wanted if key in state.rows and state.rows[key].id == record.changes[key].row_id}
    at_rest = {key for key in there if state.rows[key].revision == number or _is_back(state.rows[key], wanted[key])}
    if not force and at_rest != wanted.keys():
        raise RefusedError("conflict")
    return edit(state, {key: wanted[key] for key in there})


def _is_back(row: Any, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


def _decided_before(record: Record, key: Key) -> dict[str, Any]:
    change = record.changes[key]
    if change.before is None or change.after is None:
        return {}
    return {name: value for name, value in change.before.items() if name in OPERATORS_FIELDS[type(key)]}


def sync(
    state: State, release: Release, at: datetime, *, mode: str, prune: bool = False, prune_missing: bool = False
) -> Rows:
    """Make the rows follow the release; status of rows that are there, and the rows themselves, stay."""
    rows = dict(state.rows)
    for key, description in release.types.items():
        row = rows.get(key) or TypeRow(id=key.row_id, description=description)
        rows[key] = replace(row, archived=None, description=description if mode == "update" else row.description)
    for item, stated in release.items.items():
        fresh = ItemRow(
            id=item.row_id, status=stated.status, priority=stated.priority or 0, description=stated.description
        )
        row = rows.get(item) or fresh
        if mode == "update":
            priority = row.priority if stated.priority is None else stated.priority
            row = replace(row, description=stated.description, priority=priority)
        rows[item] = replace(row, archived=None)
    if release.types:
        for gone in rows.keys() - release.types.keys() - release.items.keys():
            if rows[gone].archived is None and _is_put_away(gone, release, prune=prune, prune_missing=prune_missing):
                rows[gone] = replace(rows[gone], archived=at)
    return rows


def _is_put_away(key: Key, release: Release, *, prune: bool, prune_missing: bool) -> bool:
    owners = [key.type.manager, key.module] if isinstance(key, ItemKey) else [key.manager]
    return prune_missing or (prune and not all(map(release.has_app_of, owners)))


def purge(state: State, release: Release, limit: datetime) -> tuple[Rows, set[Key]]:
    """Delete what was archived by then and has no code in the release; return the rows, and which had to stay."""
    old = {key for key, row in state.rows.items() if row.archived is not None and row.archived <= limit}
    gone = {key for key in old if isinstance(key, ItemKey) and key not in release.items}
    housed = {key.type for key in state.rows.keys() - gone if isinstance(key, ItemKey)}
    gone |= {key for key in old if isinstance(key, TypeKey) and key not in release.types and key not in housed}
    return {key: row for key, row in state.rows.items() if key not in gone}, old - gone


def delete(state: State, keys: Collection[Key]) -> Rows:
    """Delete the rows, and the items of a deleted type."""
    return {
        key: row
        for key, row in state.rows.items()
        if key not in keys and not (isinstance(key, ItemKey) and key.type in keys)
    }


def forget_history(state: State, limit: datetime) -> State:
    """Forget old revisions, unless one has the last record of a row, or of an item's status or priority."""
    last = _last_records(state)
    kept = [record for record in state.records if record.at >= limit or record.number in last]
    return replace(state, records=tuple(kept), forgotten=state.forgotten + len(state.records) - len(kept))


def _last_records(state: State) -> set[int]:
    last: dict[tuple[UUID, str], int] = {}
    for record in state.records:
        for change in record.changes.values():
            decided = {"status", "priority"} & set(change.after or {})
            last.update(((change.row_id, subject), record.number) for subject in ("row", *decided))
    return set(last.values())
