"""Undoing a revision."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.services import ItemEdit
from tests.admin.pages import Browser, change_path, newest, revert_path
from tests.factories import OPERATOR, PRIMARY, changes_of, item, revisions_made, set_status


@pytest.mark.usefixtures("registry", "db")
class TestReverting:
    @pytest.fixture
    def number(self, ann: Browser) -> int:
        """The revision that has disabled the item that served."""
        set_status("primary", PluginStatus.DISABLED)
        return newest()

    def test_shows_first_what_it_would_do(self, ann: Browser, number: int) -> None:
        with revisions_made() as made:
            page = ann.get(revert_path(number))
        assert made == []
        assert revert_path(number) in ann.get(change_path(number)).html
        assert "tests.host.otp:otp tests.host.otp_sms:secondary → tests.host.otp_sms:primary" in page.text
        assert "status: Disabled → Active" in page.text

    def test_is_one_revision_with_history(self, ann: Browser, primary: PluginItem, number: int) -> None:
        form = ann.get(revert_path(number)).form("plugin-ask")
        with revisions_made() as made:
            page = ann.post(revert_path(number), form.filled(reason="Works again"))
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "Works again")
        assert changes_of(revision) == {str(PRIMARY): ({"status": "disable"}, {"status": "active"})}
        assert f"Done, as revision {revision.number}." in page.messages
        (entry,) = LogEntry.objects.all()
        assert (entry.object_id, entry.object_repr) == (str(primary.pk), str(PRIMARY))

    def test_gives_a_type_its_description_back(self, ann: Browser, otp: PluginType) -> None:
        services.update_type(plugin_type=otp.pk, description="Codes", origin=OPERATOR)
        page = ann.get(revert_path(newest()))
        assert "description: Codes → One-time password delivery" in page.text
        ann.post(revert_path(newest()), page.form("plugin-ask").filled())
        otp.refresh_from_db()
        assert otp.description == "One-time password delivery"
        (entry,) = LogEntry.objects.all()
        assert entry.object_id == str(otp.pk)

    def test_warns_of_what_has_changed_since_and_goes_on_only_when_told_so(
        self, ann: Browser, primary: PluginItem, number: int
    ) -> None:
        services.update_item(edit=ItemEdit(item=primary.pk, priority=3), origin=OPERATOR)
        page = ann.get(revert_path(number))
        assert "these have changed again" in page.text
        assert page.form("plugin-ask").fields["_force"] == ["1"]
        with revisions_made() as made:
            ann.post(revert_path(number), page.form("plugin-ask").filled(_force=None))
        assert made == []
        ann.post(revert_path(number), page.form("plugin-ask").filled())
        assert (item("primary").status, item("primary").priority) == ("active", 3)

    def test_of_what_is_so_already_says_nothing_else(self, ann: Browser, number: int) -> None:
        ann.post(revert_path(number), ann.get(revert_path(number)).form("plugin-ask").filled())
        page = ann.get(revert_path(number))
        assert "Nothing: everything is so already." in page.text
        assert "changed again" not in page.text
        assert "_force" not in page.form("plugin-ask").fields

    def test_of_a_row_that_is_gone_says_so_and_nothing_else(
        self, ann: Browser, primary: PluginItem, number: int
    ) -> None:
        PluginItem.all_objects.filter(pk=primary.pk)._raw_delete("default")
        page = ann.get(revert_path(number))
        assert str(PRIMARY) in page.text
        assert "everything is so already" not in page.text
        assert "_force" not in page.form("plugin-ask").fields

    def test_says_where_there_is_nothing_to_give_back(self, ann: Browser) -> None:
        number = Revision.objects.earliest("number").number
        page = ann.get(revert_path(number))
        assert "can be given back" in page.text
        assert "Revert it" not in page.html
        with revisions_made() as made:
            ann.post(revert_path(number), {"_force": "1"})
        assert made == []

    def test_asks_before_a_type_is_left_with_nothing_usable(self, ann: Browser, primary: PluginItem) -> None:
        set_status("primary", PluginStatus.DISABLED)
        set_status("primary", PluginStatus.ACTIVE)
        number = newest()
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        page = ann.get(revert_path(number))
        assert "no usable item" in page.text
        ann.post(revert_path(number), page.form("plugin-ask").filled(_force=None))
        assert item("primary").status == "active"
        ann.post(revert_path(number), page.form("plugin-ask").filled())
        assert item("primary").status == "disable"

    def test_needs_the_permission_to_change_items(
        self, viewer: Browser, signed_in: Callable[..., Browser], number: int
    ) -> None:
        for browser in (viewer, signed_in("items", "view_pluginitem", "change_pluginitem")):
            assert browser.client.get(revert_path(number)).status_code == 403
            assert browser.client.post(revert_path(number)).status_code == 403
        assert "/revert/" not in viewer.get(change_path(number)).html

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_asks_why_where_the_host_demands_a_reason(self, ann: Browser, number: int) -> None:
        with revisions_made() as made:
            page = ann.post(revert_path(number), {"reason": ""})
        assert made == []
        with revisions_made() as made:
            ann.post(revert_path(number), page.form("plugin-ask").filled(reason="Works again"))
        assert [each.reason for each in made] == ["Works again"]
