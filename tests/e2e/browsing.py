"""One person before a real browser, who notices everything that goes wrong on a page."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, Request, Response

ADMIN = "/admin/plugin_system"
TYPES = f"{ADMIN}/plugintype/"
ITEMS = f"{ADMIN}/pluginitem/"
REVISIONS = f"{ADMIN}/revision/"

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DARK: dict[str, Any] = {"color_scheme": "dark"}

_COMMANDS = ("chromium", "chromium-browser", "google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Start the machine's Chromium."""
    found = next(filter(None, map(shutil.which, _COMMANDS)), None)
    assert found, "There is no Chromium on PATH; on Debian, .ci/prepare browser installs it."
    return playwright.chromium.launch(executable_path=found)


@dataclass
class Watch:
    """Collects what a browser complains of: errors, warnings, failed requests, dialogs."""

    problems: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        """Watch the page from now on."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("requestfailed", self._miss)
        page.on("response", self._read)
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.problems.append(f"console: {message.text}")

    def _miss(self, request: Request) -> None:
        self.problems.append(f"failed: {request.url}: {request.failure}")

    def _read(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")


class Operator:
    """Somebody who uses the admin; each step ends with a page that has loaded as a whole."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site

    def open(self, path: str) -> None:
        """Go to the address."""
        self.page.goto(self.site + path)

    def log_in(self, password: str) -> None:
        """Log in as the demo's operator."""
        self.open("/admin/login/?next=/admin/")
        self.page.get_by_label("Username").fill("operator")
        self.page.get_by_label("Password").fill(password)
        self.press("Log in")

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Wait until the page that the block leads to has loaded."""
        with self.page.expect_navigation(wait_until="load"):
            yield

    def press(self, name: str) -> None:
        """Press the button, or follow the link, of that name."""
        with self.moving():
            self.control(name).click()

    def control(self, name: str) -> Locator:
        """Return the button or link of that name."""
        return self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )

    def row(self, name: str) -> Locator:
        """Return the row of the list whose link has that name."""
        link = self.page.get_by_role("link", name=name, exact=True)
        return self.page.locator("#result_list tbody tr", has=link)

    def tick(self, *names: str) -> None:
        """Tick these items in the list of items."""
        for name in names:
            self.row(name).get_by_role("checkbox").check()

    def choose(self, action: str, *names: str, reason: str = "") -> None:
        """Open the list of items, tick some, choose the action and say why."""
        self.open(ITEMS)
        self.tick(*names)
        self.page.get_by_label("Action:").select_option(label=action)
        self.page.get_by_label("Reason:").fill(reason)

    def run_action(self) -> None:
        """Press the button of the chosen action: Go, or from Django 6.1 on, Run."""
        with self.moving():
            self.control("Go").or_(self.control("Run")).click()

    def type_page(self, name: str) -> None:
        """Open the page of the plugin type."""
        self.open(TYPES)
        self.press(name)

    @property
    def text(self) -> str:
        """What the page shows, with single spaces."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    @property
    def messages(self) -> list[str]:
        """What the page tells at its top."""
        return self.page.locator(".messagelist li").all_inner_texts()

    @property
    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def open_page(browser: Browser, watch: Watch, **options: Any) -> tuple[BrowserContext, Page]:
    """Open a window of its own, watched; who asked closes the context."""
    context = browser.new_context(**{**DESKTOP, **options})
    context.set_default_timeout(15_000)
    return context, watch.over(context.new_page())
