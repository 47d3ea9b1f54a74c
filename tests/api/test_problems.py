"""Whatever is sent, the answer is a problem that says what is wrong, and never a 500."""

import json
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished
from django.db import InterfaceError, OperationalError

from plugin_system import exceptions, services
from plugin_system.exceptions import PluginSystemError, RegistrationError
from plugin_system_api.problems import STATUSES
from tests.api.caller import ROOT, Caller, Reply, create_user
from tests.factories import PRIMARY, close_connections, revisions_made

ITEM = f"plugin-items/{PRIMARY}/"


class TestAProblem:
    def test_has_every_member(self, api: Caller) -> None:
        reply = api.patch(ITEM, {"status": "off", "priority": 99999}, headers={"X-Request-ID": "run-7"})
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.body == {
            "type": "urn:plugin-system:problem:invalid",
            "title": "Invalid",
            "status": 400,
            "detail": "The request is wrong; errors says where.",
            "instance": f"/api/v1/{ITEM}",
            "code": "invalid",
            "request_id": "run-7",
            "errors": [
                {"pointer": "/status", "code": "invalid_choice", "detail": '"off" is not a valid choice.'},
                {
                    "pointer": "/priority",
                    "code": "max_value",
                    "detail": "Ensure this value is less than or equal to 32767.",
                },
            ],
        }

    @pytest.mark.parametrize("given", ["", "a b", "a\tb", "ä", "x" * 101, "a;b", "<script>"])
    def test_gets_a_request_id_of_ours_where_the_callers_is_none(self, api: Caller, given: str) -> None:
        reply = api.get("plugin-items/nobody/", headers={"X-Request-ID": given})
        assert re.fullmatch("[0-9a-f]{32}", reply.headers["X-Request-ID"])
        assert reply.body["request_id"] == reply.headers["X-Request-ID"]

    def test_escapes_where_it_happened(self, api: Caller) -> None:
        assert api.get("plugin-items/é%20%3Cb%3E%22/").body["instance"] == "/api/v1/plugin-items/%C3%A9%20%3Cb%3E%22/"

    def test_is_bounded(self, api: Caller) -> None:
        reply = api.patch(ITEM, {f"n{number}": 1 for number in range(5000)})
        assert (reply.status, len(reply.body["errors"])) == (400, 100)
        long = api.patch(ITEM, {"status": "x" * 100_000})
        assert len(long.content) < 2000
        assert len(api.patch(ITEM, {"x" * 100_000: 1}).content) < 3000

    def test_is_in_english_whatever_the_client_speaks(self, api: Caller, settings: Any) -> None:
        settings.LANGUAGE_CODE = "de"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
        reply = api.patch(ITEM, {"priority": "zehn"}, headers={"Accept-Language": "de"})
        assert reply.body["errors"][0]["detail"] == "A valid integer is required."


