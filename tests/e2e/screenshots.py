"""Take the pictures that the README shows, from a served example project: ``python -m tests.e2e.screenshots``."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import DARK, DESKTOP, ITEMS, PHONE, REVISIONS, Operator, Watch, launch, open_page
from tests.example.conftest import Credentials
from tests.example.running import Project

FOLDER = Path(__file__).parent / "screenshots"
MOST_BYTES = 150_000
NARROW: dict[str, Any] = {**DESKTOP, "viewport": {"width": 1080, "height": 640}}


def items(operator: Operator) -> None:
    operator.open(ITEMS)


def chain(operator: Operator) -> None:
    operator.type_page("otp")


def guard(operator: Operator) -> None:
    operator.choose("Disable", "primary", "fallback", reason="INC-12")
    operator.run_action()


def preview(operator: Operator) -> None:
    operator.choose("Activate", "primary", reason="INC-12 is over")
    operator.press("Preview the action")


def revisions(operator: Operator) -> None:
    operator.open(REVISIONS)


def sync(operator: Operator) -> None:
    operator.open("/admin/plugin_system/plugintype/sync/?mode=update")


PICTURES: list[tuple[str, dict[str, Any], Callable[[Operator], None]]] = [
    ("chain-light", NARROW, chain),
    ("chain-phone", PHONE, chain),
    ("items-light", {**DESKTOP, "viewport": {"width": 1280, "height": 760}}, items),
    ("items-phone", {**PHONE, **DARK}, items),
    ("preview-light", NARROW, preview),
    ("guard-dark", {**NARROW, **DARK}, guard),
    ("revisions-light", {**DESKTOP, "viewport": {"width": 1280, "height": 640}}, revisions),
    ("sync-dark", {**NARROW, **DARK}, sync),
]


def take(browser: Browser, site: str, password: str) -> None:
    """Take every picture; whatever goes wrong on a page is an error."""
    watch = Watch()
    for name, options, lead in PICTURES:
        context, page = open_page(browser, watch, **options)
        operator = Operator(page, site)
        operator.log_in(password)
        lead(operator)
        picture = page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")
        context.close()
        assert len(picture) < MOST_BYTES, f"{name} has {len(picture)} bytes; show less of the page."
        print(f"{name}.png: {len(picture) // 1000} kB")
    assert not watch.problems, watch.problems


def spend_night(browser: Browser, site: str, password: str) -> None:
    """Leave behind what a night leaves: a description that says more, providers that are off, and why."""
    context, page = open_page(browser, Watch())
    operator = Operator(page, site)
    operator.log_in(password)
    operator.open(ITEMS)
    operator.press("fallback")
    page.get_by_label("Description").fill("Costs three times as much; call finance before you promote it")
    page.get_by_label("Reason").fill("Learnt the hard way")
    operator.press("Save")
    operator.choose("Disable", "primary", "sms", reason="INC-12: the gateway answers 503")
    operator.run_action()
    context.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        project = Project(Path(folder) / "data")
        password = Credentials.printed_in(project.manage("demo").stdout).password
        with project.served() as site:
            browser = launch(playwright)
            spend_night(browser, site, password)
            take(browser, site, password)
            browser.close()


if __name__ == "__main__":
    main()
