"""The tables of django-plugin-system 1.1, of which operators' decisions are taken over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import LegacyTablesMissingError
from plugin_system.ownership import possible_names
from plugin_system.rows import row_uuid

TYPES, ITEMS = "django_plugin_system_plugintype", "django_plugin_system_pluginitem"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRow:
    """A row of the old tables; ``state`` is what operators decide there, ``status`` and ``priority`` of items only."""

    id: UUID
    key: TypeKey | ItemKey
    state: dict[str, Any]

    def values(self, fields: Iterable[str]) -> dict[str, Any]:
        """Return what is taken over: no status that is none here, and of a priority that is none here the nearest."""
        values = {name: self.state[name] for name in fields if name in self.state}
        if values.get("status") not in PluginStatus.values:
            values.pop("status", None)
        if "priority" in values:
            values["priority"] = _nearest(values["priority"])
        return values

    def remarks(self) -> Iterator[str]:
        """Yield a sentence on each old value that is not taken over as it is."""
        status, priority = self.state.get("status"), self.state.get("priority", 0)
        if status is not None and status not in PluginStatus.values:
            yield f"The old status {status!r} is none here: the item's own is left."
        if priority != _nearest(priority):
            bounds = f"{PRIORITY_MIN} to {PRIORITY_MAX}"
            yield f"The old priority {priority} is none here, {bounds} are: {_nearest(priority)} is taken."

    def possible_keys(self) -> Iterator[TypeKey | ItemKey]:
        """Yield the keys that the row may have here, the likeliest first."""
        return _possible_keys(self.key)


def read_legacy(using: str) -> Iterator[LegacyRow]:
    """
    Yield the old rows, types first, sorted by key; two queries.

    :raises LegacyTablesMissingError: the database has no such tables.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        if not {TYPES, ITEMS} <= set(connection.introspection.table_names(cursor)):
            raise LegacyTablesMissingError(
                f"The database {using!r} has no tables of django-plugin-system, {TYPES!r} and {ITEMS!r}; "
                "point --database at the one that has them."
            )
        cursor.execute(f"SELECT id, manager, name, description FROM {TYPES}")  # nosec B608 # Names of ours only.  # noqa: S608
        types = {row[0]: (TypeKey(row[1], row[2]), row[3]) for row in cursor.fetchall()}
        cursor.execute(f"SELECT id, plugin_type_id, module, name, status, priority, description FROM {ITEMS}")  # nosec B608 # Names of ours only.  # noqa: S608
        items = [
            LegacyRow(id=row_uuid(pk), key=ItemKey(_type_key(types, kind), module, name), state=_state(*state))
            for pk, kind, module, name, *state in cursor.fetchall()
        ]
    kinds = [LegacyRow(id=row_uuid(pk), key=key, state={"description": text}) for pk, (key, text) in types.items()]
    yield from sorted(kinds, key=lambda row: row.key)
    yield from sorted(items, key=lambda row: row.key)


def _type_key(types: Mapping[Any, tuple[TypeKey, str]], kind: Any) -> TypeKey:
    """Return the key of the old type; for one whose row is gone, a key that no row here has."""
    return types[kind][0] if kind in types else TypeKey("(gone)", str(row_uuid(kind)))


def _state(status: str, priority: int, description: str | None) -> dict[str, Any]:
    return {"status": status, "priority": priority, "description": description or ""}


def _possible_keys(key: TypeKey | ItemKey) -> Iterator[TypeKey | ItemKey]:
    """Yield the keys that a row of that old key may have here, the likeliest first."""
    if isinstance(key, TypeKey):
        yield from (TypeKey(manager, key.name) for manager in possible_names(key.manager))
        return
    for kind in _possible_keys(key.type):
        assert isinstance(kind, TypeKey)
        yield from (ItemKey(kind, module, key.name) for module in possible_names(key.module))


def _nearest(priority: int) -> int:
    return min(max(priority, PRIORITY_MIN), PRIORITY_MAX)
