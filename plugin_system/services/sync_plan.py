"""What a sync would do: the registry of this process held against the rows."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from plugin_system.choices import RowKind, SyncMode
from plugin_system.definitions import (
    ROW_NAMESPACE,
    ItemKey,
    PluginItemDefinition,
    PluginTypeDefinition,
    TypeKey,
)
from plugin_system.exceptions import SpellingTakenError
from plugin_system.ownership import is_installed
from plugin_system.registry import plugin_registry
from plugin_system.rows import row_uuid
from plugin_system.services.planned_rows import PlannedRow, PlannedRows, read_rows
from plugin_system.services.spellings import TakenSpellings


class SyncAction(StrEnum):
    """What a sync does with a row."""

    CREATE = "create"
    UPDATE = "update"
    RESTORE = "restore"
    ARCHIVE = "archive"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """
    How a sync treats rows that exist.

    ``mode`` says whether description and stated priority are refreshed from code; ``prune`` archives rows whose app
    is not installed, ``prune_missing`` every row whose code this process lacks. Status is never written.
    """

    mode: SyncMode = SyncMode.CREATE
    prune: bool = False
    prune_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStep:
    """What a sync does with one row, and why; ``before`` and ``after`` hold the fields that differ."""

    action: SyncAction
    kind: RowKind
    key: TypeKey | ItemKey
    row_id: UUID
    why: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """
    Every row that a sync would change, and every row that it keeps although this process lacks its code.

    ``unchanged`` counts the rows that are as registered; they have no step. ``refusal`` says why it cannot be done.
    """

    steps: list[SyncStep]
    unchanged: int
    refusal: SpellingTakenError | None = None

    @property
    def changes(self) -> list[SyncStep]:
        """The steps that write."""
        return [step for step in self.steps if step.action is not SyncAction.KEEP]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each action concerns, ``unchanged`` included."""
        found = Counter(step.action.value for step in self.steps)
        return {**{action.value: found[action.value] for action in SyncAction}, "unchanged": self.unchanged}


def plan_sync(*, options: SyncOptions, using: str, locks: bool = False) -> SyncPlan:
    """Return what a sync with these options would do now; two queries, whatever the number of rows."""
    return plan_for(read_rows(using, locks=locks), options)


def plan_for(rows: PlannedRows, options: SyncOptions) -> SyncPlan:
    """Return what a sync with these options would do with these rows."""
    planner = _Planner(options, rows)
    steps = [*planner.type_steps(), *planner.item_steps()]
    return SyncPlan(steps=steps, unchanged=planner.unchanged, refusal=planner.spellings.refusal)


class _Planner:
    def __init__(self, options: SyncOptions, rows: PlannedRows) -> None:
        self.options = options
        self.unchanged = 0
        self.spellings = TakenSpellings(rows)
        self._rows = rows
        self._types, self._items = dict(rows.types), dict(rows.items)
        self._type_definitions = plugin_registry.types()
        self._item_definitions = plugin_registry.items()

    def type_steps(self) -> Iterator[SyncStep]:
        for definition in self._type_definitions:
            row = self._types.pop(definition.key, None)
            values = {"description": definition.description}
            yield from self._registered(RowKind.TYPE, definition, row, values, values)
        for key, row in sorted(self._types.items()):
            yield from self._missing(RowKind.TYPE, key, row, key.manager)

    def item_steps(self) -> Iterator[SyncStep]:
        for definition in self._item_definitions:
            row = self._items.pop(definition.key, None)
            refreshed: dict[str, Any] = {"description": definition.description}
            if definition.priority is not None:
                refreshed["priority"] = definition.priority
            initial = {"priority": 0, **refreshed, "status": definition.status.value}
            yield from self._registered(RowKind.ITEM, definition, row, refreshed, initial)
        for key, row in sorted(self._items.items()):
            owner = key.module if is_installed(key.type.manager) else key.type.manager
            yield from self._missing(RowKind.ITEM, key, row, owner)

    def _registered(
        self,
        kind: RowKind,
        definition: PluginTypeDefinition | PluginItemDefinition,
        row: PlannedRow | None,
        refreshed: dict[str, Any],
        initial: dict[str, Any],
    ) -> Iterator[SyncStep]:
        key = definition.key
        if row is None:
            self.spellings.note(key)
            yield SyncStep(
                action=SyncAction.CREATE,
                kind=kind,
                key=key,
                row_id=self._free_id(key),
                why="Registered in code.",
                after=initial,
            )
            return
        differing = self._differing(row, refreshed)
        before = {name: getattr(row, name) for name in differing}
        if row.archived:
            action, why = SyncAction.RESTORE, _why_restored(differing)
            before["archived"], differing["archived"] = True, False
        elif differing:
            action, why = SyncAction.UPDATE, f"Code has another {_listed(differing)}."
        else:
            self.unchanged += 1
            return
        row_id = row_uuid(row.id)
        yield SyncStep(action=action, kind=kind, key=key, row_id=row_id, why=why, before=before, after=differing)

    def _free_id(self, key: TypeKey | ItemKey) -> UUID:
        """Return the id that the key determines; another one where that is the id of a row which was renamed."""
        row_id, taken = key.row_id, self._taken_ids
        for again in count(2):
            if row_id not in taken:
                break
            row_id = uuid5(ROW_NAMESPACE, f"{key}#{again}")
        return row_id

    @cached_property
    def _taken_ids(self) -> frozenset[UUID]:
        rows = (*self._rows.types.values(), *self._rows.items.values())
        return frozenset(row_uuid(row.id) for row in rows)

    def _differing(self, row: PlannedRow, refreshed: dict[str, Any]) -> dict[str, Any]:
        if self.options.mode is not SyncMode.UPDATE:
            return {}
        return {name: value for name, value in refreshed.items() if getattr(row, name) != value}

    def _missing(self, kind: RowKind, key: TypeKey | ItemKey, row: PlannedRow, owner: str) -> Iterator[SyncStep]:
        if row.archived:
            return
        archives, why = self._judge_missing(owner)
        yield SyncStep(
            action=SyncAction.ARCHIVE if archives else SyncAction.KEEP,
            kind=kind,
            key=key,
            row_id=row_uuid(row.id),
            why=why,
            before={"archived": False} if archives else None,
            after={"archived": True} if archives else None,
        )

    def _judge_missing(self, owner: str) -> tuple[bool, str]:
        if not self._type_definitions:
            return False, "This process has registered nothing; it archives nothing."
        if not is_installed(owner):
            if self.options.prune or self.options.prune_missing:
                return True, f"App {owner!r} is not installed."
            return False, f"App {owner!r} is not installed; archive with pruning."
        if self.options.prune_missing:
            return True, f"App {owner!r} is installed, but this process has no code for it."
        return False, f"App {owner!r} is installed, but this process has no code for it; archive with --prune-missing."


def _why_restored(differing: Collection[str]) -> str:
    if differing:
        return f"Its code is back, with another {_listed(differing)}; the status is as it was."
    return "Its code is back; status and priority are as they were."


def _listed(fields: Collection[str]) -> str:
    return " and ".join(sorted(fields))
