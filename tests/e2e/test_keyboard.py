"""Everything without a mouse, and always with a sight of where one is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import ITEMS, TYPES, Operator

FOCUSED = """
() => {
    const element = document.activeElement;
    const label = element.labels && element.labels.length ? element.labels[0].textContent : "";
    const texts = [element.textContent, element.value, element.ariaLabel, element.title, label, element.name];
    return texts.filter(Boolean).map((text) => text.replace(/\\s+/g, " ").trim());
}
"""
# What a browser or a style sheet draws around the element that has the focus, or changes about it.
MARK = """
() => {
    const element = document.activeElement;
    const marked = () => {
        const style = getComputedStyle(element);
        return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor,
                style.color, style.textDecorationLine].join();
    };
    const focused = marked();
    element.blur();
    const blurred = marked();
    element.focus({focusVisible: true});
    return focused !== blurred;
}
"""


class Keys:
    """Somebody with a keyboard only."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.keyboard = operator.page.keyboard

    def reach(self, name: str, limit: int = 120) -> None:
        """Press Tab until what has the focus goes by that name, and see that it shows."""
        passed = []
        for _ in range(limit):
            self.keyboard.press("Tab")
            names = self.operator.page.evaluate(FOCUSED)
            if name in names:
                assert self.operator.page.evaluate(MARK), f"The focus on {name!r} does not show."
                return
            passed.append(names[:1])
        raise AssertionError(f"{name!r} cannot be reached; passed: {passed}")

    def enter(self) -> None:
        """Press Enter, which leads to another page."""
        with self.operator.moving():
            self.keyboard.press("Enter")


@pytest.fixture
def keys(operator: Operator) -> Keys:
    return Keys(operator)


class TestKeyboard:
    def test_logs_in(self, enter: Callable[..., Operator], password: str) -> None:
        operator = enter(log_in=False)
        operator.open("/admin/")
        keys = Keys(operator)
        expect(operator.page.get_by_label("Username")).to_be_focused()
        keys.keyboard.type("operator")
        keys.reach("password")
        keys.keyboard.type(password)
        keys.enter()
        assert "Site administration" in operator.text

    def test_promotes(self, keys: Keys) -> None:
        keys.operator.open(TYPES)
        keys.reach("otp")
        keys.enter()
        keys.reach("Make this the one that serves fallback")
        keys.enter()
        keys.reach("reason")
        keys.keyboard.type("INC-12")
        keys.reach("Let it serve")
        keys.enter()
        assert "fallback serves; 1 behind it." in keys.operator.text

    def test_disables_in_bulk_meets_the_guard_and_turns_back(self, keys: Keys) -> None:
        keys.operator.open(ITEMS)
        keys.reach("action")
        keys.keyboard.type("Dis")
        for _ in range(2):
            self.tick_next(keys, "otp_sms")
        assert keys.operator.page.locator(".action-select:checked").count() == 2
        # What was typed is no action until its button is pressed: from the boxes back to it.
        while not {"Go", "Run"}.intersection(keys.operator.page.evaluate(FOCUSED)):
            keys.keyboard.press("Shift+Tab")
        keys.enter()
        assert "This would leave 'apps.otp:otp' with no usable item" in keys.operator.text
        keys.reach("No, change nothing")
        keys.enter()
        assert keys.operator.row("primary").get_by_label("Status").input_value() == "active"

    def tick_next(self, keys: Keys, module: str) -> None:
        """Go to the next box of an item of that module, and tick it."""
        inside = f"() => document.activeElement.closest('tr')?.innerText.includes('{module}')"
        while not keys.operator.page.evaluate(inside) or "_selected_action" not in keys.operator.page.evaluate(FOCUSED):
            keys.keyboard.press("Tab")
        keys.keyboard.press("Space")
        keys.keyboard.press("Tab")

    def test_looks_first_edits_and_reverts(self, keys: Keys) -> None:
        keys.operator.open(ITEMS)
        keys.reach("primary")
        keys.enter()
        keys.reach("status")
        keys.keyboard.type("Dis")
        keys.reach("Preview the changes")
        keys.enter()
        assert "apps.otp:otp apps.otp_sms:primary → apps.otp_sms:fallback" in keys.operator.text
        keys.reach("Do it")
        keys.enter()
        keys.reach("Revisions")
        keys.enter()
        keys.reach("Revert 2")
        keys.enter()
        keys.reach("Revert it")
        keys.enter()
        assert "Done, as revision 3." in keys.operator.messages

    def test_shows_the_plan_of_a_sync(self, keys: Keys) -> None:
        keys.operator.open(TYPES)
        keys.reach("Sync now")
        keys.enter()
        keys.reach("mode")
        keys.keyboard.type("Take")
        keys.reach("Show the plan")
        keys.enter()
        assert "Rows and code agree: there is nothing to do." in keys.operator.text
