"""The bulk actions on plugin items."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from plugin_system import services
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, Channel, PluginStatus
from plugin_system.models import PluginItem
from plugin_system.registry import plugin_registry
from plugin_system.services import ItemEdit
from tests.admin.pages import LIST, Browser
from tests.factories import (
    OPERATOR,
    PRIMARY,
    SECONDARY,
    changes_of,
    item,
    revisions_made,
    set_status,
    sync,
    synced_chain,
)


def set_priority(row: PluginItem, priority: int) -> None:
    services.update_item(edit=ItemEdit(item=row.pk, priority=priority), origin=OPERATOR)


def statuses_now() -> dict[str, str]:
    return dict(PluginItem.objects.values_list("name", "status"))


@pytest.mark.usefixtures("registry", "db")
class TestStatusActions:
    @pytest.mark.parametrize(
        ("action", "status"),
        [
            ("activate", PluginStatus.ACTIVE),
            ("reserve", PluginStatus.RESERVED),
            ("disable", PluginStatus.DISABLED),
        ],
    )
    def test_give_the_ticked_items_a_status(
        self, ann: Browser, secondary: PluginItem, spare: PluginItem, action: str, status: PluginStatus
    ) -> None:
        page = ann.act(action, secondary, spare)
        assert page.status == 200
        assert {statuses_now()[name] for name in ("secondary", "spare")} == {status.value}
        assert statuses_now()["primary"] == "active"

    def test_are_one_revision_that_says_who_where_and_why(
        self, ann: Browser, primary: PluginItem, secondary: PluginItem
    ) -> None:
        with revisions_made() as made:
            ann.act("reserve", primary, secondary, reason="INC-12")
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "INC-12")
        assert revision.actor_id == ann.client.session["_auth_user_id"]
        assert set(changes_of(revision)) == {str(PRIMARY), str(SECONDARY)}

    def test_write_a_history_entry_for_each_changed_item(
        self, ann: Browser, primary: PluginItem, secondary: PluginItem, spare: PluginItem
    ) -> None:
        ann.act("reserve", primary, secondary, spare, reason="INC-12")
        entries = {entry.object_id: entry.change_message for entry in LogEntry.objects.all()}
        assert set(entries) == {str(primary.pk), str(secondary.pk)}
        assert entries[str(primary.pk)].endswith("status: Active → Reserve. INC-12")

    def test_say_what_serves_since(self, ann: Browser, primary: PluginItem, spare: PluginItem) -> None:
        page = ann.act("disable", primary)
        assert page.messages == [
            "Serving tests.host.otp:otp now: tests.host.otp_sms:secondary; before: tests.host.otp_sms:primary.",
            "1 item is disabled now.",
        ]
        page = ann.act("disable", primary, spare)
        assert page.messages == [
            "Still serving tests.host.otp:otp: tests.host.otp_sms:secondary.",
            "1 item is disabled now.",
            "So already: primary.",
        ]

    def test_write_nothing_where_all_is_so_already(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.act("activate", primary)
        assert made == []
        assert page.messages == ["So already: primary."]
        assert not LogEntry.objects.exists()

    def test_take_as_many_queries_for_3_items_as_for_40(self, ann: Browser, settings: Any) -> None:
        # However slow the machine, no comparison falls due between the two.
        settings.PLUGIN_SYSTEM_MAX_STALENESS = settings.PLUGIN_SYSTEM_RESYNC = 3600.0
        counts = []
        for count in (3, 40):
            kind = synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
            ticked = [str(row.pk) for row in PluginItem.objects.filter(plugin_type=kind)]
            data = {"action": "reserve", "index": "0", "_selected_action": ticked}
            with CaptureQueriesContext(connection) as queries:
                assert ann.client.post(LIST, data).status_code == 302
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_take_everything_that_the_filter_shows(self, ann: Browser) -> None:
        with revisions_made() as made:
            ann.post(
                f"{LIST}?q=primary", {"action": "disable", "index": "0", "select_across": "1", "_selected_action": "x"}
            )
        assert list(changes_of(made[0])) == [str(PRIMARY)]

    def test_concern_what_was_ticked_though_it_has_left_the_filter(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        form = ann.get(LIST, status__exact="active").form("changelist-form")
        bob.act("reserve", primary)
        data = form.filled(action="disable", index="0", _selected_action=[str(primary.pk)])
        ann.post(f"{LIST}?status__exact=active", data)
        assert statuses_now()["primary"] == "disable"

    def test_change_nothing_where_a_ticked_item_has_gone(
        self, ann: Browser, primary: PluginItem, spare: PluginItem
    ) -> None:
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        with revisions_made() as made:
            page = ann.act("disable", primary, spare)
        assert made == []
        assert page.messages == ["Some of the selected items are no longer here; nothing was changed."]


@pytest.mark.usefixtures("db")
class TestPriorityActions:
    def test_move_one_step(self, ann: Browser, primary: PluginItem, secondary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.act("raise_priority", primary, secondary)
        assert len(made) == 1
        assert (item("primary").priority, item("secondary").priority) == (9, 19)
        assert "Priority of primary: 10 → 9, secondary: 20 → 19." in page.messages
        ann.act("lower_priority", primary)
        assert item("primary").priority == 10

    @pytest.mark.parametrize(("action", "bound"), [("raise_priority", PRIORITY_MIN), ("lower_priority", PRIORITY_MAX)])
    def test_stop_at_the_bound_and_say_so(
        self, ann: Browser, primary: PluginItem, secondary: PluginItem, action: str, bound: int
    ) -> None:
        set_priority(primary, bound)
        with revisions_made() as made:
            page = ann.act(action, primary, secondary)
        assert item("primary").priority == bound
        assert list(changes_of(made[0])) == [str(SECONDARY)]
        assert f"Stopped at the bound {bound}: primary." in page.messages
        with revisions_made() as made:
            assert ann.act(action, primary).messages == [f"Stopped at the bound {bound}: primary."]
        assert made == []


@pytest.mark.usefixtures("db")
class TestTamperedActions:
    @pytest.mark.parametrize(
        "data",
        [
            {"_selected_action": "nonsense"},
            {"_selected_action": "\x00"},
            {"_selected_action": "00000000-0000-0000-0000-000000000000"},
            {"_selected_action": []},
            {"action": "nonsense"},
            {"action": "delete_selected"},
            {"action": "get_queryset"},
            {"action": ""},
            {"reason": "\x00"},
            {"reason": "x" * 501},
            {"_expected": "7"},
            {"_expected": "nonsense", "action": "nonsense"},
        ],
    )
    def test_change_nothing_and_never_fail(self, ann: Browser, primary: PluginItem, data: dict[str, Any]) -> None:
        right = {"action": "disable", "index": "0", "_selected_action": [str(primary.pk)], "reason": ""}
        with revisions_made() as made:
            page = ann.post(LIST, {**right, **data})
        assert page.status == 200
        assert page.messages
        assert made == []

    @pytest.mark.parametrize("index", ["nonsense", "-99", "9" * 5000, "\x00"])
    def test_survive_any_number_of_the_form(self, ann: Browser, primary: PluginItem, index: str) -> None:
        page = ann.post(LIST, {"action": "disable", "index": index, "_selected_action": [str(primary.pk)]})
        assert page.status == 200

    def test_are_refused_to_whoever_may_only_look(self, viewer: Browser, primary: PluginItem) -> None:
        for action in ("activate", "reserve", "disable", "raise_priority", "lower_priority"):
            data = {"action": action, "index": "0", "_selected_action": [str(primary.pk)]}
            assert viewer.client.post(LIST, data).status_code == 403
        assert item("primary").status == "active"

    def test_need_the_token_of_the_page(self, ann: Browser, primary: PluginItem) -> None:
        ann.client.handler.enforce_csrf_checks = True
        data = {"action": "disable", "index": "0", "_selected_action": [str(primary.pk)]}
        assert ann.client.post(LIST, data).status_code == 403


@pytest.mark.usefixtures("registry", "db")
class TestGuardOfActions:
    @pytest.fixture
    def only_primary(self, primary: PluginItem) -> PluginItem:
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        return primary

    def test_asks_before_a_type_is_left_with_nothing_usable(self, ann: Browser, only_primary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.act("disable", only_primary)
        assert made == []
        assert "tests.host.otp:otp" in page.text
        assert statuses_now()["primary"] == "active"
        assert not LogEntry.objects.exists()

    def test_does_it_all_the_same_when_told_so(self, ann: Browser, only_primary: PluginItem) -> None:
        form = ann.act("disable", only_primary).form("plugin-ask")
        with revisions_made() as made:
            answer = ann.post(LIST, form.filled(reason="INC-12"))
        assert [each.reason for each in made] == ["INC-12"]
        assert statuses_now()["primary"] == "disable"
        assert "1 item is disabled now." in answer.messages
        assert LogEntry.objects.count() == 1

    def test_can_be_left_without_a_change(self, ann: Browser, only_primary: PluginItem) -> None:
        page = ann.act("disable", only_primary)
        assert page.links["No, change nothing"] == LIST

    def test_refuses_a_confirmed_selection_that_has_grown(self, ann: Browser, only_primary: PluginItem) -> None:
        path = f"{LIST}?status__exact=active"
        data = {"action": "disable", "index": "0", "select_across": "1", "_selected_action": "x"}
        form = ann.post(path, data).form("plugin-ask")
        set_status("secondary", PluginStatus.ACTIVE)
        with revisions_made() as made:
            page = ann.post(path, form.filled())
        assert made == []
        assert "not the expected 1" in page.messages[0]

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_asks_why_where_the_host_demands_a_reason(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.act("disable", primary)
        assert made == []
        with revisions_made() as made:
            ann.post(LIST, page.form("plugin-ask").filled(reason="  "))
        assert made == []
        with revisions_made() as made:
            ann.post(LIST, page.form("plugin-ask").filled(reason="INC-12"))
        assert [each.reason for each in made] == ["INC-12"]

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_asks_both_at_once(self, ann: Browser, only_primary: PluginItem) -> None:
        page = ann.act("disable", only_primary)
        assert page.form("plugin-ask").fields["_force"] == ["1"]
        assert "required" in page.html
        ann.post(LIST, page.form("plugin-ask").filled(reason="INC-12"))
        assert statuses_now()["primary"] == "disable"

    def test_shows_a_reason_as_text(self, ann: Browser, only_primary: PluginItem) -> None:
        page = ann.act("disable", only_primary, reason='"><script>alert(1)</script>')
        assert "<script>alert(1)" not in page.html
        assert page.form("plugin-ask").fields["reason"] == ['"><script>alert(1)</script>']
