"""What is recorded of a row, and what became of it between two moments."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from plugin_system.choices import RowKind
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.revisions import RowChange


class RowState(NamedTuple):
    """A row's key and its recorded fields, ready for JSON."""

    key: TypeKey | ItemKey
    fields: dict[str, Any]

    @property
    def type_key(self) -> TypeKey:
        """The key of the plugin type that the row is, or belongs to."""
        return self.key.type if isinstance(self.key, ItemKey) else self.key


def differences(row_id: UUID, before: RowState | None, after: RowState | None) -> Iterator[RowChange]:
    """Yield what became of a row: nothing, one change, or, where its key differs, the end of one row and a new one."""
    if before is not None and after is not None and before.key != after.key:
        pairs: list[tuple[RowState | None, RowState | None]] = [(before, None), (None, after)]
    else:
        pairs = [(before, after)]
    for old, new in pairs:
        change = difference(row_id, old, new)
        if change is not None:
            yield change


def difference(row_id: UUID, before: RowState | None, after: RowState | None) -> RowChange | None:
    """Return what became of a row under one key, or ``None`` where nothing did."""
    known = after or before
    if known is None:
        return None
    old, new = (None if state is None else state.fields for state in (before, after))
    if old is not None and new is not None:
        differing = [name for name in new if old[name] != new[name]]
        if not differing:
            return None
        old, new = {name: old[name] for name in differing}, {name: new[name] for name in differing}
    kind = RowKind.ITEM if isinstance(known.key, ItemKey) else RowKind.TYPE
    return RowChange(kind=kind, key=known.key, row_id=row_id, before=old, after=new)
