"""Taking over what operators have decided in the tables of django-plugin-system, from which this package descends."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connections

from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import LegacyTablesMissingError
from plugin_system.models import Change, PluginItem, PluginType
from plugin_system.models.recording import in_batches
from plugin_system.origins import Origin
from plugin_system.ownership import possible_names
from plugin_system.revisions import Draft, write_revision
from plugin_system.rows import row_uuid
from plugin_system.services.editing import edit_rows, fetch_locked
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import DescribedType, ItemOutcome, Outcome
from plugin_system.services.types import describe

TYPES, ITEMS = "django_plugin_system_plugintype", "django_plugin_system_pluginitem"
_REASON = "Taken over from django-plugin-system."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRow:
    """A row of the old tables; ``state`` is what operators decide there, ``status`` and ``priority`` of items only."""

    id: UUID
    key: TypeKey | ItemKey
    state: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyMatch:
    """An old row and the row that stands in its place; ``kept`` says why that one was left alone, if it was."""

    legacy: LegacyRow
    row: PluginType | PluginItem
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyImport:
    """What an import came to: the write itself, and what became of each old row."""

    outcome: Outcome
    matches: list[LegacyMatch]
    unmatched: list[LegacyRow]


def import_legacy(
    *, origin: Origin, descriptions: bool = False, force: bool = False, dry_run: bool = False, using: str | None = None
) -> LegacyImport:
    """
    Give the rows the status and priority that django-plugin-system 1.1 has for them, as one revision.

    Rows are matched by their names, an app that goes by its ``AppConfig`` there too. ``descriptions`` takes these over
    as well. A row on which somebody has decided here meanwhile is left alone, unless by ``force``. What is so already
    is reported unchanged and writes nothing; the old tables are only read.

    :raises LegacyTablesMissingError: the database has no such tables.
    :raises NothingUsableError: a plugin type would be left without a usable item and ``force`` is false.
    """
    database = write_database(using)
    origin.validate(dry_run=dry_run)
    legacy = list(_read(database))

    def act(draft: Draft) -> _Plan:
        plan = _plan(legacy, database, descriptions=descriptions, force=force)
        draft.watch({match.row.type_key for match in plan.matches})
        plan.carry_out(draft)
        return plan

    written = write_revision(
        act,
        origin=replace(origin, reason=origin.reason or _REASON),
        using=database,
        force=force,
        dry_run=dry_run,
    )
    plan = written.result
    outcome = Outcome(
        revision=written.number,
        dry_run=dry_run,
        items=plan.items,
        resolves=written.resolutions,
        plugin_types=plan.types,
    )
    return LegacyImport(outcome=outcome, matches=plan.matches, unmatched=plan.unmatched)


@dataclass(slots=True, kw_only=True)
class _Plan:
    matches: list[LegacyMatch]
    unmatched: list[LegacyRow]
    fields: tuple[str, ...]
    items: list[ItemOutcome] = field(default_factory=list)
    types: list[DescribedType] = field(default_factory=list)

    def carry_out(self, draft: Draft) -> None:
        """Give the rows that are not kept the old values; the draft watches their types already."""
        taken = {match.row.pk: match for match in self.matches if not match.kept}
        values = {row_id: _values(match.legacy, self.fields) for row_id, match in taken.items()}
        items = [match.row for match in taken.values() if isinstance(match.row, PluginItem)]
        self.items = edit_rows(draft, items, lambda row: values[row.pk])
        for match in taken.values():
            if isinstance(match.row, PluginType) and values[match.row.pk]:
                self.types.append(describe(match.row, match.legacy.state["description"], draft))


def _plan(legacy: list[LegacyRow], using: str, *, descriptions: bool, force: bool) -> _Plan:
    fields = ("status", "priority", "description") if descriptions else ("status", "priority")
    rows: dict[TypeKey | ItemKey, PluginType | PluginItem] = {}
    rows.update((row.key, row) for row in PluginType.all_objects.using(using))
    rows.update((row.key, row) for row in fetch_locked(PluginItem.all_objects.using(using), using))
    found = {each.id: next((rows[key] for key in _possible_keys(each.key) if key in rows), None) for each in legacy}
    pairs = [(each, row) for each in legacy if (row := found[each.id]) is not None]
    decided = {} if force else _decided(pairs, fields, using)
    return _Plan(
        matches=[LegacyMatch(legacy=each, row=row, kept=decided.get(row.pk, "")) for each, row in pairs],
        unmatched=[each for each in legacy if found[each.id] is None],
        fields=fields,
    )


def _read(using: str) -> Iterator[LegacyRow]:
    """Yield the old rows, types first, sorted by key."""
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
            LegacyRow(id=row_uuid(row[0]), key=ItemKey(types[row[1]][0], row[2], row[3]), state=_state(*row[4:]))
            for row in cursor.fetchall()
        ]
    kinds = [LegacyRow(id=row_uuid(pk), key=key, state={"description": text}) for pk, (key, text) in types.items()]
    yield from sorted(kinds, key=lambda row: row.key)
    yield from sorted(items, key=lambda row: row.key)


def _state(status: str, priority: int, description: str | None) -> dict[str, Any]:
    return {"status": status, "priority": priority, "description": description or ""}


def _values(legacy: LegacyRow, fields: Iterable[str]) -> dict[str, Any]:
    """Return what is taken over; a status that neither package knows is left behind."""
    known = legacy.state.get("status") in {None, *PluginStatus.values}
    return {name: legacy.state[name] for name in fields if name in legacy.state and (known or name != "status")}


def _possible_keys(key: TypeKey | ItemKey) -> Iterator[TypeKey | ItemKey]:
    """Yield the keys that a row of that old key may have here, the likeliest first."""
    if isinstance(key, TypeKey):
        yield from (TypeKey(manager, key.name) for manager in possible_names(key.manager))
        return
    for kind in _possible_keys(key.type):
        assert isinstance(kind, TypeKey)
        yield from (ItemKey(kind, module, key.name) for module in possible_names(key.module))


def _decided(
    pairs: Iterable[tuple[LegacyRow, PluginType | PluginItem]], fields: tuple[str, ...], using: str
) -> Mapping[UUID, str]:
    """Return the rows that differ because somebody has decided on them here, each with the revision that did."""
    differing = {
        row.pk: {name for name, value in _values(each, fields).items() if getattr(row, name) != value}
        for each, row in pairs
    }
    decided: dict[UUID, str] = {}
    for batch in in_batches([row_id for row_id, names in differing.items() if names]):
        for change in Change.objects.using(using).filter(row_id__in=batch).order_by("revision", "pk"):
            if change.before is not None and differing[change.row_id] & set(change.after or ()):
                decided[change.row_id] = f"Decided on here, by revision {change.revision_id}; --force takes it over."
    return decided
