"""New keys that some databases take for those of rows: they differ only in case or accents."""

from functools import cached_property
from typing import Any

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import SpellingTakenError
from plugin_system.rows import row_uuid
from plugin_system.services.planned_rows import PlannedRows
from plugin_system.validation import fold

_MOST_NAMED = 3


class TakenSpellings:
    """Notes the new keys that a plan cannot give a row, on any database, so that it is the same on each."""

    def __init__(self, rows: PlannedRows) -> None:
        self._rows = rows
        self._taken: list[str] = []

    def note(self, key: TypeKey | ItemKey) -> None:
        """Note a key that has no row, if another spelling of it has."""
        held = self._held.get(_folded(key))
        if held is not None:
            self._taken.append(
                f"{str(key)!r} differs only in case or accents from the row {self._described(held, key)}"
            )

    @property
    def refusal(self) -> SpellingTakenError | None:
        """What keeps the plan from being carried out, if anything does."""
        if not self._taken:
            return None
        more = f"; and {len(self._taken) - _MOST_NAMED} more" if len(self._taken) > _MOST_NAMED else ""
        return SpellingTakenError(
            f"Some databases take both for the same: {'; '.join(self._taken[:_MOST_NAMED])}{more}. Register it as the "
            "row is called; or rename the row, which keeps its id, status and priority, as in brackets."
        )

    @cached_property
    def _held(self) -> dict[object, TypeKey | ItemKey]:
        keys: list[TypeKey | ItemKey] = [*self._rows.types, *self._rows.items]
        return {_folded(key): key for key in keys}

    def _described(self, held: TypeKey | ItemKey, key: TypeKey | ItemKey) -> str:
        """Return the row's key, and in brackets what renames the row."""
        if isinstance(held, TypeKey):
            model, row_id = "PluginType", self._rows.types[held].id
        else:
            model, row_id = "PluginItem", self._rows.items[held].id
        names = {field: getattr(key, field) for field in key._fields if getattr(key, field) != getattr(held, field)}
        values = ", ".join(f"{field}={name!r}" for field, name in names.items())
        return f"{str(held)!r} ({model}.all_objects.filter(pk={str(row_uuid(row_id))!r}).update({values}))"


def _folded(key: TypeKey | ItemKey) -> Any:
    """Return what is the same for keys that some databases take for one; items of two types never are."""
    if isinstance(key, TypeKey):
        return fold(str(key))
    return key.type, fold(f"{key.module}:{key.name}")
