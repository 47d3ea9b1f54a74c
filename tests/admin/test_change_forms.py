"""The pages of one plugin item and of one plugin type."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from plugin_system.services import ItemEdit
from tests.admin.pages import LIST, TYPES, Browser, Page
from tests.factories import OPERATOR, OTP, PRIMARY, changes_of, item, revisions_made, set_status, sync

FORM = "pluginitem_form"


def path_of(row: PluginItem) -> str:
    return f"{LIST}{row.pk}/change/"


def save(browser: Browser, row: PluginItem, **changes: Any) -> Page:
    """Open the item's page, change the fields and press Save."""
    return browser.post(path_of(row), browser.get(path_of(row)).form(FORM).filled(_save="Save", **changes))


@pytest.mark.usefixtures("registry", "db")
class TestItemPage:
    def test_changes_what_operators_decide_as_one_revision(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = save(ann, primary, status="reserve", priority="3", description="Slow\r\nand sure", reason="INC-12")
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "INC-12")
        after = {"status": "reserve", "priority": 3, "description": "Slow\nand sure"}
        before = {"status": "active", "priority": 10, "description": "The first choice"}
        assert changes_of(revision) == {str(PRIMARY): (before, after)}
        assert "was changed successfully" in page.text

    def test_writes_one_history_entry(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            save(ann, primary, priority="3", reason="INC-12")
        (entry,) = LogEntry.objects.all()
        assert entry.object_id == str(primary.pk)
        assert entry.change_message == f"Revision {made[0].number}: priority: 10 → 3. INC-12"

    def test_shows_identity_and_code_without_fields(self, ann: Browser, primary: PluginItem) -> None:
        page = ann.get(path_of(primary))
        assert set(page.form(FORM).fields) == {
            "csrfmiddlewaretoken", "status", "initial-status", "priority", "initial-priority", "description",
            "initial-description", "reason", "seen",
        }  # fmt: skip
        assert str(PRIMARY) in page.text
        assert "tests.host.otp_sms.plugins.Primary" in page.text

    def test_says_why_there_is_no_class(self, ann: Browser, primary: PluginItem) -> None:
        plugin_registry.remove_item(primary.key)
        assert "No code is registered as" in ann.get(path_of(primary)).text

    def test_ignores_posted_identity(self, ann: Browser, primary: PluginItem) -> None:
        save(ann, primary, name="other", module="other", revision="77", archived="2020-01-01", priority="3")
        row = item("primary")
        assert (row.module, row.priority, row.archived) == (primary.module, 3, None)

    def test_writes_nothing_where_nothing_was_changed(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = save(ann, primary, reason="INC-12")
        assert made == []
        assert "changed successfully" not in page.text
        assert page.messages == ["Nothing was changed: everything is so already."]
        assert not LogEntry.objects.exists()

    def test_takes_no_changed_newlines_for_an_edit(self, ann: Browser, primary: PluginItem) -> None:
        edit = ItemEdit(item=primary.pk, description="one\ntwo")
        services.update_item(edit=edit, origin=OPERATOR)
        sent_by_browsers = {"description": "one\r\ntwo", "initial-description": "one\r\ntwo"}
        with revisions_made() as made:
            save(ann, primary, **sent_by_browsers)
        assert made == []

    def test_stays_on_the_page_when_asked_to(self, ann: Browser, primary: PluginItem) -> None:
        form = ann.get(path_of(primary)).form(FORM)
        page = ann.post(path_of(primary), form.filled(_continue="1", priority="3"))
        assert "was changed successfully. You may edit it again below." in page.text
        assert page.form(FORM).fields["priority"] == ["3"]
        page = ann.post(path_of(primary), page.form(FORM).filled(_continue="1"))
        assert page.form(FORM).fields["priority"] == ["3"]

    def test_tells_what_serves_since(self, ann: Browser, primary: PluginItem) -> None:
        assert any(
            "now: tests.host.otp_sms:secondary" in each for each in save(ann, primary, status="disable").messages
        )

    def test_refuses_what_another_operator_has_changed_meanwhile(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        form = ann.get(path_of(primary)).form(FORM)
        save(bob, primary, status="disable", reason="INC-13")
        with revisions_made() as made:
            page = ann.post(path_of(primary), form.filled(_save="Save", status="reserve", description="Mine"))
        assert made == []
        assert "changed successfully" not in page.text
        assert re.search(r"bob at .* \(Admin, revision \d+\): INC-13\. status: Active → Disabled\.", page.errors[0])
        fields = page.form(FORM).fields
        assert (fields["status"], fields["description"]) == (["disable"], ["Mine"])
        ann.post(path_of(primary), page.form(FORM).filled(_save="Save"))
        assert (item("primary").status, item("primary").description) == ("disable", "Mine")

    def test_never_says_that_a_colleague_s_change_was_made_by_this_save(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        form = ann.get(path_of(primary)).form(FORM)
        save(bob, primary, status="disable", reason="INC-13")
        with revisions_made() as made:
            page = ann.post(path_of(primary), form.filled(_save="Save"))
        assert made == []
        assert "changed successfully" not in page.text
        assert "bob at" in page.errors[0]
        assert page.form(FORM).fields["status"] == ["disable"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"seen": None},
            {"seen": ""},
            {"seen": "nonsense"},
            {"seen": "9" * 5000},
            {"status": "nonsense"},
            {"status": None},
            {"priority": "32768"},
            {"priority": "-32769"},
            {"priority": "1.5"},
            {"priority": ""},
            {"priority": "9" * 5000},
            {"description": "\x00"},
            {"reason": "\x00"},
            {"reason": "x" * 501},
        ],
    )
    def test_refuses_damaged_values(self, ann: Browser, primary: PluginItem, changes: dict[str, Any]) -> None:
        with revisions_made() as made:
            page = save(ann, primary, **{"priority": "3", **changes})
        assert made == []
        assert page.status == 200
        assert page.errors
        assert "changed successfully" not in page.text
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("identity", ["nonsense", "%00", "00000000-0000-0000-0000-000000000000", "9" * 500])
    def test_of_an_unknown_item_is_not_there(self, ann: Browser, identity: str) -> None:
        assert ann.client.get(f"{LIST}{identity}/change/").status_code == 302
        assert ann.client.post(f"{LIST}{identity}/change/", {"priority": "3"}).status_code == 302

    def test_of_an_archived_item_is_not_there(self, ann: Browser, spare: PluginItem) -> None:
        form = ann.get(path_of(spare)).form(FORM)
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        assert ann.client.get(path_of(spare)).status_code == 302
        assert ann.client.post(path_of(spare), form.filled(priority="3")).status_code == 302
        assert item("spare").priority == 0

    def test_shows_no_fields_to_whoever_may_only_look(self, ann: Browser, viewer: Browser, primary: PluginItem) -> None:
        page = viewer.get(path_of(primary))
        assert "The first choice" in page.text
        assert 'name="status"' not in page.html
        form = ann.get(path_of(primary)).form(FORM)
        with revisions_made() as made:
            assert viewer.client.post(path_of(primary), form.filled(priority="3")).status_code == 403
        assert made == []

    def test_shows_what_people_wrote_as_text(self, ann: Browser, primary: PluginItem, viewer: Browser) -> None:
        save(ann, primary, description="</textarea><script>alert(1)</script>", reason="<script>alert(2)</script>")
        for browser in (ann, viewer):
            for path in (LIST, path_of(primary), TYPES, f"{LIST}{primary.pk}/history/"):
                assert "<script>alert(" not in browser.get(path).html
        assert ann.get(path_of(primary)).form(FORM).fields["description"] == ["</textarea><script>alert(1)</script>"]

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_where_the_host_does(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = save(ann, primary, priority="3")
        assert made == []
        assert page.errors == ["This field is required."]
        with revisions_made() as made:
            save(ann, primary, priority="3", reason="INC-12")
        assert [each.reason for each in made] == ["INC-12"]

    def test_asks_before_a_type_is_left_with_nothing_usable(self, ann: Browser, primary: PluginItem) -> None:
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        with revisions_made() as made:
            page = save(ann, primary, status="disable", reason="first")
        assert made == []
        assert str(OTP) in page.text
        assert page.form("plugin-ask").fields["reason"] == ["first"]
        assert "changed successfully" not in page.text
        with revisions_made() as made:
            answer = ann.post(path_of(primary), page.form("plugin-ask").filled(reason="second"))
        assert [each.reason for each in made] == ["second"]
        assert "was changed successfully" in answer.text
        assert item("primary").status == "disable"


@pytest.mark.usefixtures("registry", "db")
class TestTypePage:
    def path(self, otp: PluginType) -> str:
        return f"{TYPES}{otp.pk}/change/"

    def save(self, browser: Browser, otp: PluginType, **changes: Any) -> Page:
        form = browser.get(self.path(otp)).form("plugintype_form")
        return browser.post(self.path(otp), form.filled(_save="Save", **changes))

    def test_changes_the_description_as_one_revision(self, ann: Browser, otp: PluginType) -> None:
        with revisions_made() as made:
            page = self.save(ann, otp, description="Codes", reason="Clearer")
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "Clearer")
        before = {"description": "One-time password delivery"}
        assert changes_of(revision) == {str(OTP): (before, {"description": "Codes"})}
        assert "was changed successfully" in page.text
        (entry,) = LogEntry.objects.all()
        assert entry.change_message.endswith("description: One-time password delivery → Codes. Clearer")

    def test_writes_nothing_where_nothing_was_changed(self, ann: Browser, otp: PluginType) -> None:
        with revisions_made() as made:
            page = self.save(ann, otp)
        assert made == []
        assert page.messages == ["Nothing was changed: everything is so already."]
        assert not LogEntry.objects.exists()

    def test_refuses_what_another_operator_has_changed_meanwhile(
        self, ann: Browser, bob: Browser, otp: PluginType
    ) -> None:
        form = ann.get(self.path(otp)).form("plugintype_form")
        self.save(bob, otp, description="His")
        with revisions_made() as made:
            page = ann.post(self.path(otp), form.filled(_save="Save", description="Mine"))
        assert made == []
        assert "bob at" in page.errors[0]
        assert page.form("plugintype_form").fields["description"] == ["His"]
        assert not LogEntry.objects.filter(user__username="ann").exists()

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_where_the_host_does(self, ann: Browser, otp: PluginType) -> None:
        assert self.save(ann, otp, description="Codes").errors == ["This field is required."]

    def test_is_read_by_whoever_may_only_look(self, ann: Browser, viewer: Browser, otp: PluginType) -> None:
        form = ann.get(self.path(otp)).form("plugintype_form")
        assert "One-time password delivery" in viewer.get(self.path(otp)).text
        assert viewer.client.post(self.path(otp), form.filled(description="Mine")).status_code == 403

    def test_needs_the_permission_of_types(self, signed_in: Callable[..., Browser], otp: PluginType) -> None:
        browser = signed_in("items", "view_pluginitem", "change_pluginitem")
        assert browser.client.get(self.path(otp)).status_code == 403


@pytest.mark.usefixtures("registry", "db")
class TestTypeList:
    def test_shows_counts_and_what_serves(self, ann: Browser, otp: PluginType) -> None:
        page = ann.get(TYPES)
        assert "otp primary 2 Active 1 Reserve 0 Disabled tests.host.otp" in page.text
        set_status("primary", PluginStatus.DISABLED)
        assert "otp secondary 1 Active 1 Reserve 1 Disabled tests.host.otp" in ann.get(TYPES).text

    def test_says_where_a_reserve_serves(self, ann: Browser) -> None:
        for name in ("primary", "secondary"):
            set_status(name, PluginStatus.DISABLED)
        assert "otp spare as reserve 0 Active" in ann.get(TYPES).text

    def test_leads_to_the_items_behind_a_count(self, ann: Browser, otp: PluginType) -> None:
        page = ann.get(TYPES)
        counted = [link for link in re.findall(r'href="([^"]*)"', page.html) if "status__exact=reserve" in link]
        assert set(ann.get(counted[0].replace("&amp;", "&")).links) & {"primary", "secondary", "spare"} == {"spare"}

    def test_does_not_count_archived_items(self, ann: Browser, spare: PluginItem) -> None:
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        assert "otp primary 2 Active 0 Reserve 0 Disabled tests.host.otp" in ann.get(TYPES).text

    def test_says_where_nothing_is_usable(self, ann: Browser) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        assert "Nothing usable" in ann.get(TYPES).text

    def test_offers_neither_to_add_nor_to_delete(self, ann: Browser, otp: PluginType) -> None:
        assert "delete_selected" not in ann.get(TYPES).html
        assert ann.client.get(f"{TYPES}add/").status_code == 403
        assert ann.client.post(f"{TYPES}{otp.pk}/delete/", {"post": "yes"}).status_code == 403

    @pytest.mark.parametrize("query", [{"q": "password"}, {"q": str(OTP)}, {"q": "tests.host"}])
    def test_is_searched(self, ann: Browser, query: dict[str, str]) -> None:
        assert "otp" in ann.get(TYPES, **query).links
        assert "otp" not in ann.get(TYPES, q="other").links
