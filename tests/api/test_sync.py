"""Syncing over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from plugin_system import services
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.api.caller import Caller
from tests.factories import (
    MODULE,
    PRIMARY,
    item,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    revisions_made,
    type_registration,
)


@pytest.mark.usefixtures("registry")
class TestSyncing:
    def test_answers_the_plan(self, api: Caller) -> None:
        register_chain("carrier", dove=5)
        with revisions_made() as made:
            reply = api.post("sync/", {"reason": "deploy 7"}, headers={"X-Request-ID": "run-7"})
        (revision,) = made
        body = reply.body
        assert reply.status == 200
        assert (revision.channel, revision.actor, revision.reason, revision.request_id) == (
            "api",
            "anna",
            "deploy 7",
            "run-7",
        )
        assert (body["revision"], body["dry_run"], body["truncated"]) == (revision.number, False, False)
        assert body["fingerprint"] == services.fingerprint()
        assert body["counts"] == {"create": 2, "update": 0, "restore": 0, "archive": 0, "keep": 0, "unchanged": 4}
        assert [(each["action"], each["kind"], each["key"], each["before"]) for each in body["steps"]] == [
            ("create", "type", "tests.host.otp:carrier", {}),
            ("create", "item", f"tests.host.otp:carrier/{MODULE}:dove", {}),
        ]
        assert body["steps"][1]["after"] == {"status": "active", "priority": 5, "description": "Flies"}
        assert body["resolves"] == [
            {"plugin_type": "tests.host.otp:carrier", "before": None, "after": f"tests.host.otp:carrier/{MODULE}:dove"}
        ]

    @pytest.mark.parametrize("body", [None, {}])
    def test_needs_no_body_and_writes_nothing_where_nothing_differs(self, api: Caller, body: Any) -> None:
        with revisions_made() as made:
            reply = api.send("POST", "sync/", body)
        assert (reply.status, reply.body["revision"], reply.body["steps"], made) == (200, None, [], [])

    def test_tries_without_doing(self, api: Caller) -> None:
        register_chain("carrier", dove=5)
        with revisions_made() as made:
            reply = api.post("sync/", {"dry_run": True})
        assert (reply.body["counts"]["create"], reply.body["revision"], made) == (2, None, [])
        assert not PluginType.objects.filter(name="carrier").exists()

    def test_takes_over_from_code_in_mode_update_only(self, api: Caller) -> None:
        PluginItem.objects.filter(name="primary").update(priority=3, status="reserve")
        assert api.post("sync/").body["counts"]["update"] == 0
        reply = api.post("sync/", {"mode": "update"})
        (step,) = reply.body["steps"]
        assert (step["action"], step["before"], step["after"]) == ("update", {"priority": 3}, {"priority": 10})
        assert item("primary").status == "reserve"

    def test_keeps_what_is_missing_and_says_why(self, api: Caller) -> None:
        plugin_registry.remove_item(PRIMARY)
        reply = api.post("sync/")
        (step,) = reply.body["steps"]
        assert (step["action"], step["key"]) == ("keep", str(PRIMARY))
        assert "no code" in step["why"]

    def test_prunes_with_permission_only(self, api: Caller, caller_with: Callable[..., Caller], otp: Any) -> None:
        PluginItem.objects.create(plugin_type=otp, module="gone", name="old")
        syncer = caller_with("sync_plugins")
        for body in ({"prune": True}, {"prune_missing": True}, {"prune": True, "dry_run": True}):
            reply = syncer.post("sync/", body)
            assert (reply.status, reply.code) == (403, "permission_denied")
        assert syncer.post("sync/").status == 200
        assert api.post("sync/", {"prune": True}).body["counts"]["archive"] == 1
        assert item("old").archived is not None

    def test_needs_the_permission_to_sync(self, caller_with: Callable[..., Caller]) -> None:
        assert caller_with("prune_plugins", "change_pluginitem").post("sync/").status == 403

    def test_bounds_the_plan_and_says_so(self, api: Caller, otp: PluginType) -> None:
        PluginItem.objects.bulk_create(
            PluginItem(plugin_type=otp, module=MODULE, name=f"lost{number}") for number in range(400)
        )
        interface = new_interface()
        register_plugin_type(type_registration(interface=interface))
        for number in range(200):
            register_plugin_item(item_registration(name=f"dove{number}", plugin_class=new_class(interface)))
        body = api.post("sync/").body
        assert body["counts"]["create"] == 201
        assert body["counts"]["keep"] == 400
        assert (len(body["steps"]), body["truncated"]) == (500, True)
        # What changed something is never left out for what was only kept.
        assert [each["action"] for each in body["steps"][:202]] == ["create"] * 201 + ["keep"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"mode": "replace"}, "/mode"),
            ({"mode": None}, "/mode"),
            ({"prune": "perhaps"}, "/prune"),
            ({"purge": True}, "/purge"),
            ({"reason": 5.5, "prune_missing": []}, "/prune_missing"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict[str, Any], pointer: str) -> None:
        reply = api.post("sync/", body)
        assert (reply.status, reply.pointers) == (400, [pointer])
