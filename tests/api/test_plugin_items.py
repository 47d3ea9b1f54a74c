"""The endpoints of plugin items."""

from typing import Any

import pytest

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.models import Change, PluginItem
from plugin_system.origins import Origin
from tests.api.caller import NOBODY, Caller
from tests.factories import MODULE, PRIMARY, SECONDARY, SPARE, item, revisions_made, set_status, synced_chain

OTP = "tests.host.otp:otp"


def names(reply: Any) -> list[str]:
    return [each["name"] for each in reply.body["results"]]


class TestListingPluginItems:
    def test_shows_every_item_with_its_facts(self, api: Caller, primary: PluginItem) -> None:
        reply = api.get("plugin-items/", name="primary")
        assert reply.status == 200
        assert reply.body["count"] == 1
        assert reply.body["results"] == [
            {
                "id": str(PRIMARY.row_id),
                "key": str(PRIMARY),
                "plugin_type": str(PRIMARY.type.row_id),
                "plugin_type_key": OTP,
                "module": MODULE,
                "name": "primary",
                "status": "active",
                "priority": 10,
                "description": "The first choice",
                "state": "registered",
                "revision": primary.revision,
            }
        ]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["dove", "lost", "spare", "primary", "secondary"]),
            ({"plugin_type": OTP}, ["spare", "primary", "secondary"]),
            ({"plugin_type": str(PRIMARY.type.row_id)}, ["spare", "primary", "secondary"]),
            ({"plugin_type": "no:such"}, []),
            ({"plugin_type": NOBODY}, []),
            ({"manager": "tests.host.otp"}, ["dove", "lost", "spare", "primary", "secondary"]),
            ({"manager": "elsewhere"}, []),
            ({"module": "tests.host.otp_sms.spare"}, ["spare"]),
            ({"module__startswith": "tests.host.otp_sms."}, ["spare"]),
            ({"name": "dove"}, ["dove"]),
            ({"status": "reserve"}, ["spare"]),
            ({"status": ["reserve", "disable"]}, ["lost", "spare"]),
            ({"state": "registered"}, ["dove", "spare", "primary", "secondary"]),
            ({"state": "registered", "status": "active"}, ["dove", "primary", "secondary"]),
            ({"state": "missing"}, ["lost"]),
            ({"state": "archived"}, []),
            ({"priority_min": 10}, ["primary", "secondary"]),
            ({"priority_max": "-1"}, ["dove"]),
            ({"priority_min": -5, "priority_max": 5}, ["dove", "lost", "spare"]),
            ({"search": "first CHOICE"}, ["primary"]),
            ({"search": "_"}, ["dove", "lost", "spare", "primary", "secondary"]),
            ({"ordering": "name"}, ["dove", "lost", "primary", "secondary", "spare"]),
            ({"ordering": "-priority,name"}, ["secondary", "primary", "lost", "spare", "dove"]),
            ({"ordering": "status,-name"}, ["secondary", "primary", "dove", "lost", "spare"]),
            ({"page_size": 2, "page": 2}, ["spare", "primary"]),
            ({"state": "registered", "page_size": 2, "page": 2}, ["primary", "secondary"]),
        ],
    )
    def test_filters_and_orders(self, api: Caller, registry: None, query: dict[str, Any], found: list[str]) -> None:
        plugin_type = synced_chain("carrier", dove=-5)
        PluginItem.objects.create(plugin_type=plugin_type, module=MODULE, name="lost", status=PluginStatus.DISABLED)
        assert names(api.get("plugin-items/", **query)) == found

    def test_counts_what_fits_in_this_process(self, api: Caller, otp: Any) -> None:
        PluginItem.objects.create(plugin_type=otp, module=MODULE, name="lost")
        assert api.get("plugin-items/", state="missing", page_size=1, page=9).body["count"] == 1

    def test_ends_every_order_in_the_id(self, api: Caller, registry: None) -> None:
        plugin_type = synced_chain("carrier")
        for number in range(20):
            PluginItem.objects.create(plugin_type=plugin_type, module=f"m{number}", name="same", priority=1)
        query = {"name": "same", "ordering": "priority"}
        pages = [api.get("plugin-items/", **query, page_size=5, page=page).body["results"] for page in range(1, 5)]
        found = [each["id"] for page in pages for each in page]
        # Which way round ids are sorted is the database's affair.
        assert found == [
            str(pk) for pk in PluginItem.objects.filter(name="same").order_by("pk").values_list("pk", flat=True)
        ]

    @pytest.mark.parametrize(
        "query",
        [
            {"statsu": "active"},
            {"format": "json"},
            {"status": "Active"},
            {"status": ""},
            {"state": "gone"},
            {"priority_min": "5.0"},
            {"priority_min": "1_0"},
            {"priority_min": "\N{ARABIC-INDIC DIGIT FIVE}"},
            {"priority_min": " 5"},
            {"priority_min": "32768"},
            {"priority_max": "9" * 5000},
            {"ordering": "description"},
            {"ordering": "-"},
            {"ordering": "--name"},
            {"ordering": "name,,status"},
            {"ordering": "plugin_type__id"},
            {"ordering": ""},
            {"page": "0"},
            {"page": "1000001"},
            {"page": "last"},
            {"page_size": "501"},
            {"page_size": "0"},
            {"plugin_type": "otp"},
            {"plugin_type": ""},
            {"name": "a\x00b"},
            {"name": "x" * 101},
            {"search": "x" * 201},
            {"name": ["a", "b"]},
            {"a\x00b": "1"},
        ],
    )
    def test_refuses_what_it_does_not_know(self, api: Caller, query: dict[str, Any]) -> None:
        reply = api.get("plugin-items/", **query)
        assert (reply.status, reply.code) == (400, "invalid")
        assert reply.pointers == [f"?{next(iter(query))}"]

    def test_refuses_more_parameters_than_anybody_needs(self, api: Caller) -> None:
        assert api.get("plugin-items/", status=["active"] * 1000).status == 400

    def test_takes_the_same_status_twice(self, api: Caller) -> None:
        assert names(api.get("plugin-items/", status=["reserve", "reserve"])) == ["spare"]


