"""The API's page for people, in a browser that can reach nothing but the server."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Route

from tests.e2e.browsing import Operator

ITEM = "apps.otp:otp/apps.otp_sms:fallback"


def try_out(operator: Operator, tag: str, name: str, body: str | None = None, **fields: str) -> Locator:
    """Open an operation on the page, fill it in, send it, and return where the reply's status is shown."""
    block = operator.page.locator(f"#operations-{tag}-{name}")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    for label, value in fields.items():
        block.get_by_placeholder(label, exact=True).fill(value)
    if body is not None:
        block.locator("textarea").fill(body)
    block.get_by_role("button", name="Execute").click()
    shown = block.locator(".live-responses-table tbody .response-col_status")
    shown.wait_for()
    return shown


class TestTheDocsPage:
    def test_shows_every_operation_and_sends_requests_without_the_internet(
        self, enter: Callable[..., Operator]
    ) -> None:
        operator = enter()
        outside: list[str] = []

        def keep_inside(route: Route) -> Any:
            if route.request.url.startswith(operator.site):
                return route.continue_()
            outside.append(route.request.url)
            return route.abort()

        operator.page.context.route("**/*", keep_inside)
        operator.open("/api/v1/docs/")
        operator.page.locator(".opblock").first.wait_for()
        assert operator.page.locator(".opblock").count() == 16

        assert "200" in try_out(operator, "status", "status_get").inner_text()
        promoted = try_out(operator, "plugin-items", "plugin_items_promote", '{"reason": "INC-12"}', item=ITEM)
        assert "200" in promoted.inner_text()
        explained = try_out(operator, "plugin-types", "plugin_types_resolve_active", type="apps.otp:otp")
        assert "200" in explained.inner_text()
        assert (
            "Set by operator on "
            in operator.page.locator("#operations-plugin-types-plugin_types_resolve_active").inner_text()
        )
        assert outside == []
