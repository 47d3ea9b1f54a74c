"""How many statements each operation costs: pinned, and the same for 10 rows and for 500."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugin_system.choices import PRIORITY_MIN
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item
from tests.api.caller import Caller
from tests.factories import MODULE, OTP, PRIMARY, item_registration, new_class, register_chain, sync

# Who it is, and what that user may, by itself and by its groups: the host's authentication and Django's permissions.
WHO = 3
# What Django puts into a statement for one changed row: of the record, and, by chance, of a priority as well.
COLUMNS = 6
READS: dict[str, tuple[str, int]] = {
    "items": ("plugin-items/", 2),
    "filtered items": ("plugin-items/?plugin_type=tests.host.otp:carrier&status=active&search=dove&priority_min=0", 2),
    "registered items": ("plugin-items/?state=registered", 3),
    "missing items": ("plugin-items/?state=missing", 3),
    "types": ("plugin-types/", 2),
    "registered types": ("plugin-types/?state=registered", 3),
    "an item by id": (f"plugin-items/{PRIMARY.row_id}/", 1),
    "an item by key": (f"plugin-items/{PRIMARY}/", 1),
    "a type": (f"plugin-types/{OTP}/", 1),
    "a chain": ("plugin-types/tests.host.otp:carrier/resolve-active/", 3),
    "every choice": ("resolve-active/", 4),
    "changes": ("changes/?since=0&page_size=500", 3),
    "changes of an item": (f"changes/?item={PRIMARY}", 3),
    "changes of a type": (f"changes/?type={OTP.row_id}", 3),
    "the status": ("status/", 3),
    "the document": ("schema/", -2),
}


@contextmanager
def counted() -> Iterator[list[int]]:
    """Yield a list that has, after the block, how many statements were sent in it."""
    found: list[int] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found.append(len([each for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]))


def grow(size: int) -> list[PluginItem]:
    """Return as many items of the type ``carrier``, half of them with code."""
    interface = register_chain("carrier")
    for number in range(size // 2):
        register_plugin_item(item_registration(name=f"dove{number:03}", plugin_class=new_class(interface)))
    sync()
    plugin_type = PluginType.objects.get(name="carrier")
    PluginItem.objects.bulk_create(
        PluginItem(plugin_type=plugin_type, module=MODULE, name=f"lost{number:03}")
        for number in range(size - size // 2)
    )
    return list(PluginItem.objects.filter(plugin_type=plugin_type).order_by("name"))


@pytest.fixture(params=[10, 500])
def rows(request: Any, registry: None, db: None) -> list[PluginItem]:
    return grow(request.param)


def batches(size: int) -> int:
    """Return how many statements Django makes of one that writes rows: on SQLite it keeps to so many parameters."""
    most = connection.features.max_query_params
    return 1 if most is None else -(-size // (most // COLUMNS))


class TestReads:
    @pytest.mark.parametrize(("path", "count"), [pytest.param(*case, id=name) for name, case in READS.items()])
    def test_cost(self, api: Caller, rows: list[PluginItem], path: str, count: int) -> None:
        api.get(path)
        with counted() as found:
            assert api.get(path).status == 200
        assert found == [WHO + count]

    def test_cost_less_where_nothing_changed(self, api: Caller, rows: list[PluginItem]) -> None:
        for path in (f"plugin-types/{OTP}/resolve-active/", "resolve-active/", f"plugin-items/{PRIMARY}/"):
            tag = api.get(path).tag
            with counted() as found:
                assert api.get(path, headers={"If-None-Match": tag}).status == 304
            assert found == [WHO + 1]


class TestWrites:
    def cost(self, api: Caller, path: str, body: Any, changed: int) -> int:
        """Return how many statements the call sent, besides those that say who it is."""
        with counted() as found:
            reply = api.post(path, body)
        assert (reply.status, reply.body["changed_count"]) == (200, changed)
        return found[0] - WHO

    def test_of_a_status_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        body = {"select": {"ids": [str(row.pk) for row in rows]}, "status": "disable", "force": True}
        cost = self.cost(api, "plugin-items/bulk-status/", body, len(rows))
        assert cost == 10 + batches(len(rows))

    def test_of_a_status_by_selection_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        select = {"plugin_type": "tests.host.otp:carrier"}
        body = {"select": select, "status": "disable", "force": True, "expected_count": len(rows)}
        assert self.cost(api, "plugin-items/bulk-status/", body, len(rows)) == 11 + batches(len(rows))

    def test_of_priorities_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        body = {"items": [{"id": str(row.pk), "priority": number + 100} for number, row in enumerate(rows)]}
        cost = self.cost(api, "plugin-items/bulk-priority/", body, len(rows))
        assert cost == 9 + 2 * batches(len(rows))

    def test_that_change_nothing_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        body = {"select": {"ids": [str(row.pk) for row in rows]}, "status": "active"}
        assert self.cost(api, "plugin-items/bulk-status/", body, 0) == 7

    def test_of_a_promotion_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        with counted() as found:
            assert api.post("plugin-items/tests.host.otp:carrier/tests.host.otp_sms:dove003/promote/").status == 200
        assert found == [WHO + 14]

    def test_of_a_promotion_before_which_all_must_make_way_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        PluginItem.objects.filter(pk__in=[row.pk for row in rows]).update(priority=PRIORITY_MIN)
        last = max(row.name for row in rows if row.name.startswith("dove"))
        with counted() as found:
            reply = api.post(f"plugin-items/tests.host.otp:carrier/tests.host.otp_sms:{last}/promote/")
        assert len(reply.body["moved"]) == len(rows) - 1
        assert found == [WHO + 13 + batches(len(rows))]

    def test_of_a_revert_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        body = {"select": {"ids": [str(row.pk) for row in rows]}, "status": "disable", "force": True}
        number = api.post("plugin-items/bulk-status/", body).body["revision"]
        assert self.cost(api, f"changes/{number}/revert/", {}, len(rows)) == 12 + batches(len(rows))

    def test_of_one_item_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        with counted() as found:
            assert api.patch(f"plugin-items/{PRIMARY}/", {"priority": 3}).status == 200
        assert found == [WHO + 12]

    def test_of_a_type_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        with counted() as found:
            assert api.patch(f"plugin-types/{OTP}/", {"description": "Codes"}).status == 200
        assert found == [WHO + 11]

    def test_of_a_sync_that_changes_nothing_cost(self, api: Caller, rows: list[PluginItem]) -> None:
        with counted() as found:
            assert api.post("sync/").status == 200
        assert found == [WHO + 4]
