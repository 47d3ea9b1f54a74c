"""What the control plane must be, said as plainly as possible: rows, records, and what serves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from plugin_system.definitions import ItemKey, TypeKey
from tests.model.release import TYPES, Release

Key = TypeKey | ItemKey


class RefusedError(Exception):
    """The act must be refused with the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class TypeRow:
    id: UUID
    description: str = ""
    archived: datetime | None = None
    revision: int = 0
    chain: int = 0

    def recorded(self) -> dict[str, Any]:
        return {"description": self.description, "archived": self.archived is not None}


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    id: UUID
    status: str = "active"
    priority: int = 0
    description: str = ""
    archived: datetime | None = None
    revision: int = 0

    def recorded(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "priority": self.priority,
            "description": self.description,
            "archived": self.archived is not None,
        }


Row = Any  # TypeRow under a TypeKey, ItemRow under an ItemKey
Rows = dict[Key, Row]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a revision did to a row; ``before`` and ``after`` as in the records."""

    row_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Record:
    number: int
    at: datetime
    reason: str
    resolves: list[dict[str, str | None]]
    changes: dict[Key, Change]


@dataclass(frozen=True, kw_only=True)
class State:
    """All that the database holds of the control plane; never changed, only followed by another."""

    number: int = 0
    rows: Rows = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    # How many records the history has let go of.
    forgotten: int = 0

    def chain(self, type_key: TypeKey, release: Release) -> list[ItemKey]:
        """Return what can serve in a process of the release, best first; archived rows serve where their code is."""
        usable = [
            (row.status == "reserve", row.priority, key.module, key.name, key)
            for key, row in self.rows.items()
            if isinstance(key, ItemKey) and key.type == type_key and key in release.items and row.status != "disable"
        ]
        return [key for *_, key in sorted(usable)]

    def present(self, kind: type) -> list[Any]:
        """Return the keys of the rows of that kind that are not archived."""
        return sorted(key for key, row in self.rows.items() if isinstance(key, kind) and row.archived is None)

    def kept(self) -> set[int]:
        """Return the numbers of the revisions that are kept."""
        return {record.number for record in self.records}

    def record_of(self, number: int) -> Record | None:
        return next((record for record in self.records if record.number == number), None)

    def followed(
        self, rows: Rows, release: Release, at: datetime, *, reason: str = "", by_sync: bool = False
    ) -> "State":
        """Return the state after a write that leaves these rows: this very state, if that changes nothing."""
        changes = dict(_changes(self.rows, rows, by_sync=by_sync))
        if not changes:
            return self
        number = self.number + 1
        touched = {key.type if isinstance(key, ItemKey) else key for key in changes}
        stamped = {key: _stamped(key, row, number, changes, touched) for key, row in rows.items()}
        after = State(number=number, rows=stamped)
        record = Record(number=number, at=at, reason=reason, resolves=resolves(self, after, release), changes=changes)
        return replace(after, records=(*self.records, record), forgotten=self.forgotten)

    def refuse_outage(self, after: "State", release: Release) -> None:
        """Refuse to leave a plugin type without a usable item."""
        if any(self.chain(key, release) and not after.chain(key, release) for key in TYPES):
            raise RefusedError("nothing_usable")


def resolves(before: State, after: State, release: Release) -> list[dict[str, str | None]]:
    """Return the plugin types for which another item serves, sorted by key."""
    found = []
    for key in sorted(TYPES):
        old, new = (next(iter(state.chain(key, release)), None) for state in (before, after))
        if old != new:
            found.append({"plugin_type": str(key), "before": old and str(old), "after": new and str(new)})
    return found


def first_cursor(state: State) -> int:
    """Return the smallest cursor from which every revision is kept."""
    start, kept = state.number, state.kept()
    while start in kept:
        start -= 1
    return start


def _changes(old: Mapping[Key, Row], new: Mapping[Key, Row], *, by_sync: bool) -> Iterable[tuple[Key, Change]]:
    for key in sorted({*old, *new}, key=str):
        row = new.get(key) or old[key]
        before, after = (rows[key].recorded() if key in rows else None for rows in (old, new))
        if before is not None and after is not None:
            differing = [name for name in after if before[name] != after[name]]
            if not differing:
                continue
            before, after = ({name: values[name] for name in differing} for values in (before, after))
        elif after is not None and by_sync:
            del after["archived"]
        yield key, Change(row_id=row.id, before=before, after=after)


def _stamped(key: Key, row: Row, number: int, changes: Mapping[Key, Change], touched: set[TypeKey]) -> Row:
    values = dict(vars(row))
    if key in changes:
        values["revision"] = number
    if isinstance(key, TypeKey) and key in touched:
        values["chain"] = number
    return type(row)(**values)