class TestTheStatusOfEveryError:
    def test_is_decided(self) -> None:
        never_here = {"plugin_system_error", "registry_not_ready", "snapshot_too_old", "legacy_tables_missing"}
        errors = [each for each in vars(exceptions).values() if isinstance(each, type)]
        codes = {
            each.code
            for each in errors
            if issubclass(each, PluginSystemError) and not issubclass(each, RegistrationError)
        }
        assert codes - never_here == set(STATUSES)


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b" ", 400),
    "half": (b"{", 400),
    "a number": (b"5", 400),
    "null": (b"null", 400),
    "a list": (b"[]", 400),
    "a text": (b'"a"', 400),
    "two values": (b"{} {}", 400),
    "no UTF-8": (b'{"reason": "\xff"}', 400),
    "UTF-16": ('{"priority": 1}'.encode("utf-16"), 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400),
    "single quotes": (b"{'priority': 1}", 400),
    "not a number": (b'{"priority": NaN}', 400),
    "infinity": (b'{"priority": -Infinity}', 400),
    "an endless number": (b'{"priority": 1e999}', 400),
    "a huge integer": (b'{"priority": ' + b"9" * 100_000 + b"}", 400),
    "a NUL": (b'{"reason": "\\u0000"}', 400),
    "a raw NUL": (b'{"reason": "\x00"}', 400),
    "half a surrogate": (b'{"description": "\\ud800"}', 400),
    "half a surrogate as a name": (b'{"\\ud800": 1}', 400),
    "nested lists": (b"[" * 100_000, 400),
    "nested objects": (b'{"a":' * 20_000, 400),
    "closed nesting": (b'{"reason": ' + b"[" * 32 + b"]" * 32 + b"}", 400),
    "brackets in a text": (b'{"reason": "' + b"[{" * 200 + b'\\"]"}', 200),
    "an unclosed text with brackets": (b'{"reason": "' + b"[" * 1000, 400),
    "a backslash at the end": (b'{"reason": "\\', 400),
    "a name twice": (b'{"priority": 5, "priority": 10}', 400),
    "a number without end": (b'{"priority": ' + b"9" * 5000 + b"}", 400),
    "too much": (b'{"reason": "' + b"x" * (256 * 1024) + b'"}', 413),
    "much too much": (b"x" * 3_000_000, 413),
    "as much as may be": (b'{"priority": 10}' + b" " * (256 * 1024 - 16), 200),
}


@pytest.mark.parametrize(("body", "status"), [pytest.param(*case, id=name) for name, case in BODIES.items()])
class TestEveryBody:
    def test_is_answered(self, api: Caller, body: bytes, status: int) -> None:
        with revisions_made() as made:
            reply = api.patch(ITEM, body)
        assert (reply.status, made) == (status, [])

    def test_is_answered_by_every_operation(self, api: Caller, body: bytes, status: int) -> None:
        for path in ("plugin-items/bulk-status/", "plugin-items/bulk-priority/", "sync/"):
            assert api.post(path, body).status in {400, status}


async def post_by_asgi(body: bytes, **headers: str) -> Any:
    """Post the body to the sync as a server does, with no header but these, and return the decoded answer."""
    who = {"authorization": "Bearer anna", "host": "testserver"}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"{ROOT}sync/"
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(name.encode(), value.encode()) for name, value in {**who, **headers}.items()],
    }  # fmt: skip
    server = ApplicationCommunicator(ASGIHandler(), scope)
    await server.send_input({"type": "http.request", "body": body})
    assert (await server.receive_output(30))["type"] == "http.response.start"
    answer = (await server.receive_output(30))["body"]
    await server.wait(30)
    return json.loads(answer)


