"""Changing many items at once."""

from typing import Any

import pytest

from plugin_system.choices import PluginStatus
from plugin_system.models import PluginItem, PluginType
from tests.api.caller import NOBODY, Caller
from tests.factories import MODULE, PRIMARY, SECONDARY, SPARE, changes_of, item, revisions_made, set_status

OTP = "tests.host.otp:otp"


def ids(*keys: Any) -> list[str]:
    return [str(key.row_id) for key in keys]


def fill(otp: PluginType, count: int, **values: Any) -> list[PluginItem]:
    """Return as many new items, without code."""
    rows = [PluginItem(plugin_type=otp, module="filling", name=f"n{number:03}", **values) for number in range(count)]
    return PluginItem.objects.bulk_create(rows)


class TestBulkStatus:
    def test_changes_all_in_one_revision(self, api: Caller) -> None:
        with revisions_made() as made:
            reply = api.post(
                "plugin-items/bulk-status/",
                {"select": {"ids": ids(PRIMARY, SECONDARY)}, "status": "disable", "reason": "INC-12"},
            )
        (revision,) = made
        body = reply.body
        assert reply.status == 200
        assert (body["revision"], body["dry_run"]) == (revision.number, False)
        assert (body["changed_count"], body["unchanged_count"]) == (2, 0)
        assert [each["item"]["key"] for each in body["items"]] == [str(PRIMARY), str(SECONDARY)]
        assert body["items"][0]["before"] == {"status": "active"}
        assert body["items"][0]["after"] == {"status": "disable"}
        assert {each["item"]["revision"] for each in body["items"]} == {revision.number}
        assert body["resolves"] == [{"plugin_type": OTP, "before": str(PRIMARY), "after": str(SPARE)}]
        assert set(changes_of(revision)) == {str(PRIMARY), str(SECONDARY)}

    def test_reports_rows_that_are_so_already_and_writes_nothing_for_them(self, api: Caller) -> None:
        set_status("primary", PluginStatus.DISABLED)
        before = item("primary").revision
        reply = api.post("plugin-items/bulk-status/", {"select": {"ids": ids(PRIMARY, SECONDARY)}, "status": "disable"})
        assert [each["changed"] for each in reply.body["items"]] == [False, True]
        assert (reply.body["changed_count"], reply.body["unchanged_count"]) == (1, 1)
        assert item("primary").revision == before
        with revisions_made() as made:
            again = api.post(
                "plugin-items/bulk-status/", {"select": {"ids": ids(PRIMARY, SECONDARY)}, "status": "disable"}
            )
        assert (made, again.body["revision"], again.body["changed_count"]) == ([], None, 0)

    @pytest.mark.parametrize(
        ("select", "found"),
        [
            ({"plugin_type": OTP}, ["primary", "secondary", "spare"]),
            ({"plugin_type": str(PRIMARY.type.row_id)}, ["primary", "secondary", "spare"]),
            ({"module": MODULE}, ["primary", "secondary"]),
            ({"status": "reserve"}, ["spare"]),
            ({"plugin_type": OTP, "status": "active"}, ["primary", "secondary"]),
            ({"module": MODULE, "status": "reserve"}, []),
            ({"ids": ids(PRIMARY, SPARE), "module": MODULE}, ["primary"]),
            ({"ids": ids(PRIMARY, PRIMARY)}, ["primary"]),
            ({"module": "nobody"}, []),
        ],
    )
    def test_selects_what_every_member_fits(self, api: Caller, select: dict[str, Any], found: list[str]) -> None:
        body = {"select": select, "status": "reserve", "expected_count": len(found), "dry_run": True}
        reply = api.post("plugin-items/bulk-status/", body)
        assert reply.status == 200
        assert sorted(each["item"]["name"] for each in reply.body["items"]) == found

    def test_names_every_unknown_id_and_changes_nothing(self, api: Caller) -> None:
        unknown = [NOBODY, NOBODY.replace("a", "b")]
        with revisions_made() as made:
            reply = api.post(
                "plugin-items/bulk-status/",
                {"select": {"ids": [unknown[0], *ids(PRIMARY), unknown[1]]}, "status": "disable"},
            )
        assert (reply.status, reply.code, made) == (409, "unknown_items", [])
        assert reply.pointers == ["/select/ids/0", "/select/ids/2"]
        assert [each["detail"] for each in reply.body["errors"]] == [f"There is no item {each!r}." for each in unknown]
        assert item("primary").status == "active"

    def test_counts_archived_rows_as_unknown(self, api: Caller, otp: PluginType) -> None:
        (row,) = fill(otp, 1)
        PluginItem.objects.filter(pk=row.pk).update(archived="2026-01-01T00:00:00Z")
        reply = api.post("plugin-items/bulk-status/", {"select": {"ids": [str(row.pk)]}, "status": "disable"})
        assert (reply.status, reply.code) == (409, "unknown_items")

    @pytest.mark.parametrize("reference", ["no:such", NOBODY])
    def test_names_an_unknown_plugin_type(self, api: Caller, reference: str) -> None:
        reply = api.post(
            "plugin-items/bulk-status/",
            {"select": {"plugin_type": reference}, "status": "disable", "expected_count": 1},
        )
        assert (reply.status, reply.code, reply.pointers) == (409, "unknown_plugin_type", ["/select/plugin_type"])

    def test_demands_the_expected_count_where_there_are_no_ids(self, api: Caller) -> None:
        body = {"select": {"module": MODULE}, "status": "reserve"}
        reply = api.post("plugin-items/bulk-status/", body)
        assert (reply.status, reply.code, reply.pointers) == (428, "expected_count_required", ["/expected_count"])
        tried = api.post("plugin-items/bulk-status/", {**body, "dry_run": True})
        assert (tried.status, len(tried.body["items"])) == (200, 2)
        assert api.post("plugin-items/bulk-status/", {**body, "expected_count": 2}).status == 200

    @pytest.mark.parametrize("select", [{"module": MODULE}, {"ids": ids(PRIMARY, SECONDARY)}])
    def test_refuses_another_count_than_expected(self, api: Caller, select: dict[str, Any]) -> None:
        with revisions_made() as made:
            reply = api.post("plugin-items/bulk-status/", {"select": select, "status": "reserve", "expected_count": 3})
        assert (reply.status, reply.code, made) == (409, "expected_count_differs", [])
        assert "2 items" in reply.body["detail"]

    def test_takes_at_most_500_rows(self, api: Caller, otp: PluginType) -> None:
        fill(otp, 501)
        body = {"select": {"module": "filling"}, "status": "disable", "dry_run": True}
        reply = api.post("plugin-items/bulk-status/", body)
        assert (reply.status, reply.code, reply.pointers) == (409, "too_many_items", ["/select"])
        assert "501" in reply.body["detail"]
        PluginItem.objects.get(name="n500").delete()
        full = api.post("plugin-items/bulk-status/", {**body, "dry_run": False, "expected_count": 500})
        assert (full.status, full.body["changed_count"]) == (200, 500)

    def test_guards_the_last_usable_item(self, api: Caller) -> None:
        body = {"select": {"plugin_type": OTP}, "status": "disable", "expected_count": 3}
        with revisions_made() as made:
            reply = api.post("plugin-items/bulk-status/", body)
        assert (reply.status, reply.code, made) == (409, "nothing_usable", [])
        assert repr(OTP) in reply.body["detail"]
        assert api.post("plugin-items/bulk-status/", {**body, "force": True}).body["changed_count"] == 3

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"status": "disable"}, "/select"),
            ({"select": {}, "status": "disable"}, "/select"),
            ({"select": None, "status": "disable"}, "/select"),
            ({"select": [], "status": "disable"}, "/select"),
            ({"select": "all", "status": "disable"}, "/select"),
            ({"select": {"ids": []}, "status": "disable"}, "/select/ids"),
            ({"select": {"ids": "x"}, "status": "disable"}, "/select/ids"),
            ({"select": {"ids": {"0": "x"}}, "status": "disable"}, "/select/ids"),
            ({"select": {"ids": [str(PRIMARY)]}, "status": "disable"}, "/select/ids/0"),
            ({"select": {"ids": [None]}, "status": "disable"}, "/select/ids/0"),
            ({"select": {"ids": [[]]}, "status": "disable"}, "/select/ids/0"),
            ({"select": {"ids": [-1]}, "status": "disable"}, "/select/ids/0"),
            ({"select": {"ids": [str(PRIMARY.row_id)] * 501}, "status": "disable"}, "/select/ids"),
            ({"select": {"names": ["x"]}, "status": "disable"}, "/select/names"),
            ({"select": {"module": ""}, "status": "disable"}, "/select/module"),
            ({"select": {"plugin_type": "otp"}, "status": "disable"}, "/select/plugin_type"),
            ({"select": {"status": "off"}, "status": "disable"}, "/select/status"),
            ({"select": {"module": "x"}}, "/status"),
            ({"select": {"module": "x"}, "status": "disable", "expected_count": 501}, "/expected_count"),
            ({"select": {"module": "x"}, "status": "disable", "expected_count": -1}, "/expected_count"),
            ({"select": {"module": "x"}, "status": "disable", "everything": True}, "/everything"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict[str, Any], pointer: str) -> None:
        with revisions_made() as made:
            reply = api.post("plugin-items/bulk-status/", body)
        assert (reply.status, reply.code, reply.pointers, made) == (400, "invalid", [pointer], [])


