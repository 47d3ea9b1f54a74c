"""Lists whose rows know what serves: a few more queries for the whole page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.http import HttpRequest

from plugin_system.admin.deeds import MOST_NAMED, summary
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
        self.explain(self.result_list)

    def explain(self, rows: Iterable[Any]) -> None:
        """Give the rows the explanation of their plugin type."""
        by_type = [(row, row.plugin_type) for row in rows if row.pk]
        found = overview.explain_types({kind.pk: kind for _, kind in by_type}.values())
        for row, kind in by_type:
            # Columns get the row and nothing else, as with annotations.
            vars(row)["explanation"] = found[kind.pk]


class RevisionChangeList(QuietChangeList):
    """A list of revisions that carry what they did, in a line: two more queries for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what its revisions did."""
        super().get_results(request)
        found = overview.first_changes([row.pk for row in self.result_list], limit=MOST_NAMED)
        for row in self.result_list:
            vars(row)["summary"] = summary(*found[row.pk])


def summary_of_row(row: Revision) -> str:
    """Return what the list has noted of the revision."""
    return str(vars(row).get("summary", ""))


def status_of_row(row: PluginType) -> TypeStatus | None:
    """Return the status that the list has given the row."""
    return vars(row).get("status")


def explanation_of_row(row: PluginItem) -> Explanation | None:
    """Return the explanation that the list has given the row."""
    return vars(row).get("explanation")
