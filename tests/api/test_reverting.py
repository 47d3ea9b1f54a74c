"""Undoing a revision, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from plugin_system import services
from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from plugin_system.origins import Origin
from tests.api.caller import Caller
from tests.factories import MODULE, OTP, PRIMARY, SECONDARY, changes_of, item, revisions_made, set_status


def disable(api: Caller) -> int:
    """Disable the item that serves, and return the number of the revision."""
    reply = api.patch(f"plugin-items/{PRIMARY}/", {"status": "disable", "reason": "INC-12"})
    number: int = reply.body["revision"]
    return number


class TestReverting:
    def test_gives_back_what_was_changed_as_a_new_revision(self, api: Caller) -> None:
        number = disable(api)
        with revisions_made() as made:
            reply = api.post(
                f"changes/{number}/revert/", {"reason": "INC-12 is over"}, headers={"X-Request-ID": "run-7"}
            )
        (revision,) = made
        assert reply.status == 200
        assert reply.body == {
            "revision": revision.number,
            "dry_run": False,
            "resolves": [{"plugin_type": str(OTP), "before": str(SECONDARY), "after": str(PRIMARY)}],
            "changed_count": 1,
            "unchanged_count": 0,
            "items": [
                {
                    "changed": True,
                    "before": {"status": "disable"},
                    "after": {"status": "active"},
                    "item": api.get(f"plugin-items/{PRIMARY}/").body,
                }
            ],
            "plugin_types": [],
            "truncated": False,
        }
        assert "ETag" not in reply.headers
        assert changes_of(revision) == {str(PRIMARY): ({"status": "disable"}, {"status": "active"})}
        found = (revision.channel, revision.actor, revision.reason, revision.request_id)
        assert found == ("api", "anna", "INC-12 is over", "run-7")

    def test_can_itself_be_reverted(self, api: Caller) -> None:
        back = api.post(f"changes/{disable(api)}/revert").body["revision"]
        assert api.post(f"changes/{back}/revert").status == 200
        assert item("primary").status == PluginStatus.DISABLED

    def test_names_the_rows_that_have_changed_since(self, api: Caller) -> None:
        body = {"select": {"module": MODULE}, "status": "disable", "expected_count": 2}
        number = api.post("plugin-items/bulk-status/", body).body["revision"]
        set_status("secondary", PluginStatus.RESERVED)
        with revisions_made() as made:
            reply = api.post(f"changes/{number}/revert/")
        assert (reply.status, reply.code, made) == (409, "conflict", [])
        assert [str(SECONDARY) in each["detail"] for each in reply.body["errors"]] == [True]
        assert str(PRIMARY) not in reply.body["detail"]

    def test_writes_over_them_by_force(self, api: Caller) -> None:
        number = disable(api)
        set_status("primary", PluginStatus.RESERVED)
        reply = api.post(f"changes/{number}/revert/", {"force": True})
        assert (reply.status, reply.body["items"][0]["before"]) == (200, {"status": "reserve"})
        assert item("primary").status == PluginStatus.ACTIVE

    def test_guards_the_last_usable_item(self, api: Caller) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        number = api.patch(f"plugin-items/{PRIMARY}/", {"status": "active"}).body["revision"]
        with revisions_made() as made:
            reply = api.post(f"changes/{number}/revert/")
        assert (reply.status, reply.code, made) == (409, "nothing_usable", [])
        assert repr(str(OTP)) in reply.body["detail"]
        assert api.post(f"changes/{number}/revert/", {"force": True}).status == 200

    def test_tries_without_doing(self, api: Caller) -> None:
        number = disable(api)
        revision = item("primary").revision
        with revisions_made() as made:
            reply = api.post(f"changes/{number}/revert/", {"dry_run": True})
        assert (reply.status, made) == (200, [])
        assert (reply.body["revision"], reply.body["dry_run"]) == (None, True)
        assert reply.body["resolves"][0]["after"] == str(PRIMARY)
        assert reply.body["items"][0]["item"]["revision"] == revision
        assert item("primary").status == PluginStatus.DISABLED

    def test_reports_what_is_so_already_as_unchanged(self, api: Caller) -> None:
        number = disable(api)
        set_status("primary", PluginStatus.ACTIVE)
        with revisions_made() as made:
            reply = api.post(f"changes/{number}/revert/", {"force": True})
        assert (reply.status, reply.body["revision"], made) == (200, None, [])
        assert (reply.body["changed_count"], reply.body["unchanged_count"]) == (0, 1)

    def test_shows_at_most_500_rows(self, api: Caller, otp: PluginType) -> None:
        PluginItem.objects.bulk_create(
            PluginItem(plugin_type=otp, module="filling", name=f"n{number:03}") for number in range(501)
        )
        PluginItem.objects.filter(module="filling").update(status="disable")
        number = RevisionCounter.objects.get().value
        reply = api.post(f"changes/{number}/revert/")
        assert (reply.body["changed_count"], len(reply.body["items"]), reply.body["truncated"]) == (501, 500, True)
        assert PluginItem.objects.filter(module="filling", status="active").count() == 501

    def test_refuses_a_revision_that_nothing_can_be_given_back_of(self, api: Caller, otp: PluginType) -> None:
        PluginItem.objects.create(plugin_type=otp, module=MODULE, name="new")
        reply = api.post(f"changes/{RevisionCounter.objects.get().value}/revert/")
        assert (reply.status, reply.code) == (409, "nothing_to_revert")

    @pytest.mark.parametrize("offset", [1, 10**9])
    def test_does_not_find_a_revision_that_is_not_there(self, api: Caller, offset: int) -> None:
        reply = api.post(f"changes/{RevisionCounter.objects.get().value + offset}/revert/")
        assert (reply.status, reply.code) == (404, "unknown_revision")

    @pytest.mark.parametrize(
        "text", ["latest", "-1", "1.0", "01", "1e3", str(2**63), "9" * 300, "%D9%A5", "%00", "1%0A", "1/2"]
    )
    def test_does_not_find_what_is_no_revision(self, api: Caller, text: str) -> None:
        reply = api.post(f"changes/{text}/revert/")
        assert (reply.status, reply.code) == (404, "not_found")

    def test_finds_the_greatest_number_missing_and_not_too_great(self, api: Caller) -> None:
        assert api.post(f"changes/{2**63 - 1}/revert/").code == "unknown_revision"

    def test_demands_a_reason_where_the_host_does(self, api: Caller, settings: Any) -> None:
        number = disable(api)
        settings.PLUGIN_SYSTEM_REQUIRE_REASON = True
        reply = api.post(f"changes/{number}/revert/")
        assert (reply.status, reply.code, reply.pointers) == (400, "reason_required", ["/reason"])

    def test_has_no_row_to_compare_if_match_with(self, api: Caller) -> None:
        reply = api.post(f"changes/{disable(api)}/revert/", headers={"If-Match": "*"})
        assert (reply.status, reply.code) == (400, "unsupported_condition")

    @pytest.mark.parametrize("body", [{"to": 1}, {"force": "perhaps"}, {"reason": None}])
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict[str, Any]) -> None:
        number = disable(api)
        reply = api.post(f"changes/{number}/revert/", body)
        assert (reply.status, reply.pointers) == (400, [f"/{next(iter(body))}"])


class TestRevertingWhatDescribedAType:
    @pytest.fixture
    def number(self, db: None) -> int:
        """A revision that has described the plugin type."""
        PluginType.objects.update(description="By hand")
        services.sync_plugins(origin=Origin(), mode=SyncMode.UPDATE)
        return RevisionCounter.objects.get().value

    def test_shows_the_type(self, api: Caller, number: int) -> None:
        reply = api.post(f"changes/{number}/revert/")
        (described,) = reply.body["plugin_types"]
        assert described["after"] == {"description": "By hand"}
        assert described["plugin_type"] == api.get(f"plugin-types/{OTP}/").body

    def test_takes_the_permission_to_change_types_too(self, caller_with: Callable[..., Caller], number: int) -> None:
        with revisions_made() as made:
            reply = caller_with("change_pluginitem").post(f"changes/{number}/revert/")
        assert (reply.status, reply.code, made) == (403, "permission_denied", [])
        assert "types" in reply.body["detail"]

    def test_takes_no_such_permission_where_a_type_was_only_made(self, caller_with: Callable[..., Caller]) -> None:
        reply = caller_with("change_pluginitem").post("changes/1/revert/")
        assert (reply.status, reply.code) == (409, "nothing_to_revert")