class TestTheBody:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/merge-patch+json",
            "application/problem+json",
            "text/json",
            "json",
            "",
            ";",
            "x" * 1000,
        ],
    )
    @pytest.mark.parametrize(("method", "path"), [("PATCH", ITEM), ("POST", "sync/")])
    def test_must_be_json(self, api: Caller, method: str, path: str, content_type: str) -> None:
        response = api.client.generic(method, ROOT + path, b'{"dry_run": true}', content_type=content_type)
        reply = Reply(response)
        assert (reply.status, reply.code) == (415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "APPLICATION/JSON ; charset=latin-1", "application/json; charset=bz2_codec"],
    )
    def test_is_utf8_whatever_its_type_says(self, api: Caller, content_type: str) -> None:
        body = '{"description": "é"}'.encode()
        reply = Reply(api.client.generic("PATCH", ROOT + ITEM, body, content_type=content_type))
        assert reply.body["item"]["description"] == "é"

    @pytest.mark.parametrize(
        "headers", [{"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": "ten"}]
    )
    def test_must_say_how_long_it_is(self, api: Caller, headers: dict[str, str]) -> None:
        response = api.client.generic(
            "PATCH", ROOT + ITEM, b'{"priority": 1}', content_type="application/json", **headers
        )
        reply = Reply(response)
        assert (reply.status, reply.code) == (400, "length_required")

    @pytest.mark.parametrize(
        "content_type", ["application/json", "multipart/form-data; boundary=x", "multipart/form-data"]
    )
    def test_of_a_session_is_read_as_carefully(self, api: Caller, content_type: str) -> None:
        browser = Caller(enforce_csrf_checks=True)
        browser.client.force_login(User.objects.get(username="anna"))
        response = browser.client.generic("POST", f"{ROOT}sync/", b"x" * 3_000_000, content_type=content_type)
        assert Reply(response).status in {400, 403, 413}

    @pytest.mark.asyncio
    @pytest.mark.django_db(transaction=True)
    async def test_must_say_how_long_it_is_under_asgi_too(self) -> None:
        await sync_to_async(create_user)("anna", "sync_plugins")
        # Each request has a thread of its own, which ends with it.
        request_finished.connect(close_connections)
        body, json_type = b'{"dry_run": true}', "application/json"
        measured = await post_by_asgi(body, content_length=str(len(body)), content_type=json_type)
        assert measured["dry_run"] is True
        assert (await post_by_asgi(body, content_type=json_type))["code"] == "length_required"
        # As HTTP/2 may have it: neither header, and a dry run must not become a run.
        assert (await post_by_asgi(body))["code"] == "length_required"
        assert (await post_by_asgi(b""))["dry_run"] is False
        assert (await post_by_asgi(b"", content_type=json_type))["dry_run"] is False
        await sync_to_async(close_connections)()
        request_finished.disconnect(close_connections)


class TestADatabase:
    @pytest.mark.parametrize("error", [OperationalError("root@db-7: locked"), InterfaceError("root@db-7 has gone")])
    def test_that_fails_is_a_503_without_the_drivers_words(
        self, api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
    ) -> None:
        def fail(**_: Any) -> Any:
            raise error

        monkeypatch.setattr(services, "update_item", fail)
        reply = api.patch(ITEM, {"priority": 1})
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "database_unavailable", "1")
        assert "db-7" not in reply.content.decode()
        assert "db-7" in caplog.text


class TestTheUrl:
    @pytest.mark.parametrize(
        "query",
        [
            "%", "%zz=%zz", "%ff=%fe", "a=b&a=c", "&&&", "=", "a", "%00=%00", "search=%00", "search=%ff",
            "search=%ED%A0%80", "name=%F0%9F%98%80", "search=[(*+", "search=%25_%5C", "ordering=%00", "page=%2B1",
            "status=active%00", "plugin_type=%00:%00", "search=" + "%" * 500, "x" * 10_000, "status=" * 500,
        ],
    )  # fmt: skip
    def test_may_have_any_query(self, api: Caller, query: str) -> None:
        for path in ("plugin-items/", "plugin-types/", "changes/", "resolve-active/", "schema/", "docs/"):
            response = api.client.generic("GET", f"{ROOT}{path}?{query}")
            assert response.status_code in {200, 400}

    @pytest.mark.parametrize(
        "path", ["plugin-types/x/resolve-active/", "plugin-items//", "plugin-types///resolve-active"]
    )
    def test_may_be_misshapen(self, api: Caller, path: str) -> None:
        assert api.get(path).status == 404

    def test_refuses_parameters_where_there_are_none(self, api: Caller) -> None:
        for method, path in (("PATCH", ITEM), ("POST", "sync/"), ("GET", ITEM)):
            reply = api.send(method, f"{path}?dryrun=1", None if method == "GET" else {})
            assert (reply.status, reply.pointers) == (400, ["?dryrun"])

    @pytest.mark.parametrize("accept", ["text/html", "application/xml;q=1", "*/*;q=0", "", "nonsense", "a/b" * 1000])
    def test_answers_json_whatever_is_accepted(self, api: Caller, accept: str) -> None:
        reply = api.get("plugin-items/", headers={"Accept": accept})
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