class TestBulkPriority:
    def test_changes_all_in_one_revision(self, api: Caller) -> None:
        with revisions_made() as made:
            reply = api.post(
                "plugin-items/bulk-priority/",
                {
                    "items": [
                        {"id": str(SECONDARY.row_id), "priority": 1},
                        {"id": str(PRIMARY.row_id), "priority": "30"},
                        {"id": str(SPARE.row_id), "priority": 0},
                    ]
                },
            )
        (revision,) = made
        assert reply.status == 200
        assert [each["changed"] for each in reply.body["items"]] == [True, True, False]
        assert reply.body["items"][1]["before"] == {"priority": 10}
        assert reply.body["items"][1]["after"] == {"priority": 30}
        assert reply.body["resolves"] == [{"plugin_type": OTP, "before": str(PRIMARY), "after": str(SECONDARY)}]
        assert set(changes_of(revision)) == {str(PRIMARY), str(SECONDARY)}

    def test_refuses_all_where_one_has_changed_since(self, api: Caller, primary: PluginItem) -> None:
        set_status("secondary", PluginStatus.RESERVED)
        now = item("secondary").revision
        with revisions_made() as made:
            reply = api.post(
                "plugin-items/bulk-priority/",
                {
                    "items": [
                        {"id": str(PRIMARY.row_id), "priority": 1, "revision": primary.revision},
                        {"id": str(SECONDARY.row_id), "priority": 2, "revision": primary.revision},
                    ]
                },
            )
        assert (reply.status, reply.code, reply.pointers, made) == (409, "stale_revision", ["/items/1"], [])
        assert str(now) in reply.body["errors"][0]["detail"]

    def test_names_every_unknown_id(self, api: Caller) -> None:
        reply = api.post(
            "plugin-items/bulk-priority/",
            {"items": [{"id": str(PRIMARY.row_id), "priority": 1}, {"id": NOBODY, "priority": 1}]},
        )
        assert (reply.status, reply.code, reply.pointers) == (409, "unknown_items", ["/items/1"])

    def test_tries_without_doing(self, api: Caller) -> None:
        with revisions_made() as made:
            reply = api.post(
                "plugin-items/bulk-priority/",
                {"items": [{"id": str(PRIMARY.row_id), "priority": 99}], "dry_run": True},
            )
        assert made == []
        assert reply.body["resolves"][0]["after"] == str(SECONDARY)
        assert reply.body["items"][0]["item"]["revision"] == item("primary").revision

    @pytest.mark.parametrize(
        ("items", "pointer"),
        [
            ([], "/items"),
            (None, "/items"),
            ({}, "/items"),
            (["x"], "/items/0"),
            ([{}], "/items/0/id"),
            ([{"id": NOBODY, "priority": 32768}], "/items/0/priority"),
            ([{"id": NOBODY, "priority": 1, "revision": -1}], "/items/0/revision"),
            ([{"id": NOBODY, "priority": 1, "revision": 2**63}], "/items/0/revision"),
            ([{"id": NOBODY, "priority": 1, "status": "active"}], "/items/0/status"),
            ([{"id": NOBODY, "priority": 1}] * 501, "/items"),
            ([{"id": NOBODY, "priority": 1}] * 2, "/items"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, items: Any, pointer: str) -> None:
        with revisions_made() as made:
            reply = api.post("plugin-items/bulk-priority/", {"items": items})
        assert (reply.status, made) == (400, [])
        assert reply.pointers[0] == pointer
