"""That what must not grow with the tables is read by an index, as the database's own plan says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugin_system.choices import PluginStatus
from plugin_system.models import PluginType
from plugin_system.rows import read_content_of
from plugin_system.services import HistoryQuery, ItemFilter, explain_type, list_changes, list_items
from tests.factories import OTP, set_status

pytestmark = pytest.mark.django_db

# With tables as small as a test's PostgreSQL reads them whole and sorts, unless that counts as dear.
_DEAR = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort", "enable_hashjoin")
_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN (COSTS OFF)", "mysql": "EXPLAIN"}

# There a constraint's index has a name of its own, and that of a foreign key ends in the id as every index does.
_ON_SQLITE = {
    "plugin_system_type_key": "(manager=? AND name=?)",
    "plugin_system_change_feed": "USING INDEX plugin_system_change_revision_id",
}


def plan_of(statement: str) -> str:
    """Return the plan of a statement; on MariaDB and MySQL with the indexes that it could use."""
    with connection.cursor() as cursor:
        for setting in _DEAR if connection.vendor == "postgresql" else ():
            cursor.execute(f"SET LOCAL {setting} = off")
        cursor.execute(f"{_EXPLAIN[connection.vendor]} {statement}")
        return "\n".join(str(row[-1] if len(row) < 5 else row) for row in cursor.fetchall())


def plans_of(act: Callable[[], Any]) -> str:
    """Return the plans of the statements that an act sends."""
    with CaptureQueriesContext(connection) as queries:
        act()
    statements = [query["sql"] for query in queries.captured_queries]
    return "\n".join(plan_of(sql) for sql in statements if sql.lstrip("(").startswith("SELECT"))


def read_changes() -> Any:
    """Read the first page of the feed."""
    return list(list_changes(HistoryQuery())[:101])


def read_types_items() -> Any:
    """Read the first page of one plugin type's items."""
    return list_items(ItemFilter(plugin_type=OTP), limit=100)


def read_explanation() -> Any:
    """Read the chain of one plugin type, and who decided on it."""
    return explain_type(PluginType.objects.get(manager=OTP.manager, name=OTP.name))


def read_one_type() -> Any:
    """Read what a resolve inside a transaction that has written reads."""
    return read_content_of(connection, [OTP])


@pytest.mark.parametrize(
    ("act", "index"),
    [
        (read_changes, "plugin_system_change_feed"),
        (read_types_items, "plugin_system_type_key"),
        (read_explanation, "plugin_system_change_row"),
        (read_one_type, "plugin_system_type_key"),
    ],
)
class TestIndex:
    def test_is_what_the_plan_names(self, act: Callable[[], Any], index: str) -> None:
        set_status("primary", PluginStatus.DISABLED)
        plan = plans_of(act)
        names = {index, _ON_SQLITE.get(index, index)} if connection.vendor == "sqlite" else {index}
        assert any(name in plan for name in names), plan


def test_a_page_of_the_feed_is_not_sorted() -> None:
    """MariaDB and MySQL sort a table as small as this one, index or not."""
    plan = plans_of(read_changes)
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