class TestReadingAPluginItem:
    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize(
        "reference",
        [str(PRIMARY), str(PRIMARY).replace("/", "%2F"), str(PRIMARY.row_id), str(PRIMARY).replace(":", "%3a")],
    )
    def test_takes_id_and_key_with_and_without_slash(self, api: Caller, reference: str, slash: str) -> None:
        reply = api.get(f"plugin-items/{reference}{slash}")
        assert (reply.status, reply.body["key"]) == (200, str(PRIMARY))

    @pytest.mark.parametrize(
        "reference",
        [
            "primary",
            OTP,
            f"{OTP}/{MODULE}:nobody",
            f"{PRIMARY}/more",
            f"{PRIMARY}//",
            "%00:a/b:%00",
            "%0A",
            "%",
            "%zz",
            "a/b/c/d/e",
            "..%2f..",
            NOBODY,
            "{x}",
            "0" * 32,
            "x" * 5000,
        ],
    )
    def test_says_404_for_whatever_is_not_there(self, api: Caller, reference: str) -> None:
        reply = api.get(f"plugin-items/{reference}/")
        assert (reply.status, reply.code) == (404, "not_found")

    def test_shows_that_the_code_is_missing(self, api: Caller, otp: Any) -> None:
        row = PluginItem.objects.create(plugin_type=otp, module=MODULE, name="lost")
        reply = api.get(f"plugin-items/{row.pk}/")
        assert reply.body["state"] == "missing"
        assert reply.tag == f'"{row.revision}-missing"'

    def test_does_not_find_archived_items(self, api: Caller, otp: Any) -> None:
        row = PluginItem.objects.create(plugin_type=otp, module="gone", name="old")
        services.sync_plugins(origin=Origin(), prune=True)
        assert api.get(f"plugin-items/{row.pk}/").status == 404
        assert names(api.get("plugin-items/", state="archived")) == ["old"]


