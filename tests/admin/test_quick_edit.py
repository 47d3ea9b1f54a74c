"""Editing status and priority in the list, alone and two at once."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem
from plugin_system.registry import plugin_registry
from tests.admin.pages import LIST, Browser, Page, quick_edit
from tests.factories import PRIMARY, SECONDARY, changes_of, item, revisions_made, set_status, sync, synced_chain


def state(name: str) -> tuple[str, int]:
    row = item(name)
    return row.status, row.priority


@pytest.mark.usefixtures("registry", "db")
class TestQuickEdit:
    def test_is_one_revision_for_all_the_rows(self, ann: Browser, primary: PluginItem, secondary: PluginItem) -> None:
        page = ann.get(LIST)
        changes = {primary: {"status": "reserve"}, secondary: {"priority": "7"}}
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(page, changes, reason="INC-12"))
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "INC-12")
        assert revision.actor_id == ann.client.session["_auth_user_id"]
        assert changes_of(revision) == {
            str(PRIMARY): ({"status": "active"}, {"status": "reserve"}),
            str(SECONDARY): ({"priority": 20}, {"priority": 7}),
        }
        assert "2 plugin items were changed successfully." in answer.text

    def test_tells_what_serves_since(self, ann: Browser, primary: PluginItem) -> None:
        answer = ann.post(LIST, quick_edit(ann.get(LIST), {primary: {"status": "disable"}}))
        told = "Serving tests.host.otp:otp now: tests.host.otp_sms:secondary; before: tests.host.otp_sms:primary."
        assert told in answer.messages

    def test_is_a_history_entry_for_each_row(self, ann: Browser, primary: PluginItem, secondary: PluginItem) -> None:
        changes = {primary: {"status": "reserve"}, secondary: {"priority": "7"}}
        ann.post(LIST, quick_edit(ann.get(LIST), changes, reason="INC-12"))
        entries = {entry.object_id: entry for entry in LogEntry.objects.all()}
        assert set(entries) == {str(primary.pk), str(secondary.pk)}
        assert "status: Active → Reserve. INC-12" in entries[str(primary.pk)].change_message
        assert entries[str(secondary.pk)].object_repr == str(SECONDARY)

    def test_writes_nothing_where_nothing_was_changed(self, ann: Browser) -> None:
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(ann.get(LIST), {}))
        assert made == []
        assert "changed successfully" not in answer.text
        assert not LogEntry.objects.exists()

    def test_takes_as_many_queries_for_3_rows_as_for_50(self, ann: Browser) -> None:
        counts = []
        for count in (3, 50):
            kind = synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
            path = f"{LIST}?plugin_type__id__exact={kind.pk}"
            last = PluginItem.objects.get(plugin_type=kind, name="item_002")
            data = quick_edit(ann.get(path), {last: {"priority": str(100 + count)}})
            with CaptureQueriesContext(connection) as queries:
                assert ann.client.post(path, data).status_code == 302
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_refuses_a_priority_out_of_bounds_and_keeps_what_was_typed(
        self, ann: Browser, primary: PluginItem, secondary: PluginItem
    ) -> None:
        changes = {primary: {"priority": "32768"}, secondary: {"priority": "3"}}
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(ann.get(LIST), changes))
        assert made == []
        assert "Ensure this value is less than or equal to 32767." in answer.errors
        assert 'value="32768"' in answer.html
        assert 'value="3"' in answer.html
        assert "changed successfully" not in answer.text


@pytest.mark.usefixtures("registry", "db")
class TestTwoOperators:
    def test_do_not_undo_each_other_on_different_rows(
        self, ann: Browser, bob: Browser, primary: PluginItem, secondary: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        bob.act("disable", primary)
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(seen, {secondary: {"priority": "5"}}))
        assert "1 plugin item was changed successfully." in answer.text
        assert state("primary") == ("disable", 10)
        assert state("secondary") == ("active", 5)
        assert list(changes_of(made[0])) == [str(SECONDARY)]

    def test_are_told_where_both_touched_a_row_and_nothing_is_overwritten(
        self, ann: Browser, bob: Browser, primary: PluginItem, secondary: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        bob.post(LIST, quick_edit(bob.get(LIST), {primary: {"status": "disable"}}, reason="INC-13"))
        changes = {primary: {"status": "reserve"}, secondary: {"priority": "5"}}
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(seen, changes))
        assert made == []
        assert state("primary") == ("disable", 10)
        assert state("secondary") == ("active", 20)
        assert not LogEntry.objects.filter(user__username="ann").exists()
        assert "changed successfully" not in answer.text
        (told,) = [each for each in answer.errors if "Somebody else" in each]
        assert re.search(r"bob at .* \(Admin, revision \d+\): INC-13\. status: Active → Disabled\.", told)

    def test_may_save_again_what_does_not_collide(
        self, ann: Browser, bob: Browser, primary: PluginItem, secondary: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        bob.act("disable", primary)
        changes = {primary: {"status": "reserve"}, secondary: {"priority": "5"}}
        answer = ann.post(LIST, quick_edit(seen, changes))
        ann.post(LIST, answer.form("changelist-form").filled(_save="Save"))
        assert state("primary") == ("disable", 10)
        assert state("secondary") == ("active", 5)

    def test_may_add_to_what_the_other_did_once_they_were_told(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        bob.act("disable", primary)
        answer = ann.post(LIST, quick_edit(seen, {primary: {"priority": "3"}}))
        assert state("primary") == ("disable", 10)
        ann.post(LIST, answer.form("changelist-form").filled(_save="Save"))
        assert state("primary") == ("disable", 3)

    def test_see_each_error_beside_its_own_row(
        self, ann: Browser, bob: Browser, primary: PluginItem, secondary: PluginItem, spare: PluginItem
    ) -> None:
        """The other's change has taken a row out of the filter, so that the list has fewer rows than the form."""
        path = f"{LIST}?status__exact=active"
        seen = ann.get(path)
        bob.act("disable", primary)
        answer = ann.post(path, quick_edit(seen, {secondary: {"priority": "99999"}}))
        table = answer.html[answer.html.index('id="result_list"') :]
        assert re.search(r">secondary</a>.*?name=\"form-1-priority\" value=\"99999\"", table, re.DOTALL)
        assert re.search(r">primary</a>.*?value=\"disable\" selected.*?>secondary</a>", table, re.DOTALL)

    def test_are_not_disturbed_by_a_row_that_was_archived(
        self, ann: Browser, primary: PluginItem, secondary: PluginItem, spare: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        answer = ann.post(LIST, quick_edit(seen, {secondary: {"priority": "5"}}))
        assert "1 plugin item was changed successfully." in answer.text
        assert state("secondary") == ("active", 5)

    def test_are_told_when_the_row_they_changed_was_archived(
        self, ann: Browser, secondary: PluginItem, spare: PluginItem
    ) -> None:
        seen = ann.get(LIST)
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        with revisions_made() as made:
            answer = ann.post(LIST, quick_edit(seen, {spare: {"priority": "5"}, secondary: {"priority": "5"}}))
        assert made == []
        assert answer.status == 200
        assert str(spare.pk) in answer.text
        again = ann.post(LIST, quick_edit(answer, {}))
        assert again.status == 200


def tampered(page: Page, row: PluginItem, **changes: object) -> dict[str, object]:
    data = quick_edit(page, {row: {"priority": "3"}})
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


@pytest.mark.usefixtures("db")
class TestTamperedQuickEdit:
    @pytest.mark.parametrize(
        "changes",
        [
            {"form-0-seen": None},
            {"form-0-seen": ""},
            {"form-0-seen": "nonsense"},
            {"form-0-seen": "-1"},
            {"form-0-seen": "9" * 5000},
            {"form-0-id": None},
            {"form-0-id": "nonsense"},
            {"form-0-id": "00000000-0000-0000-0000-000000000000"},
            {"form-0-status": "nonsense"},
            {"form-0-status": None, "form-0-priority": None},
            {"form-0-priority": "9" * 5000},
            {"form-0-priority": "1e3"},
            {"form-0-priority": "\x00"},
            {"form-TOTAL_FORMS": "nonsense"},
            {"form-TOTAL_FORMS": "99999999"},
            {"form-TOTAL_FORMS": None},
            {"form-INITIAL_FORMS": "0"},
            {"form-INITIAL_FORMS": "99"},
            {"reason": "\x00"},
            {"reason": "x" * 501},
        ],
    )
    def test_changes_nothing_and_never_fails(
        self, ann: Browser, primary: PluginItem, changes: dict[str, str | None]
    ) -> None:
        with revisions_made() as made:
            answer = ann.post(LIST, tampered(ann.get(LIST), primary, **changes))
        assert answer.status in {200, 400}
        assert made == []
        assert "changed successfully" not in answer.text

    @pytest.mark.parametrize("shown", [None, "", "nonsense"])
    def test_takes_a_value_for_changed_where_what_was_shown_is_damaged(
        self, ann: Browser, primary: PluginItem, shown: str | None
    ) -> None:
        ann.post(LIST, tampered(ann.get(LIST), primary, **{"initial-form-0-priority": shown}))
        assert state("primary") == ("active", 3)

    def test_refuses_one_item_twice(self, ann: Browser, primary: PluginItem, secondary: PluginItem) -> None:
        data = quick_edit(ann.get(LIST), {primary: {"priority": "3"}, secondary: {"priority": "4"}})
        data["form-1-id"] = data["form-0-id"]
        with revisions_made() as made:
            answer = ann.post(LIST, data)
        assert made == []
        assert answer.status == 200

    def test_ignores_what_nobody_may_edit(self, ann: Browser, primary: PluginItem) -> None:
        data = quick_edit(ann.get(LIST), {primary: {"priority": "3"}})
        ann.post(LIST, {**data, "form-0-name": "other", "form-0-revision": "1", "form-0-plugin_type": "x"})
        assert item("primary").name == "primary"

    def test_is_refused_to_whoever_may_only_look(self, ann: Browser, viewer: Browser, primary: PluginItem) -> None:
        data = quick_edit(ann.get(LIST), {primary: {"priority": "3"}})
        with revisions_made() as made:
            assert viewer.client.post(LIST, data).status_code == 403
        assert made == []


@pytest.mark.usefixtures("registry", "db")
class TestGuardOfQuickEdit:
    @pytest.fixture
    def only_primary(self, primary: PluginItem) -> PluginItem:
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        return primary

    def test_asks_before_a_type_is_left_with_nothing_usable(self, ann: Browser, only_primary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.post(LIST, quick_edit(ann.get(LIST), {only_primary: {"status": "disable"}}))
        assert made == []
        assert "tests.host.otp:otp" in page.text
        assert "changed successfully" not in page.text
        assert not LogEntry.objects.exists()

    def test_does_it_all_the_same_when_told_so(self, ann: Browser, only_primary: PluginItem) -> None:
        page = ann.post(LIST, quick_edit(ann.get(LIST), {only_primary: {"status": "disable"}}, reason="first"))
        assert page.form("plugin-ask").fields["reason"] == ["first"]
        with revisions_made() as made:
            answer = ann.post(LIST, page.form("plugin-ask").filled(reason="second"))
        assert [each.reason for each in made] == ["second"]
        assert state("primary") == ("disable", 10)
        assert "1 plugin item was changed successfully." in answer.text

    def test_refuses_what_was_confirmed_too_late(self, ann: Browser, bob: Browser, only_primary: PluginItem) -> None:
        page = ann.post(LIST, quick_edit(ann.get(LIST), {only_primary: {"status": "disable"}}))
        bob.act("raise_priority", only_primary)
        with revisions_made() as made:
            answer = ann.post(LIST, page.form("plugin-ask").filled())
        assert made == []
        assert any("Somebody else" in each for each in answer.errors)

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_asks_why_where_the_host_demands_a_reason(self, ann: Browser, primary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.post(LIST, quick_edit(ann.get(LIST), {primary: {"priority": "3"}}))
        assert made == []
        with revisions_made() as made:
            ann.post(LIST, page.form("plugin-ask").filled(reason="INC-14"))
        assert [each.reason for each in made] == ["INC-14"]
        assert state("primary") == ("active", 3)
