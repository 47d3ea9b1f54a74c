"""What was done: the history of a row, and all revisions."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from plugin_system import services
from plugin_system.admin.badges import NOTHING
from plugin_system.choices import PluginStatus
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.services import ItemEdit
from tests.admin.conftest import LOOKS
from tests.admin.pages import LIST, REVISIONS, TYPES, Browser, change_path, newest, revert_path
from tests.factories import OPERATOR, PRIMARY, item, set_status, sync, synced_chain


@pytest.mark.usefixtures("registry", "db")
class TestHistoryOfARow:
    def test_says_who_when_where_why_and_what(self, ann: Browser, primary: PluginItem) -> None:
        set_status("primary", PluginStatus.DISABLED)
        ann.act("activate", primary, reason="Works again")
        text = ann.get(f"{LIST}{primary.pk}/history/").text
        assert text.index("Works again") < text.index("INC-12")
        assert "ann Admin" in text
        assert "ops Code" in text
        assert "status: Disabled → Active" in text
        assert "tests.host.otp:otp tests.host.otp_sms:secondary → tests.host.otp_sms:primary" in text

    def test_of_a_type_has_that_of_its_items(self, ann: Browser, otp: PluginType) -> None:
        set_status("primary", PluginStatus.DISABLED)
        services.update_type(plugin_type=otp.pk, description="Codes", origin=OPERATOR)
        text = ann.get(f"{TYPES}{otp.pk}/history/").text
        assert "description: One-time password delivery → Codes" in text
        assert "status: Active → Disabled" in text

    def test_goes_page_by_page(self, ann: Browser, primary: PluginItem) -> None:
        for number in range(60):
            services.update_item(edit=ItemEdit(item=primary.pk, priority=100 + number), origin=OPERATOR)
        first = ann.get(f"{LIST}{primary.pk}/history/")
        assert "priority: 158 → 159" in first.text
        assert "Page 1 of 2" in first.text
        assert "priority: 10 → 100" in ann.get(f"{LIST}{primary.pk}/history/", p="2").text
        for page in ("0", "-1", "nonsense", "9" * 500, "\x00"):
            assert ann.get(f"{LIST}{primary.pk}/history/", p=page).status == 200

    def test_takes_the_same_queries_however_long(self, ann: Browser, primary: PluginItem) -> None:
        counts = []
        for number in (3, 30):
            for step in range(number):
                services.update_item(edit=ItemEdit(item=primary.pk, priority=number * 100 + step), origin=OPERATOR)
            with CaptureQueriesContext(connection) as queries:
                ann.client.get(f"{LIST}{primary.pk}/history/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_is_neither_offered_nor_shown_to_whoever_may_see_no_changes(
        self, ann: Browser, signed_in: Callable[..., Browser], primary: PluginItem, otp: PluginType
    ) -> None:
        browser = signed_in("items", "view_pluginitem", "view_plugintype", "view_revision")
        for row in (f"{LIST}{primary.pk}", f"{TYPES}{otp.pk}"):
            assert f"{row}/history/" in ann.get(f"{row}/change/").html
            page = browser.get(f"{row}/change/")
            assert page.status == 200
            assert "/history/" not in page.html
            assert browser.client.get(f"{row}/history/").status_code == 403

    def test_needs_the_permission_to_see_the_row(self, signed_in: Callable[..., Browser], primary: PluginItem) -> None:
        browser = signed_in("changes", "view_change", "view_revision")
        assert browser.client.get(f"{LIST}{primary.pk}/history/").status_code == 403

    def test_links_no_revision_to_whoever_may_not_see_it(
        self, signed_in: Callable[..., Browser], primary: PluginItem
    ) -> None:
        browser = signed_in("changes", "view_change", "view_pluginitem")
        page = browser.get(f"{LIST}{primary.pk}/history/")
        assert "revision 1" in page.text
        assert REVISIONS not in page.html

    @pytest.mark.parametrize("identity", ["nonsense", "%00", "00000000-0000-0000-0000-000000000000"])
    def test_of_an_unknown_row_is_not_there(self, ann: Browser, identity: str) -> None:
        assert ann.client.get(f"{LIST}{identity}/history/").status_code == 302

    def test_shows_what_people_wrote_as_text(self, ann: Browser, primary: PluginItem) -> None:
        ann.act("disable", primary, reason="<script>alert(1)</script>")
        for path in (f"{LIST}{primary.pk}/history/", REVISIONS, change_path(newest()), revert_path(newest())):
            page = ann.get(path)
            assert page.status == 200
            assert "<script>alert(1)" not in page.html


@pytest.mark.usefixtures("registry", "db")
class TestRevisions:
    def test_are_listed_newest_first_with_what_they_did(self, ann: Browser) -> None:
        set_status("primary", PluginStatus.DISABLED)
        text = ann.get(REVISIONS).text
        assert "ops Code primary: status: Active → Disabled INC-12 otp: primary → secondary" in text
        assert text.index("primary: status") < text.index("otp: created")

    def test_say_how_many_more_rows_were_changed(self, ann: Browser) -> None:
        synced_chain("many", **{f"item_{number:03}": number for number in range(20)})
        assert "many: created; item_000: created; item_001: created; 18 more" in ann.get(REVISIONS).text

    def test_take_as_many_queries_for_3_as_for_40(self, ann: Browser, primary: PluginItem) -> None:
        counts = []
        for number in (3, 40):
            for step in range(number):
                services.update_item(edit=ItemEdit(item=primary.pk, priority=number * 100 + step), origin=OPERATOR)
            with CaptureQueriesContext(connection) as queries:
                assert ann.client.get(REVISIONS).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    @pytest.mark.parametrize("text", ["ops", "INC-12", "req-1", str(PRIMARY)])
    def test_are_found_by_actor_reason_request_and_key(self, ann: Browser, text: str) -> None:
        set_status("primary", PluginStatus.DISABLED)
        assert "1 revision" in ann.get(REVISIONS, q=text).text.replace("2 revisions", "1 revision")
        assert "INC-12" in ann.get(REVISIONS, q=text).text
        assert "INC-12" not in ann.get(REVISIONS, channel__exact="migrate").text

    def test_have_a_button_that_leads_to_the_question(
        self, ann: Browser, signed_in: Callable[..., Browser], primary: PluginItem
    ) -> None:
        set_status("primary", PluginStatus.DISABLED)
        path = revert_path(newest())
        assert f'href="{path}"' in ann.get(REVISIONS).html
        assert f'href="{path}"' in ann.get(f"{LIST}{primary.pk}/history/").html
        for browser in (signed_in("eve", *LOOKS), signed_in("tom", *LOOKS, "change_plugintype")):
            assert "/revert/" not in browser.get(REVISIONS).html
            assert "/revert/" not in browser.get(f"{LIST}{primary.pk}/history/").html

    def test_that_made_a_row_offer_no_undoing_in_its_history(self, ann: Browser, primary: PluginItem) -> None:
        page = ann.get(f"{LIST}{primary.pk}/history/")
        assert "created" in page.text
        assert "/revert/" not in page.html

    def test_that_only_made_rows_offer_no_undoing(self, ann: Browser) -> None:
        assert "/revert/" not in ann.get(REVISIONS).html
        synced_chain("many", **{f"item_{number:03}": number for number in range(20)})
        number = newest()
        for path in (REVISIONS, change_path(number)):
            assert "/revert/" not in ann.get(path).html
        # The one that can be undone comes after those that the list names.
        last = Change.objects.filter(revision=number).latest("pk")
        Change.objects.filter(pk=last.pk).update(before={"priority": 1}, after={"priority": 2})
        for path in (REVISIONS, change_path(number)):
            assert revert_path(number) in ann.get(path).html

    def test_that_took_rows_away_or_back_offer_no_undoing(self, ann: Browser, spare: PluginItem) -> None:
        definition = plugin_registry.find_item(spare.key)
        assert definition
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        plugin_registry.add_item(definition)
        sync()
        text = ann.get(REVISIONS)
        assert "spare: archived" in text.text
        assert "spare: back from the archive" in text.text
        assert "/revert/" not in text.html

    def test_show_an_empty_cell_as_every_other(self, ann: Browser) -> None:
        services.update_item(edit=ItemEdit(item=item("spare").pk, priority=7), origin=Origin())
        html = ann.get(REVISIONS).html
        assert f'<td class="field-resolved">{NOTHING}</td>' in html
        assert f'<td class="field-who">{NOTHING}<span' in html
        assert ">-<" not in html

    def test_say_their_time_to_the_second(self, ann: Browser, primary: PluginItem) -> None:
        set_status("primary", PluginStatus.DISABLED)
        Revision.objects.filter(number=newest()).update(created_at=datetime(2026, 11, 28, 21, 1, 7, tzinfo=UTC))
        with timezone.override("Europe/Amsterdam"), translation.override("en"):
            for path in (REVISIONS, change_path(newest()), f"{LIST}{primary.pk}/history/"):
                assert "10:01:07 p.m. CET" in ann.get(path).text

    def test_show_all_of_what_they_did(self, ann: Browser) -> None:
        set_status("primary", PluginStatus.DISABLED)
        text = ann.get(change_path(newest())).text
        assert f"{PRIMARY} status: Active → Disabled" in text
        assert "tests.host.otp:otp tests.host.otp_sms:primary → tests.host.otp_sms:secondary" in text
        assert "INC-12" in text
        assert "req-1" in text

    def test_cannot_be_added_changed_or_deleted(self, ann: Browser) -> None:
        number = newest()
        assert ann.client.get(f"{REVISIONS}add/").status_code == 403
        assert ann.client.post(change_path(number), {"reason": "other"}).status_code == 403
        assert ann.client.post(f"{REVISIONS}{number}/delete/", {"post": "yes"}).status_code == 403
        assert Revision.objects.get(number=number).reason == ""

    def test_keep_what_was_changed_from_whoever_may_not_see_it(self, signed_in: Callable[..., Browser]) -> None:
        set_status("primary", PluginStatus.DISABLED)
        browser = signed_in("revisions", "view_revision")
        for path in (REVISIONS, change_path(newest())):
            page = browser.get(path)
            assert "INC-12" in page.text
            assert "Active → Disabled" not in page.text

    def test_need_the_permission_to_see_them(self, signed_in: Callable[..., Browser]) -> None:
        browser = signed_in("changes", "view_change", "view_pluginitem", "change_pluginitem")
        assert browser.client.get(REVISIONS).status_code == 403
        assert browser.client.get(change_path(newest())).status_code == 403

    @pytest.mark.parametrize("number", ["nonsense", "%00", "0", "-1", "99999", "9" * 30, "9" * 5000])
    def test_that_are_not_there_are_not_found(self, ann: Browser, number: str) -> None:
        assert ann.client.get(f"{REVISIONS}{number}/change/").status_code == 302
        assert ann.client.get(f"{REVISIONS}{number}/revert/").status_code == 302
        assert ann.client.post(f"{REVISIONS}{number}/revert/").status_code == 302

    @pytest.mark.parametrize(
        "query", ["?q=%00", "?channel__exact=%00", "?created_at__gte=nonsense", "?number=x", "?p=x"]
    )
    def test_survive_any_query(self, ann: Browser, query: str) -> None:
        assert ann.client.get(REVISIONS + query).status_code in {200, 302, 400}

    def test_outlive_their_changes(self, ann: Browser) -> None:
        Change.objects.all()._raw_delete("default")
        assert "The changes of this revision have been forgotten." in ann.get(change_path(newest())).text
        assert ann.get(REVISIONS).status == 200
