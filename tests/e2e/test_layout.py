"""What stands where: names of any length, and the buttons beside each other."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator

from plugin_system.choices import NAME_MAX_LENGTH
from tests.e2e.browsing import DESKTOP, ITEMS, PHONE, REVISIONS, TYPES, Operator
from tests.example.running import Project

LONG = ("a_name_without_any_point_to_break_at_" * 3)[:NAME_MAX_LENGTH]
# The parts that scroll by themselves, or cut what does not fit; the page itself may not scroll sideways either.
SPILLING = """
() => [...document.querySelectorAll("html, #changelist .results, .form-row, .module, .breadcrumbs, td, th")]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).display !== "inline")
    .filter((each) => each.scrollWidth > each.clientWidth && !each.closest("#nav-sidebar"))
    .map((each) => `${each.tagName} ${each.className}: ${each.scrollWidth - each.clientWidth}`)
"""
# Whether each choice of a select can be read as a whole while it is the chosen one.
CUT = """
(select) => {
    const style = getComputedStyle(select);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const arrow = 20;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
    const texts = [...select.options].map((option) => option.text);
    return texts.filter((text) => pen.measureText(text).width > room);
}
"""


@pytest.fixture
def project(project: Project) -> Project:
    """The project with the longest names that there can be, of an item whose code is gone and one that serves."""
    written = f"""
from plugin_system.models import PluginItem, PluginType
long = PluginType.objects.create(name="{LONG}", manager="apps.otp", description="{LONG}")
for kind in (long, PluginType.objects.get(name="otp")):
    PluginItem.objects.create(plugin_type=kind, name="{LONG}", module="apps.otp_sms", priority=30)
"""
    with project.operator() as act:
        act(written)
    return project


def visited(operator: Operator) -> Iterator[str]:
    """Go through the pages that show long names, and name each."""
    for path in (ITEMS, TYPES, REVISIONS, f"{TYPES}sync/?mode=update"):
        operator.open(path)
        yield path
    for path in (ITEMS, TYPES):
        operator.open(path)
        with operator.moving():
            operator.page.locator(".field-name a", has_text=LONG).first.click()
        yield f"page in {path}"
        operator.press("History")
        yield f"history in {path}"
    operator.open(ITEMS)
    operator.page.locator("tr", has_text=LONG).last.get_by_role("checkbox").check()
    operator.page.get_by_label("Action:").select_option(label="Disable")
    operator.press("Preview the action")
    yield "preview"
    operator.press("Do it")
    yield "after an action"


def middle(locator: Locator) -> float:
    """Return how far down the page the middle of an element is."""
    box = locator.bounding_box()
    assert box
    return box["y"] + box["height"] / 2


class TestLongNames:
    @pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
    def test_break_and_push_nothing_out_of_sight(self, enter: Callable[..., Operator], options: dict[str, Any]) -> None:
        operator = enter(**options)
        spilling = {name: operator.page.evaluate(SPILLING) for name in visited(operator)}
        assert {name: found for name, found in spilling.items() if found} == {}
        assert len(spilling) == 10


class TestListOfItems:
    def test_has_the_preview_of_an_action_beside_the_button_that_does_it(self, operator: Operator) -> None:
        operator.open(ITEMS)
        does = operator.control("Go").or_(operator.control("Run"))
        assert middle(operator.control("Preview the action")) == pytest.approx(middle(does), abs=2)
        assert middle(operator.page.get_by_label("Reason:")) == pytest.approx(middle(does), abs=6)

    def test_says_on_a_phone_what_the_tick_means_and_why_an_item_serves(self, enter: Callable[..., Operator]) -> None:
        operator = enter(**PHONE)
        operator.open(ITEMS)
        label = operator.row("primary").locator(".field-class_loads").get_by_text("Class loads").bounding_box()
        assert label
        assert label["width"] > 30
        with operator.moving():
            operator.row("primary").locator("a.plugin-badge").tap()
        assert "Serves: first of the active items with priority 10." in operator.text


class TestLinksThatAreButtons:
    def test_are_not_underlined(self, operator: Operator) -> None:
        operator.choose("Disable", "primary")
        operator.run_action()
        lines = {}
        for path in (f"{TYPES}sync/", REVISIONS, f"{REVISIONS}4/revert/"):
            operator.open(path)
            lines[path] = operator.page.locator("a.button, a.closelink").evaluate_all(LINES)
        operator.type_page("otp")
        lines["type"] = operator.page.locator("a.button").evaluate_all(LINES)
        assert set(map(tuple, lines.values())) <= {("none",), ("none", "none")}


LINES = "(found) => found.map((each) => getComputedStyle(each).textDecorationLine)"


class TestSyncPage:
    def test_cuts_no_choice_on_a_phone(self, enter: Callable[..., Operator]) -> None:
        operator = enter(**PHONE)
        operator.open(f"{TYPES}sync/")
        assert operator.page.get_by_label("Rows that exist").evaluate(CUT) == []
