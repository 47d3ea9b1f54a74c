"""Taking over what operators have decided in the tables of django-plugin-system, from which this package descends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from plugin_system.choices import Channel
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.models.reading import in_batches
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.revisions import Draft, write_revision
from plugin_system.services.editing import edit_rows, fetch_locked
from plugin_system.services.legacy_tables import LegacyRow, read_legacy
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import DescribedType, ItemOutcome, Outcome
from plugin_system.services.types import describe

_REASON = "Taken over from django-plugin-system."
_REQUEST_ID = "import-legacy"
# The doors through which an import comes: elsewhere people choose the request id.
_CHANNELS = {Channel.COMMAND, Channel.CODE}
# What a sync in mode update writes.
_OF_CODE = {"description", "priority"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyMatch:
    """
    An old row and the row that stands in its place.

    ``taken`` has what the row gets of the old one; ``kept`` says what it does not get, and why, where that is so.
    """

    legacy: LegacyRow
    row: PluginType | PluginItem
    taken: dict[str, Any] = field(default_factory=dict)
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
    as well. A row on which somebody has decided here meanwhile is left alone, unless by ``force``; neither an earlier
    import nor what a sync in mode update has brought from code is such a decision. What is so already is reported
    unchanged and writes nothing; the old tables are only read. The revision's request id begins with ``import-legacy``,
    by which the next import knows it.

    :raises LegacyTablesMissingError: the database has no such tables.
    :raises NothingUsableError: a plugin type would be left without a usable item and ``force`` is false.
    """
    database = write_database(using)
    origin.validate(dry_run=dry_run)
    legacy = list(read_legacy(database))

    def act(draft: Draft) -> _Plan:
        plan = _plan(legacy, database, descriptions=descriptions, force=force)
        draft.watch({match.row.type_key for match in plan.matches})
        plan.carry_out(draft)
        return plan

    written = write_revision(
        act,
        origin=replace(
            origin, reason=origin.reason or _REASON, request_id=f"{_REQUEST_ID} {origin.request_id}".rstrip()
        ),
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


_Pair = tuple[LegacyRow, PluginType | PluginItem]


@dataclass(slots=True, kw_only=True)
class _Plan:
    matches: list[LegacyMatch]
    unmatched: list[LegacyRow]
    items: list[ItemOutcome] = field(default_factory=list)
    types: list[DescribedType] = field(default_factory=list)

    def carry_out(self, draft: Draft) -> None:
        """Give the rows what they get of the old ones; the draft watches their types already."""
        taken = {match.row.pk: match for match in self.matches if match.taken}
        items = [match.row for match in taken.values() if isinstance(match.row, PluginItem)]
        self.items = edit_rows(draft, items, lambda row: taken[row.pk].taken)
        for match in taken.values():
            if isinstance(match.row, PluginType):
                self.types.append(describe(match.row, match.taken["description"], draft))


def _plan(legacy: list[LegacyRow], using: str, *, descriptions: bool, force: bool) -> _Plan:
    fields = ("status", "priority", "description") if descriptions else ("status", "priority")
    rows: dict[TypeKey | ItemKey, PluginType | PluginItem] = {}
    rows.update((row.key, row) for row in PluginType.all_objects.using(using))
    rows.update((row.key, row) for row in fetch_locked(PluginItem.all_objects.using(using), using))
    keys = {each.id: next((key for key in each.possible_keys() if key in rows), None) for each in legacy}
    pairs = [(each, rows[key]) for each in legacy if (key := keys[each.id]) is not None]
    first = _first_of(pairs)
    decided = {} if force else _decided([pair for pair in pairs if first[pair[1].pk] is pair[0]], fields, using)
    return _Plan(
        matches=[_match(each, row, first[row.pk], fields, decided.get(row.pk, "")) for each, row in pairs],
        unmatched=[each for each in legacy if keys[each.id] is None],
    )


def _first_of(pairs: Iterable[_Pair]) -> dict[UUID, LegacyRow]:
    """Return which old row each row follows, by its id: the one of the very key, where two stand for the same row."""
    first: dict[UUID, LegacyRow] = {}
    for each, row in pairs:
        if row.pk not in first or each.key == row.key:
            first[row.pk] = each
    return first


def _match(
    legacy: LegacyRow, row: PluginType | PluginItem, first: LegacyRow, fields: tuple[str, ...], decided: str
) -> LegacyMatch:
    if first is not legacy:
        return LegacyMatch(legacy=legacy, row=row, kept=f"Not taken: {str(first.key)!r} fits this row better.")
    if decided:
        return LegacyMatch(legacy=legacy, row=row, kept=decided)
    return LegacyMatch(legacy=legacy, row=row, taken=legacy.values(fields), kept=" ".join(legacy.remarks()))


def _decided(pairs: Iterable[_Pair], fields: tuple[str, ...], using: str) -> Mapping[UUID, str]:
    """Return the rows that differ because somebody has decided on them here, each with the revision that did."""
    rows = {row.pk: row for _, row in pairs}
    differing = {
        row.pk: {name for name, value in each.values(fields).items() if getattr(row, name) != value}
        for each, row in pairs
    }
    decided: dict[UUID, str] = {}
    for batch in in_batches([row_id for row_id, names in differing.items() if names]):
        changes = Change.objects.using(using).filter(row_id__in=batch).select_related("revision")
        for change in changes.defer("revision__resolves").order_by("-revision_id", "-pk"):
            names = differing[change.row_id] & set(change.after or ())
            if not names or change.before is None or _is_of_code(change, rows[change.row_id]):
                continue
            # The newest that counts says of a field who decided: what was before it is over.
            differing[change.row_id] -= names
            if not _is_import(change.revision):
                text = f"Decided on here, by revision {change.revision_id}; --force takes it over."
                decided.setdefault(change.row_id, text)
    return decided


def _is_import(revision: Revision) -> bool:
    return revision.channel in _CHANNELS and revision.request_id.partition(" ")[0] == _REQUEST_ID


def _is_of_code(change: Change, row: PluginType | PluginItem) -> bool:
    """
    Whether a sync in mode update made the change, as far as the record tells.

    It brings what code states. A revert, or an operator with a reason, can bring the same, and is believed to decide.
    """
    key = row.key
    definition = plugin_registry.find_item(key) if isinstance(key, ItemKey) else plugin_registry.find_type(key)
    stated = {name: value for name, value in (change.after or {}).items() if name != "archived"}
    return (
        not change.revision.reason
        and definition is not None
        and stated.keys() <= _OF_CODE
        and all(getattr(definition, name) == value for name, value in stated.items())
    )
