"""What must not become slower with the number of rows, and the plans by which the database does it."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import Change, PluginItem, Revision
from plugin_system.origins import Origin
from plugin_system.snapshot import follower_of
from tests.benchmarks.acts import preparing
from tests.benchmarks.caller import call
from tests.benchmarks.plugins import APP
from tests.benchmarks.timing import Sample, counted, short_work

# Where a plan says that it reads a table from end to end, by vendor.
_SCANS = {"sqlite": "SCAN {}", "postgresql": "Seq Scan on {}"}


def prepare(types: int, items: int) -> int:
    """Fill the tables, records included, and let the database count what is in them."""
    preparing.migrate()
    preparing.register(types=types, items=items, statuses=["active"], own_classes=False)
    preparing.insert_rows(types=types, items=items)
    services.set_status(items=services.ItemSelection(ids=middle_item()), status=PluginStatus.RESERVED, origin=Origin())
    _insert_records()
    with connection.cursor() as cursor:
        # PostgreSQL would do it by itself a minute later, beside what is measured.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return PluginItem.objects.count()


def middle_item() -> tuple[Any, ...]:
    """Return the id of one item in the middle."""
    rows = PluginItem.objects.order_by("plugin_type", "pk")
    return (rows[rows.count() // 2].pk,)


def _insert_records() -> None:
    """Insert one record per item, as a first sync would have."""
    revision = Revision.objects.order_by("-number")[0]
    Change._base_manager.bulk_create(
        (
            Change(revision=revision, kind="item", key=f"{APP}:x/{APP}:y", row_id=pk, after={"status": "active"})
            for pk in PluginItem.objects.values_list("pk", flat=True)
        ),
        batch_size=500,
    )


def resolve() -> Sample:
    """Resolve warm."""
    return short_work(lambda: get_plugin_instance("active_0", APP), calls=1, loops=5000)


def resolve_compared() -> Sample:
    """Resolve with MAX_STALENESS = 0."""
    with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=0):
        return short_work(lambda: get_plugin_instance("active_0", APP), calls=1, loops=100)


def page(path: str) -> Sample:
    """Read a page of the API."""
    return short_work(lambda: _get(path), calls=1, loops=1)


def write() -> Sample:
    """Change one item, to and fro."""
    (pk,) = middle_item()
    return short_work(lambda: _toggle(pk), calls=1, loops=4)


def reload() -> Sample:
    """Resolve one type after a change that another process made."""

    def work() -> None:
        follower_of("default").fresh_until = float("-inf")
        services.touch()
        get_plugin_instance("active_0", APP)

    return short_work(work, calls=1, loops=1, repeats=2)


def _get(path: str) -> None:
    reply = call("GET", path)
    assert reply.status.startswith("200"), reply


def _toggle(pk: Any) -> None:
    row = PluginItem.objects.get(pk=pk)
    status = PluginStatus.ACTIVE if row.status == PluginStatus.RESERVED else PluginStatus.RESERVED
    services.update_item(edit=services.ItemEdit(item=pk, status=status), origin=Origin())


def plans(paths: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return, by what is done, each statement that it sends, its plan, and the tables that the plan reads whole."""
    (pk,) = middle_item()
    works: dict[str, Callable[[], Any]] = {name: lambda path=path: _get(path) for name, path in paths.items()}  # type: ignore[misc]
    works["single write"] = lambda: _toggle(pk)
    return {name: _plans_of(work) for name, work in works.items()}


def _plans_of(work: Callable[[], Any]) -> list[dict[str, Any]]:
    work()
    with counted() as statements:
        work()
    found = []
    for sql, parameters in zip(statements.texts, statements.parameters, strict=True):
        if "plugin_system_" in sql and sql.lstrip("(").startswith(("SELECT", "UPDATE")):
            found.append(_plan(sql, parameters))
    return found


def _plan(sql: str, parameters: Any) -> dict[str, Any]:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (COSTS OFF)"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", parameters)
        lines = [str(row[-1]) for row in cursor.fetchall()]
    tables = ["plugin_system_pluginitem", "plugin_system_change"]
    scan = _SCANS[connection.vendor]
    read_whole = [table for table in tables if any(line.strip(" ->").startswith(scan.format(table)) for line in lines)]
    return {"statement": sql, "plan": lines, "reads_whole": read_whole}
