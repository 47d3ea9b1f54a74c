"""How every page looks: light and dark, at a desk and on a phone, whatever code and operators wrote."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import ADMIN, DARK, DESKTOP, ITEMS, PHONE, REVISIONS, TYPES, Operator
from tests.example.running import Project

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
LONG = "apps_of_a_company_with_a_very_long_name_" * 3
# A word's contrast with what is behind it, as WCAG defines it, for every visible text of ours.
FAINT = """
() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (rgb) => {
        const [r, g, b] = rgb.slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const rgba = numbers(getComputedStyle(each).backgroundColor);
            if (rgba.length === 3 || rgba[3] === 1) return rgba;
        }
        return [255, 255, 255];
    };
    const faint = [];
    for (const element of document.querySelectorAll("#content *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.closest(".visually-hidden, option, script, style")) continue;
        const [one, other] = [numbers(getComputedStyle(element).color), behind(element)].map(luminance);
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        const what = element.className || element.tagName;
        if (ratio < 4.5) faint.push(`${what} ${ratio.toFixed(2)}: ${element.textContent.trim()}`);
    }
    return faint;
}
"""


@pytest.fixture
def project(project: Project) -> Project:
    """The project after a night: a switch, markup in every text, an item without code, one that is new."""
    written = f"""
from plugin_system.models import PluginItem, PluginType
otp = PluginType.objects.get(name="otp")
PluginItem.objects.filter(plugin_type=otp).update(description={EVIL!r})
PluginType.objects.filter(pk=otp.pk).update(description={EVIL!r})
PluginItem.objects.create(plugin_type=otp, name="odd-<b>x", module="{LONG}", priority=30, description={EVIL!r})
PluginItem.objects.get(name="webhook").delete()
"""
    with project.operator() as act:
        act(written)
    done = project.manage("pluginctl", "disable", "apps.otp_sms:primary", "--reason", f"INC-12 {EVIL}")
    assert done.returncode == 0, done.stderr
    return project


def visited(operator: Operator) -> Iterator[str]:
    """Go through every page of the admin that an operator meets, and name each."""
    for path in ("/admin/", f"{ADMIN}/", TYPES, f"{TYPES}sync/?mode=update", ITEMS, REVISIONS, f"{ITEMS}?q=nothing"):
        operator.open(path)
        yield path
    operator.type_page("otp")
    yield "type"
    operator.press("History")
    yield "history of a type"
    operator.open(ITEMS)
    operator.press("fallback")
    yield "item"
    operator.press("History")
    yield "history of an item"
    operator.open(REVISIONS)
    operator.press("3")
    yield "revision"
    operator.press("Revert")
    yield "revert"
    operator.type_page("otp")
    operator.press("Make this the one that serves primary")
    yield "promote"
    operator.choose("Disable", "fallback", reason=EVIL)
    operator.run_action()
    yield "guard"
    operator.choose("Lower priority by one step", "fallback", reason=EVIL)
    operator.run_action()
    yield "after an action"
    operator.page.locator("#id_form-0-priority").fill("99999")
    operator.press("Save")
    yield "mistake"


@pytest.mark.parametrize(
    "options",
    [DESKTOP, {**DESKTOP, **DARK}, PHONE, {**PHONE, **DARK}],
    ids=["light", "dark", "phone-light", "phone-dark"],
)
class TestEveryPage:
    def test_fits_is_legible_and_runs_nothing_that_somebody_wrote(
        self, enter: Callable[..., Operator], options: dict[str, Any]
    ) -> None:
        operator = enter(**options)
        wide, faint, foreign = {}, {}, {}
        for name in visited(operator):
            wide[name] = operator.overflow
            faint[name] = operator.page.evaluate(FAINT)
            foreign[name] = operator.page.locator("#content img[onerror], #content b").count()
        assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
        assert {name: texts for name, texts in faint.items() if texts} == {}
        assert {name: count for name, count in foreign.items() if count} == {}
        assert len(wide) == 17


class TestTheme:
    def test_follows_the_button_in_the_head(self, operator: Operator) -> None:
        operator.type_page("otp")
        badge = operator.page.locator(".plugin-badge.plugin-selected").first
        colors = set()
        for _ in range(3):
            operator.page.locator(".theme-toggle").first.click()
            colors.add((operator.page.locator("html").get_attribute("data-theme"), badge.evaluate(BACKGROUND)))
        assert len({theme for theme, _ in colors}) == 3
        assert len({color for theme, color in colors if theme != "auto"}) == 2


BACKGROUND = "(element) => getComputedStyle(element).backgroundColor"


class TestPhone:
    def test_switches_with_a_thumb(self, enter: Callable[..., Operator]) -> None:
        operator = enter(**PHONE)
        operator.choose("Activate", "primary", reason="INC-12 is over")
        operator.run_action()
        expect(operator.row("primary")).to_contain_text("Serves")
        operator.type_page("otp")
        button = operator.control("Make this the one that serves fallback").bounding_box()
        assert button
        assert button["height"] >= 40
        assert button["width"] >= 200
