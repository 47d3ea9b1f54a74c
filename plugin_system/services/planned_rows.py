"""The rows as the plan of a sync sees them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.rows import read_stored


class PlannedRow(NamedTuple):
    """What a plan has to know of a row; ``id`` is as the database has it; a type has neither priority nor status."""

    id: Any
    description: str
    archived: bool
    priority: int = 0
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRows:
    """Every row, archived ones included, by key."""

    types: dict[TypeKey, PlannedRow]
    items: dict[ItemKey, PlannedRow]


def read_rows(using: str, *, locks: bool = False) -> PlannedRows:
    """Return every row as it is now; two queries. ``locks`` is for a transaction that holds the counter's lock."""
    stored_types, stored_items = read_stored(connections[using], locks=locks)
    keys = {row.id: TypeKey(row.manager, row.name) for row in stored_types}
    types = {keys[row.id]: PlannedRow(row.id, row.description, bool(row.archived)) for row in stored_types}
    items = {
        ItemKey(keys[row.type_id], row.module, row.name): PlannedRow(
            row.id, row.description, bool(row.archived), row.priority, row.status
        )
        for row in stored_items
        if row.type_id in keys
    }
    return PlannedRows(types=types, items=items)
