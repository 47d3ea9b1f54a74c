"""Lists whose rows know what serves: one more query for the whole page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from plugin_system.models import PluginItem, PluginType
from plugin_system.services import Explanation, overview


class ExplainedChangeList(ChangeList):
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


def explanation_of_row(row: PluginType | PluginItem) -> Explanation | None:
    """Return the explanation that the list has given the row."""
    return vars(row).get("explanation")
