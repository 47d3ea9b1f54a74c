"""Sending a code: through the page, through the endpoint, and through whoever an operator lets serve."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from tests.example.conftest import Credentials, decide_now
from tests.example.running import Outside, Project, Visitor, until

Decide = Callable[..., None]

PRIMARY = "apps.otp:otp/apps.otp_sms:primary"
FALLBACK = "apps.otp:otp/apps.otp_sms:fallback"
AS_SHIPPED = {"primary": "active", "fallback": "reserve", "serving": "primary"}
ON_RESERVE = {"primary": "disable", "fallback": "reserve", "serving": "fallback"}
NOBODY = {"primary": "disable", "fallback": "disable", "serving": None}
# PLUGIN_SYSTEM_MAX_STALENESS, and time for the two processes to get a turn.
BOUND = 1.0 + 0.5


@pytest.fixture
def send(visitor: Visitor, token: str) -> Callable[..., Any]:
    return lambda body: visitor.post_json("/send/", body, Authorization=f"Bearer {token}")


@pytest.fixture
def failing(outside: Outside, request: pytest.FixtureRequest) -> Iterator[int]:
    outside.status = request.param
    yield request.param
    outside.status = 200


class TestPage:
    def test_sends_a_code_and_says_who_delivered_it(self, decide: Decide, visitor: Visitor) -> None:
        decide(**AS_SHIPPED)
        page = visitor.submit("/", number="+31 (0)123 45-67", code="4711")
        assert page.status == 200
        assert "Sent to +3101234567." in page.text
        assert PRIMARY in page.text
        assert "apps.otp_sms.plugins.PrimarySms" in page.text
        assert "Your code is 4711." in page.text
        assert "Sent to" not in visitor.get("/").text

    def test_says_why_nobody_can_deliver(self, decide: Decide, visitor: Visitor) -> None:
        decide(**NOBODY)
        assert "Nobody does." in visitor.get("/").text
        page = visitor.submit("/", number="+31123456789")
        assert page.status == 503
        assert "Not sent." in page.text
        assert "apps.otp:otp" in page.text

    def test_shows_what_is_wrong_with_the_form(self, visitor: Visitor) -> None:
        page = visitor.submit("/", number="<b>call me</b>", code="no spaces")
        assert page.status == 400
        assert "Enter a telephone number of 6 to 15 digits." in page.text
        assert "Enter 4 to 10 letters and digits." in page.text
        assert "<b>call me" not in page.text

    def test_refuses_a_form_from_elsewhere(self, visitor: Visitor) -> None:
        assert visitor.post("/", number="+31123456789").status == 403

    def test_points_at_the_documentation_of_the_api_once_that_may_be_read(
        self, fresh: tuple[Project, Credentials], visitor: Visitor
    ) -> None:
        assert "API docs" not in visitor.get("/").text
        visitor.submit("/admin/login/", username="operator", password=fresh[1].password, next="/admin/")
        assert '<a href="/api/v1/docs">API docs</a>' in visitor.get("/").text
        assert visitor.get("/api/v1/docs").status == 200

    def test_needs_nothing_from_elsewhere(self, visitor: Visitor) -> None:
        text = visitor.get("/").text
        assert "http://" not in text
        assert "https://" not in text
        assert visitor.get("/static/otp/page.css").status == 200


class TestEndpoint:
    def test_answers_with_the_provider(self, decide: Decide, send: Callable[..., Any]) -> None:
        decide(**AS_SHIPPED)
        reply = send({"number": "+31123456789"})
        assert reply.status == 200
        assert reply.json() == {
            "number": "+31123456789",
            "provider": PRIMARY,
            "provider_class": "apps.otp_sms.plugins.PrimarySms",
        }

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"number": "12"},
            {"number": ["+31123456789"]},
            {"number": "+31123456789\x00"},
            [],
            None,
            b"{",
            b"[" * 99999,
        ],
        ids=["empty", "short", "list", "nul", "array", "null", "broken", "deep"],
    )
    def test_refuses_a_wrong_body(self, body: Any, send: Callable[..., Any]) -> None:
        reply = send(body)
        assert reply.status == 400
        assert reply.json()["detail"]

    def test_refuses_whoever_is_not_known(self, visitor: Visitor) -> None:
        assert visitor.post_json("/send/", {"number": "+31123456789"}).status == 401
        forged = visitor.post_json("/send/", {"number": "+31123456789"}, Authorization=f"Bearer {'0' * 64}")
        assert forged.status == 401

    def test_says_why_nobody_can_deliver(self, decide: Decide, send: Callable[..., Any]) -> None:
        decide(**NOBODY)
        reply = send({"number": "+31123456789"})
        assert reply.status == 503
        assert "apps.otp:otp" in reply.json()["detail"]

    @pytest.mark.parametrize("failing", [500, 302], indirect=True)
    def test_says_which_provider_failed(
        self, decide: Decide, failing: int, outside: Outside, send: Callable[..., Any]
    ) -> None:
        decide(**ON_RESERVE)
        reply = send({"number": "+31123456789"})
        assert reply.status == 502
        assert reply.json()["detail"].startswith(f"{FALLBACK} could not deliver.")
        assert f"answered {failing}" in reply.json()["detail"]
        assert "hidden" not in reply.text
        assert not [path for path, _, _ in outside.received if path == "/elsewhere"]


class TestSwitching:
    def test_another_process_decides_and_the_next_code_goes_elsewhere_in_time(
        self, decide: Decide, operator: Callable[[str], str], outside: Outside, send: Callable[..., Any]
    ) -> None:
        decide(**AS_SHIPPED)
        assert send({"number": "+31123456789", "code": "before"}).json()["provider"] == PRIMARY
        decide_now(operator, primary="disable")
        decided = monotonic()
        until(
            lambda: send({"number": "+31123456789", "code": "after"}).json()["provider"] == FALLBACK,
            "The fallback's turn",
            seconds=BOUND,
        )
        assert monotonic() - decided < BOUND
        path, headers, body = outside.received[-1]
        assert path == "/otp?key=hidden"
        assert body == {"to": "+31123456789", "text": "after is your code."}
        assert "Authorization" not in headers


class TestGateway:
    def test_refuses_whoever_has_no_key(self, visitor: Visitor) -> None:
        reply = visitor.post_json("/gateway/sms/", {"to": "+31123456789", "text": "Hello"})
        assert reply.status == 401
        assert reply.json() == {"error": "The key is missing or wrong."}
