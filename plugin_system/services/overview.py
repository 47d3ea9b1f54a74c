"""Reads for people who look at many rows at once."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Count, Prefetch, Q

from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.services.decisions import notes_on
from plugin_system.services.lookups import write_database
from plugin_system.services.resolution import Explanation, explanation_of


def explain_types(types: Iterable[PluginType], *, using: str | None = None) -> dict[UUID, Explanation]:
    """Return the explanation of each of these plugin types, by row id; two queries, however many types."""
    by_id = {row.pk: row for row in types}
    items = PluginItem.all_objects.using(write_database(using)).filter(plugin_type__in=list(by_id))
    found = list(items)
    rows: dict[UUID, list[PluginItem]] = {row_id: [] for row_id in by_id}
    for item in found:
        rows[item.plugin_type_id].append(item)
    notes = notes_on(items, found, dated=False)
    return {row_id: explanation_of(row, rows[row_id], notes) for row_id, row in by_id.items()}


def changes_since(seen: Mapping[UUID, int], *, using: str | None = None) -> dict[UUID, list[Change]]:
    """Return, by row id, what was done to each row after the revision given with it, oldest first; one query."""
    found: dict[UUID, list[Change]] = {row_id: [] for row_id in seen}
    if seen:
        wanted = Q()
        for row_id, number in seen.items():
            wanted |= Q(row_id=row_id, revision__gt=number)
        changes = Change.objects.using(write_database(using)).filter(wanted)
        for change in changes.select_related("revision").order_by("revision", "pk"):
            found[change.row_id].append(change)
    return found


def first_changes(
    numbers: Collection[int], *, limit: int, using: str | None = None
) -> dict[int, tuple[list[Change], int]]:
    """Return, for each of these revisions, its first ``limit`` changes and the number of all; three queries."""
    database = write_database(using)
    counted = Change.objects.using(database).filter(revision__in=numbers).order_by()
    totals = dict(counted.values_list("revision").annotate(Count("pk")))
    first = Prefetch("changes", Change.objects.using(database).order_by("pk")[:limit], to_attr="first")
    revisions = Revision.objects.using(database).filter(pk__in=numbers).prefetch_related(first)
    return {row.pk: (vars(row)["first"], totals.get(row.pk, 0)) for row in revisions}