class TestChangingAPluginItem:
    def test_changes_and_records(self, api: Caller, primary: PluginItem) -> None:
        with revisions_made() as made:
            reply = api.patch(
                f"plugin-items/{primary.pk}/",
                {"status": "disable", "priority": "5", "reason": "INC-12: время"},
                headers={"X-Request-ID": "run-7"},
            )
        (revision,) = made
        assert reply.status == 200
        body = reply.body
        assert (body["revision"], body["dry_run"], body["changed"]) == (revision.number, False, True)
        assert body["before"] == {"status": "active", "priority": 10}
        assert body["after"] == {"status": "disable", "priority": 5}
        assert (body["item"]["status"], body["item"]["priority"]) == ("disable", 5)
        assert body["item"]["revision"] == revision.number
        assert body["resolves"] == [{"plugin_type": OTP, "before": str(PRIMARY), "after": str(SECONDARY)}]
        assert reply.tag == f'"{revision.number}"'
        assert reply.headers["X-Request-ID"] == "run-7"
        facts = (revision.channel, revision.actor, revision.reason, revision.request_id)
        assert facts == ("api", "anna", "INC-12: время", "run-7")
        assert Change.objects.get(revision=revision).after == {"status": "disable", "priority": 5}
        assert api.get(f"plugin-items/{primary.pk}/").body == body["item"]

    @pytest.mark.parametrize("body", [{}, {"status": "active", "priority": 10, "description": "The first choice"}])
    def test_leaves_alone_what_is_so_already(self, api: Caller, primary: PluginItem, body: dict[str, Any]) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-items/{PRIMARY}/", body)
        assert made == []
        assert (reply.status, reply.body["changed"], reply.body["revision"]) == (200, False, None)
        assert (reply.body["before"], reply.body["after"]) == ({}, {})
        assert reply.tag == f'"{primary.revision}"'

    def test_tries_without_doing(self, api: Caller, primary: PluginItem) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", "dry_run": True})
        assert made == []
        assert reply.body["resolves"] == [{"plugin_type": OTP, "before": str(PRIMARY), "after": str(SECONDARY)}]
        assert (reply.body["changed"], reply.body["revision"], reply.body["dry_run"]) == (True, None, True)
        assert item("primary").status == "active"

    def test_gives_no_revision_that_a_dry_run_took_back(self, api: Caller, primary: PluginItem) -> None:
        tried = api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", "dry_run": True})
        assert tried.body["item"]["revision"] == primary.revision
        # Somebody else now takes the number that the dry run had.
        set_status("primary", PluginStatus.RESERVED)
        late = api.patch(f"plugin-items/{PRIMARY}/", {"priority": 1}, headers={"If-Match": tried.tag})
        assert late.status == 412

    def test_guards_the_last_usable_item(self, api: Caller) -> None:
        set_status("secondary", PluginStatus.DISABLED)
        set_status("spare", PluginStatus.DISABLED)
        for extra in ({}, {"dry_run": True}):
            with revisions_made() as made:
                reply = api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", **extra})
            assert (reply.status, reply.code, made) == (409, "nothing_usable", [])
            assert repr(OTP) in reply.body["detail"]
        forced = api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", "force": True})
        assert forced.body["resolves"] == [{"plugin_type": OTP, "before": str(PRIMARY), "after": None}]

    @pytest.mark.parametrize("reference", [str(SPARE), str(SPARE).replace("/", "%2F"), str(SPARE.row_id)])
    def test_takes_id_and_key(self, api: Caller, reference: str) -> None:
        assert api.patch(f"plugin-items/{reference}", {"priority": 7}).body["item"]["priority"] == 7

    def test_says_404_for_an_unknown_item(self, api: Caller) -> None:
        assert api.patch(f"plugin-items/{NOBODY}/", {"priority": 1}).status == 404

    def test_demands_the_reason_where_the_host_does(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_REQUIRE_REASON = True
        for reason in ({}, {"reason": ""}, {"reason": " \n"}):
            reply = api.patch(f"plugin-items/{PRIMARY}/", {"priority": 1, **reason})
            assert (reply.status, reply.code, reply.pointers) == (400, "reason_required", ["/reason"])
        assert api.patch(f"plugin-items/{PRIMARY}/", {"priority": 1, "dry_run": True}).status == 200
        assert api.patch(f"plugin-items/{PRIMARY}/", {"priority": 1, "reason": "why"}).status == 200

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"status": "Active"}, "/status"),
            ({"status": None}, "/status"),
            ({"status": ["active"]}, "/status"),
            ({"status": {"active": 1}}, "/status"),
            ({"priority": 32768}, "/priority"),
            ({"priority": -32769}, "/priority"),
            ({"priority": 1.5}, "/priority"),
            ({"priority": True}, "/priority"),
            ({"priority": "ten"}, "/priority"),
            ({"priority": 10**400}, "/priority"),
            ({"priority": None}, "/priority"),
            ({"priority": {}}, "/priority"),
            ({"force": "maybe"}, "/force"),
            ({"module": "other"}, "/module"),
            ({"revision": 1}, "/revision"),
            ({"Status": "active"}, "/Status"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict[str, Any], pointer: str) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-items/{PRIMARY}/", body)
        assert (reply.status, reply.code, reply.pointers, made) == (400, "invalid", [pointer], [])
