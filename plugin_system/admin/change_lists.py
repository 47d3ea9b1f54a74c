"""Lists whose rows know what serves: one more query for the whole page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.http import HttpRequest

from plugin_system.admin.deeds import MOST_NAMED, summary
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.services import Explanation, overview


class QuietChangeList(ChangeList):
    """A list that marks its order in the headings only where somebody has chosen one."""

    def get_ordering_field_columns(self) -> Any:
        """Return the columns that the query orders by."""
        return super().get_ordering_field_columns() if ORDER_VAR in self.params else {}


class ExplainedChangeList(QuietChangeList):
    """A list whose rows carry the explanation of their plugin type."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what its plugin types resolve to."""
        super().get_results(request)
        self.explain(self.result_list)

    def explain(self, rows: Iterable[Any]) -> None:
        """Give the rows the explanation of their plugin type."""
        by_type = [(row, row if isinstance(row, PluginType) else row.plugin_type) for row in rows if row.pk]
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


def explanation_of_row(row: PluginType | PluginItem) -> Explanation | None:
    """Return the explanation that the list has given the row."""
    return vars(row).get("explanation")
