"""The operator at 3 a.m., in a real browser: see why, switch, be asked, look first, undo."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import ITEMS, REVISIONS, TYPES, Operator
from tests.example.running import Project, until


@pytest.fixture
def serving(operator: Operator) -> Callable[[str], None]:
    """Send a code through the example's own page until that provider serves: within the bound of staleness."""

    def serving(name: str) -> None:
        def served() -> bool:
            operator.open("/")
            return name in operator.page.locator(".serving").inner_text()

        until(served, f"{name!r} serving", seconds=3)

    return serving


class TestOperator:
    def test_logs_in_and_reads_who_serves_and_why(self, enter: Callable[..., Operator], password: str) -> None:
        operator = enter(log_in=False)
        operator.open(TYPES)
        assert "/admin/login/" in operator.page.url
        operator.log_in(password)
        operator.open(TYPES)
        assert "otp primary 1 Active 1 Reserve 0 Disabled apps.otp" in operator.text
        operator.press("otp")
        links = operator.page.locator(".plugin-link")
        expect(links).to_have_count(2)
        expect(links.nth(0)).to_contain_text("Serves: first of the active items with priority 10.")
        expect(links.nth(1)).to_contain_text("In reserve: waits until nothing active can serve; priority 20.")

    def test_disables_in_bulk_and_the_next_one_serves(self, operator: Operator, serving: Callable[[str], None]) -> None:
        serving("primary")
        operator.choose("Disable", "primary", "sms", reason="INC-12")
        operator.run_action()
        assert operator.messages == [
            "Still serving apps.notifications:notifier: apps.notifications.email:email.",
            "Serving apps.otp:otp now: apps.otp_sms:fallback; before: apps.otp_sms:primary.",
            "2 items are disabled now.",
        ]
        serving("fallback")
        operator.type_page("otp")
        assert "fallback serves, as reserve: nothing active can." in operator.text
        assert "Disabled by operator" in operator.text
        assert "INC-12" in operator.text

    def test_looks_first_at_what_a_bulk_action_would_do(self, operator: Operator) -> None:
        operator.choose("Disable", "primary")
        operator.press("Preview the action")
        assert "apps.otp:otp apps.otp_sms:primary → apps.otp_sms:fallback" in operator.text
        operator.press("No, change nothing")
        assert "Active" in operator.row("primary").locator("select").locator("option:checked").inner_text()
        operator.choose("Disable", "primary")
        operator.press("Preview the action")
        operator.page.get_by_label("Reason").fill("INC-12")
        operator.press("Do it")
        assert "1 item is disabled now." in operator.messages

    def test_meets_the_guard_and_goes_on_only_when_insisting(self, operator: Operator) -> None:
        operator.choose("Disable", "primary", "fallback", reason="INC-12")
        operator.run_action()
        assert "This would leave 'apps.otp:otp' with no usable item" in operator.text
        operator.press("No, change nothing")
        assert operator.row("primary").locator("option:checked").inner_text() == "Active"
        operator.choose("Disable", "primary", "fallback", reason="INC-12")
        operator.run_action()
        operator.press("Do it all the same")
        operator.open(TYPES)
        assert "apps.otp:otp has nothing usable: whoever asks for this plugin gets none." in operator.text

    def test_promotes_and_reads_the_history_and_reverts(
        self, operator: Operator, serving: Callable[[str], None]
    ) -> None:
        operator.type_page("otp")
        operator.press("Make this the one that serves fallback")
        assert "apps.otp:otp apps.otp_sms:primary → apps.otp_sms:fallback" in operator.text
        operator.page.get_by_label("Reason").fill("INC-12")
        operator.press("Let it serve")
        assert "fallback serves; 1 behind it." in operator.text
        serving("fallback")

        operator.type_page("otp")
        operator.press("fallback")
        operator.press("History")
        assert "operator Admin revision 2 Revert 2 INC-12" in operator.text
        operator.press("Revert 2")
        assert "apps.otp:otp apps.otp_sms:fallback → apps.otp_sms:primary" in operator.text
        operator.page.get_by_label("Reason").fill("INC-12 is over")
        operator.press("Revert it")
        assert "Done, as revision 3." in operator.messages
        serving("primary")

        operator.open(REVISIONS)
        numbers = operator.page.locator("#result_list tbody .field-number").all_inner_texts()
        assert numbers == ["3", "2", "1"]
        expect(operator.row("3")).to_contain_text("INC-12 is over")
        operator.press("Revert 2")
        assert "Nothing: everything is so already." in operator.text
        assert "changed again" not in operator.text

    def test_edits_in_the_list_and_looks_first(self, operator: Operator) -> None:
        operator.open(ITEMS)
        operator.row("webhook").get_by_label("Priority").fill("1")
        operator.press("Preview the edits of the list")
        assert "apps.notifications.email:email → apps.notifications.webhook:webhook" in operator.text
        operator.press("Do it")
        assert operator.row("webhook").get_by_label("Priority").input_value() == "1"
        assert "Serves" in operator.row("webhook").inner_text()

    def test_changes_one_item_and_looks_first(self, operator: Operator) -> None:
        operator.open(ITEMS)
        operator.press("primary")
        operator.page.get_by_label("Status").select_option(label="Disabled")
        operator.press("Preview the changes")
        assert "apps.otp:otp apps.otp_sms:primary → apps.otp_sms:fallback" in operator.text
        operator.page.get_by_label("Reason").fill("INC-12")
        operator.press("Do it")
        assert "was changed successfully" in " ".join(operator.messages)

    def test_syncs_after_seeing_the_plan(self, project: Project, operator: Operator) -> None:
        with project.operator() as act:
            act("from plugin_system.models import PluginItem\nPluginItem.objects.get(name='webhook').delete()")
        operator.open(TYPES)
        assert "1 registration in code has no row yet." in operator.text
        operator.press("Sync now")
        assert "1 to create, 6 unchanged." in operator.text
        assert "apps.notifications:notifier/apps.notifications.webhook:webhook" in operator.text
        operator.page.get_by_label("Reason").fill("Deployed")
        operator.press("Sync now")
        assert any("1 created, 6 unchanged" in each for each in operator.messages)
        operator.open(ITEMS)
        expect(operator.row("webhook")).to_have_count(1)
        operator.open(f"{TYPES}sync/")
        assert "Rows and code agree: there is nothing to do." in operator.text


class TestTwoOperators:
    def test_do_not_undo_each_other_and_are_told_where_they_collide(self, enter: Callable[..., Operator]) -> None:
        ann, bob = enter(), enter()
        ann.open(ITEMS)
        bob.choose("Disable", "primary", reason="His")
        bob.run_action()

        ann.row("webhook").get_by_label("Priority").fill("77")
        ann.press("Save")
        assert ann.row("webhook").get_by_label("Priority").input_value() == "77"
        assert ann.row("primary").get_by_label("Status").input_value() == "disable"

        bob.choose("Activate", "primary", reason="His again")
        bob.run_action()
        ann.row("primary").get_by_label("Status").select_option("reserve")
        ann.press("Save")
        assert "Somebody else has changed this meanwhile, and your change was not saved." in ann.text
        assert "His again" in ann.text
        bob.open(ITEMS)
        assert bob.row("primary").get_by_label("Status").input_value() == "active"
