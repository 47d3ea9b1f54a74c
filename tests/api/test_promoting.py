"""Making an item the one that serves, over HTTP."""

from typing import Any

import pytest

from plugin_system.choices import PRIORITY_MIN, PluginStatus
from plugin_system.failures import note_failure
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from tests.api.caller import NOBODY, Caller
from tests.factories import (
    MANAGER,
    MODULE,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    item,
    revisions_made,
    set_status,
    synced_chain,
)

PATH = f"plugin-items/{SPARE}/promote/"


class TestPromoting:
    def test_makes_the_item_serve_in_one_revision_and_says_what_it_did(self, api: Caller) -> None:
        with revisions_made() as made:
            reply = api.post(PATH, {"reason": "INC-12"}, headers={"X-Request-ID": "run-7"})
        (revision,) = made
        assert reply.status == 200
        assert reply.body == {
            "revision": revision.number,
            "dry_run": False,
            "resolves": [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}],
            "changed": True,
            "before": {"status": "reserve"},
            "after": {"status": "active"},
            "item": api.get(f"plugin-items/{SPARE}/").body,
            "moved": [],
            "truncated": False,
        }
        assert reply.tag == f'"{revision.number}"' == api.get(f"plugin-items/{SPARE}/").tag
        assert changes_of(revision) == {str(SPARE): ({"status": "reserve"}, {"status": "active"})}
        found = (revision.channel, revision.actor, revision.reason, revision.request_id)
        assert found == ("api", "anna", "INC-12", "run-7")
        assert type(get_plugin_instance("otp", MANAGER)).__name__ == "Spare"

    @pytest.mark.parametrize("reference", [str(SECONDARY), str(SECONDARY).replace("/", "%2F"), str(SECONDARY.row_id)])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_finds_the_item_by_id_or_key(self, api: Caller, reference: str, slash: str) -> None:
        reply = api.post(f"plugin-items/{reference}/promote{slash}")
        assert reply.body["after"] == {"priority": 9}
        assert reply.body["resolves"][0]["after"] == str(SECONDARY)

    def test_leaves_alone_what_serves_already(self, api: Caller, primary: PluginItem) -> None:
        with revisions_made() as made:
            reply = api.post(f"plugin-items/{PRIMARY}/promote/")
        assert (reply.status, reply.body["changed"], reply.body["revision"], made) == (200, False, None, [])
        assert reply.tag == f'"{primary.revision}"'

    def test_shows_what_had_to_make_way(self, api: Caller, registry: None) -> None:
        lowest = {"priority": PRIORITY_MIN}
        synced_chain("carrier", dove=lowest, pigeon=lowest, raven=10)
        reply = api.post(f"plugin-items/{MANAGER}:carrier/{MODULE}:raven/promote/")
        assert reply.body["after"] == {"priority": PRIORITY_MIN}
        moved = [(each["item"]["name"], each["after"]["priority"]) for each in reply.body["moved"]]
        assert moved == [("dove", PRIORITY_MIN + 1), ("pigeon", PRIORITY_MIN + 1)]
        assert not reply.body["truncated"]

    def test_shows_at_most_500_of_them(self, api: Caller, registry: None) -> None:
        carrier = synced_chain("carrier", raven=10)
        PluginItem.objects.bulk_create(
            PluginItem(plugin_type=carrier, module=MODULE, name=f"a{number:03}", priority=PRIORITY_MIN)
            for number in range(501)
        )
        reply = api.post(f"plugin-items/{MANAGER}:carrier/{MODULE}:raven/promote/")
        assert (reply.status, len(reply.body["moved"]), reply.body["truncated"]) == (200, 500, True)
        assert PluginItem.objects.filter(plugin_type=carrier, priority=PRIORITY_MIN + 1).count() == 501

    def test_tries_without_doing(self, api: Caller, spare: PluginItem) -> None:
        with revisions_made() as made:
            reply = api.post(PATH, {"dry_run": True})
        assert (reply.status, made) == (200, [])
        assert (reply.body["revision"], reply.body["dry_run"], reply.body["changed"]) == (None, True, True)
        assert reply.body["resolves"] == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}]
        assert reply.tag == f'"{spare.revision}"'
        assert item("spare").status == PluginStatus.RESERVED

    def test_refuses_what_does_not_load_here(self, api: Caller, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        for body in ({}, {"force": True}, {"dry_run": True}):
            with revisions_made() as made:
                reply = api.post(PATH, body)
            assert (reply.status, reply.code, made) == (409, "not_loadable", [])
            assert str(SPARE) in reply.body["detail"]

    def test_takes_force_for_what_could_not_be_instantiated_lately(self, api: Caller) -> None:
        note_failure(SPARE, RuntimeError("the password is secret"))
        reply = api.post(PATH)
        assert (reply.status, reply.code) == (409, "not_loadable")
        assert "RuntimeError" in reply.body["detail"]
        assert b"secret" not in reply.content
        assert api.post(PATH, {"force": True}).status == 200

    @pytest.mark.parametrize("reference", [NOBODY, "primary", f"{OTP}/{MODULE}:nobody", "%00"])
    def test_says_that_there_is_no_such_item(self, api: Caller, reference: str) -> None:
        reply = api.post(f"plugin-items/{reference}/promote/")
        assert (reply.status, reply.code) == (404, "not_found")

    def test_does_not_find_an_archived_item(self, api: Caller, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        assert api.post("sync/", {"prune_missing": True}).body["counts"]["archive"] == 1
        assert api.post(PATH).status == 404

    def test_demands_a_reason_where_the_host_does(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_REQUIRE_REASON = True
        reply = api.post(PATH)
        assert (reply.status, reply.code, reply.pointers) == (400, "reason_required", ["/reason"])
        assert api.post(PATH, {"reason": "INC-12"}).status == 200

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"status": "active"}, "/status"),
            ({"force": "perhaps"}, "/force"),
            ({"dry_run": None}, "/dry_run"),
            ({"reason": "x" * 501}, "/reason"),
            ({"reason": "a\x00b"}, "/reason"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict[str, Any], pointer: str) -> None:
        with revisions_made() as made:
            reply = api.post(PATH, body)
        assert (reply.status, reply.code, reply.pointers, made) == (400, "invalid", [pointer], [])


class TestPromotingWithIfMatch:
    def test_passes_at_the_revision_that_was_seen(self, api: Caller) -> None:
        tag = api.get(f"plugin-items/{SPARE}/").tag
        assert api.post(PATH, headers={"If-Match": f"W/{tag}"}).status == 200

    def test_is_refused_where_the_row_has_changed(self, api: Caller) -> None:
        tag = api.get(f"plugin-items/{SPARE}/").tag
        set_status("spare", PluginStatus.DISABLED)
        with revisions_made() as made:
            reply = api.post(PATH, headers={"If-Match": tag})
        assert (reply.status, reply.code, reply.pointers, made) == (412, "precondition_failed", ["If-Match"], [])
        assert reply.tag == api.get(f"plugin-items/{SPARE}/").tag != tag

    def test_is_demanded_where_the_host_does(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH = True
        reply = api.post(PATH)
        assert (reply.status, reply.code) == (428, "if_match_required")
        assert api.post(PATH, headers={"If-Match": "*"}).status == 200


class TestExplanationsAfterwards:
    def test_say_who_decided_when_and_why(self, api: Caller, otp: PluginType) -> None:
        api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", "reason": "INC-12"})
        api.post(PATH, {"reason": "INC-12"})
        candidates = api.get(f"plugin-types/{OTP}/resolve-active/").body["candidates"]
        told = {each["item"]["name"]: (each["verdict"], each["explanation"]) for each in candidates}
        day = api.get("changes/", item=str(PRIMARY), ordering="-revision").body["results"][0]["created_at"]
        moment = day[:16].replace("T", " ")
        assert told["primary"] == ("disabled", f"Disabled by anna on {moment} UTC: INC-12.")
        serves = "Serves: first of the active items with priority 0."
        assert told["spare"] == ("selected", f"{serves} Set by anna on {moment} UTC: INC-12.")
