"""Lists whose rows know what serves: a few more queries for the whole page."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.http import HttpRequest
from django.urls import reverse

from plugin_system.admin.deeds import MOST_NAMED, may_be_undone, revisions_to_undo, summary
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.services import Explanation, TypeStatus, overview, read_status


class QuietChangeList(ChangeList):
    """A list that marks its order in the headings only where somebody has chosen one."""

    def get_ordering_field_columns(self) -> Any:
        """Return the columns that the query orders by."""
        return super().get_ordering_field_columns() if ORDER_VAR in self.params else {}


class StatusChangeList(QuietChangeList):
    """A list of plugin types that carry what serves for them, under the status of the whole."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what serves."""
        super().get_results(request)
        self.status = read_status()
        by_key = {each.plugin_type: each for each in self.status.types}
        for row in self.result_list:
            vars(row)["status"] = by_key.get(row.key)


class ExplainedChangeList(QuietChangeList):
    """A list of items that carry the explanation of their plugin type."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what its plugin types resolve to."""
        super().get_results(request)
        self.links_types = may_see_types(request)
        self.explain(self.result_list)

    def explain(self, rows: Iterable[Any]) -> None:
        """Give the rows the explanation of their plugin type, and the address of the page that shows it."""
        by_type = [(row, row.plugin_type) for row in rows if row.pk]
        kinds = {kind.pk: kind for _, kind in by_type}
        found = overview.explain_types(kinds.values())
        pages = {pk: self._page_of(pk) if self.links_types else "" for pk in kinds}
        for row, kind in by_type:
            # Columns get the row and nothing else, as with annotations.
            vars(row).update(explanation=found[kind.pk], explained_at=pages[kind.pk])

    def _page_of(self, pk: UUID) -> str:
        site: str = self.model_admin.admin_site.name
        return reverse("admin:plugin_system_plugintype_change", args=[pk], current_app=site)


class RevisionChangeList(QuietChangeList):
    """A list of revisions that carry what they did, in a line: a few more queries for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, what its revisions did, and which of them can be undone."""
        super().get_results(request)
        found = overview.first_changes([row.pk for row in self.result_list], limit=MOST_NAMED)
        undoable = {pk for pk, (changes, _) in found.items() if any(map(may_be_undone, changes))}
        # Of the others the changes that are not read yet decide, where there are any.
        unknown = [pk for pk, (changes, total) in found.items() if pk not in undoable and total > len(changes)]
        undoable |= revisions_to_undo(unknown, using=self.result_list.db) if unknown else set()
        for row in self.result_list:
            vars(row).update(summary=summary(*found[row.pk]), may_be_undone=row.pk in undoable)


def may_see_types(request: HttpRequest) -> bool:
    """Whether the user may open the page of a plugin type, which shows its chain."""
    return any(request.user.has_perm(f"plugin_system.{name}_plugintype") for name in ("view", "change"))


def summary_of_row(row: Revision) -> str:
    """Return what the list has noted of the revision."""
    return str(vars(row).get("summary", ""))


def may_undo_row(row: Revision) -> bool:
    """Return whether the list has found something to undo in the revision."""
    return bool(vars(row).get("may_be_undone", True))


def status_of_row(row: PluginType) -> TypeStatus | None:
    """Return the status that the list has given the row."""
    return vars(row).get("status")


def explanation_of_row(row: PluginItem) -> Explanation | None:
    """Return the explanation that the list has given the row."""
    return vars(row).get("explanation")


def chain_page_of_row(row: PluginItem) -> str:
    """Return the address at which the explanation stands; empty for whoever may not go there."""
    return str(vars(row).get("explained_at", ""))
