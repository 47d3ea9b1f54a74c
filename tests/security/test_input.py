"""Whatever is sent to whichever door: an answer that says what is wrong, on every database, and no import."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command

from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system_api.inputs import WriteInput
from tests.api.caller import PERMISSIONS, ROOT, Caller, create_user
from tests.factories import MANAGER, item, revisions_made, sync
from tests.security.doors import admin_urls, api_routes
from tests.security.people import signed_in
from tests.security.test_matrix import BODIES

ROUTES = [pytest.param(each, id=each.name) for each in api_routes()]
WRITES = [pytest.param(each, id=each.name) for each in api_routes() if each.writes]
LISTS = ("plugin-items/", "plugin-types/", "changes/")
TEXTS = {
    "NUL": "a\x00b",
    "emoji": "\U0001f9d1\u200d\U0001f680" * 5,
    "right-to-left": "\u202e\u05d0\u05d1\u200f",
    "combining": "e" + "\u0301" * 300,
    "lone-surrogate": "\ud800",
    "line-ends": "a\r\nSet-Cookie: a=b",
    "long": "x" * 10_000,
    "sql": "'; DROP TABLE plugin_system_pluginitem; --",
    "expression": "(a+)+$" * 20,
    "path": "../../../../etc/passwd",
    "huge-number": "9" * 31,
}
# A page of the admin takes its time, so that it gets those that databases and forms stumble over.
HARD = [pytest.param(TEXTS[name], id=name) for name in ("NUL", "lone-surrogate", "long", "huge-number", "emoji")]
# What the pages of the admin read, by the last word of their names.
QUERIED = {
    "changelist": (
        *("q", "p", "o", "all", "e", "status__exact", "state", "module", "plugin_type__id__exact", "channel__exact"),
        *("created_at__gte", "_popup", "_to_field", "pk", "nobody"),
    ),
    "change": ("_changelist_filters", "_popup"),
    "history": ("p",),
    "sync": ("mode", "prune"),
}
POSTED = {
    "changelist": ("action", "_selected_action", "index", "select_across", "_expected", "reason", "form-TOTAL_FORMS"),
    "change": ("description", "status", "priority", "reason", "seen"),
    "promote": ("reason", "_force"),
    "revert": ("reason", "_force"),
    "sync": ("mode", "plan", "reason"),
}
NAMED_TEXTS = [pytest.param(text, id=name) for name, text in TEXTS.items()]
HUGE = ["1" + "0" * 30, "-" + "1" * 30, "0", "1.5", "1e5", "0x10", "\u0661", "NaN", ""]


def encoded(text: str) -> str:
    """Return the text as a URL has it; half a surrogate as the bytes that a careless client makes of it."""
    return quote(text.encode(errors="surrogatepass"), safe="")


class TestAnyText:
    """In every place that takes one."""

    @pytest.mark.parametrize("text", NAMED_TEXTS)
    def test_in_the_address_is_answered(self, api: Caller, text: str) -> None:
        for route in api_routes():
            if route.targets:
                path = ROOT + route.path(**dict.fromkeys(route.targets, "HERE")).replace("HERE", encoded(text))
                response = api.client.generic(route.method, path, "{}", content_type="application/json")
                assert response.status_code in {400, 404}, route.name

    @pytest.mark.parametrize("text", NAMED_TEXTS)
    def test_in_the_query_is_answered(self, api: Caller, text: str) -> None:
        for route in api_routes():
            names = [*route.operation.query().fields, "nobody", encoded(text)]
            for name in names:
                response = api.client.generic(
                    route.method, f"{ROOT}{route.path()}?{name}={encoded(text)}", "", content_type="application/json"
                )
                assert response.status_code in {200, 400, 410}, (route.name, name)

    @pytest.mark.parametrize("text", NAMED_TEXTS)
    @pytest.mark.parametrize("route", WRITES)
    def test_in_the_body_is_answered(self, api: Caller, route: Any, text: str) -> None:
        for body in bodies_with(route, text):
            reply = api.send(route.method, route.path(), body)
            assert reply.status in {200, 400, 409, 428}, (body, reply)

    @pytest.mark.parametrize("text", HARD)
    def test_in_the_admin_s_address_is_answered(self, db: None, text: str) -> None:
        client = signed_in("superuser")
        for page in admin_urls():
            if page.has_target:
                path = page.path("HERE").replace("HERE", encoded(text))
                assert client.get(path).status_code in {200, 302, 403, 404}, path
                assert client.post(path, {"seen": "1"}).status_code in {302, 403, 404}, path

    @pytest.mark.parametrize("text", HARD)
    def test_in_the_admin_s_query_is_answered(self, db: None, text: str) -> None:
        client = signed_in("superuser")
        for page in admin_urls():
            for name in QUERIED.get(page.name.rpartition("_")[2], ()):
                response = client.get(f"{page.path()}?{name}={encoded(text)}")
                assert response.status_code in {200, 302, 400, 403}, (page.name, name)

    @pytest.mark.parametrize("text", HARD)
    def test_in_the_admin_s_forms_is_answered(self, db: None, text: str) -> None:
        client, row = signed_in("superuser"), item("secondary")
        kept = {"description": "x", "status": "active", "priority": "1", "reason": "", "seen": str(row.revision)}
        for page in admin_urls():
            for name in POSTED.get(page.name.rpartition("_")[2], ()):
                fields = {**kept, name: text.encode(errors="replace").decode()}
                assert client.post(page.path(), fields).status_code in {200, 302, 400, 403}, (page.name, name)

    @pytest.mark.parametrize("text", NAMED_TEXTS)
    def test_on_the_command_line_is_answered(self, db: None, text: str) -> None:
        for words in command_lines(text):
            call(*words)


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield commands that have the text in every place that takes one."""
    known = str(item("secondary").key)
    for action in ("enable", "reserve", "disable", "promote"):
        yield ["pluginctl", action, f"x{text}"]
    yield ["pluginctl", "priority", f"x{text}", "1"]
    yield ["pluginctl", "explain", f"x{text}"]
    yield ["pluginctl", "list", f"--type=x{text}"]
    yield ["pluginctl", "list", f"--module={text}"]
    for option in ("item", "type", "actor", "request-id", "since", "limit"):
        yield ["pluginctl", "history", f"--{option}={text}"]
    for option in ("reason", "actor"):
        yield ["pluginctl", "disable", known, f"--{option}={text}"]
        yield ["pluginctl", "enable", known, f"--{option}={text}", "--json"]
    yield ["pluginsync", f"--reason={text}", "--mode", "update"]


def call(*words: str) -> str:
    """Run the command, which may refuse in a documented way, but not fail; return all that it says."""
    out, refusal = StringIO(), None
    try:
        call_command(*words, stdout=out)
    except CommandError as error:
        refusal = error
    # 1 is the parser's, in a test; 2 wrong, 3 refused, 4 unknown.
    assert refusal is None or refusal.returncode in {1, 2, 3, 4}, words
    said = f"{out.getvalue()}{refusal or ''}"
    assert "database failed" not in said, words
    assert said.encode() is not None
    return said


def bodies_with(route: Any, text: str) -> Iterator[Any]:
    """Yield bodies that have the text in each place of a right one, and as a name."""
    right = BODIES[route.name]
    yield {**right, text: 1}
    yield [text]
    fields = {*right, *WriteInput().fields, *route.operation.body().fields}
    for name in sorted(fields):
        yield {**right, name: text}
        yield {**right, name: [text]}
        yield {**right, name: {text: text}}
    for name in ("ids", "plugin_type", "module", "status"):
        yield {**right, "select": {name: text, "module": "x"}}
    yield {**right, "items": [{"id": text, "priority": text, "revision": text}]}


class TestAnyNumber:
    @pytest.mark.parametrize("number", HUGE)
    @pytest.mark.parametrize("path", LISTS)
    def test_is_answered(self, api: Caller, path: str, number: str) -> None:
        for name in ("page", "page_size", "since", "priority_min", "priority_max", "limit", "offset", "revision"):
            reply = api.get(path, **{name: number})
            assert reply.status in {200, 400, 410}, (name, reply)

    @pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 2**31, 1e300, 0.5, True, "1" * 5000])
    @pytest.mark.parametrize("route", WRITES)
    def test_in_a_body_is_answered(self, api: Caller, route: Any, number: Any) -> None:
        right = BODIES[route.name]
        for name in ("priority", "expected_count", "revision", "reason", "dry_run", "force", "status", "mode", "prune"):
            reply = api.send(route.method, route.path(), {**right, name: number})
            assert reply.status in {200, 400, 409}, (name, reply)
        reply = api.post("plugin-items/bulk-priority/", {"items": [{"id": str(item("spare").pk), "priority": number}]})
        assert reply.status in {200, 400}

    def test_bounds_a_search(self, api: Caller) -> None:
        for path in LISTS[:2]:
            assert api.get(path, search="x" * 200).status == 200
            assert api.get(path, search="x" * 201).status == 400
            assert api.get(path, search="x" * 10_000).status == 400

    def test_bounds_a_filter_s_values(self, api: Caller) -> None:
        assert api.get("plugin-items/", status=["active"] * 5000).status in {200, 400}
        assert api.get("plugin-items/", ordering=",".join(["name"] * 5000)).status in {200, 400}


class TestTheRequestId:
    @pytest.mark.parametrize(
        "given",
        ["a\r\nSet-Cookie: a=b", "a\nb", "a\rb", "run-7\n", "\r\n\r\n<b>", "a\x00b", "a\x85b", "x" * 10_000],
    )
    def test_cannot_carry_another_header(self, api: Caller, given: str) -> None:
        for path in ("plugin-items/", "plugin-items/nobody/"):
            reply = api.get(path, headers={"X-Request-ID": given})
            assert re.fullmatch("[0-9a-f]{32}", reply.headers["X-Request-ID"])
            assert "Set-Cookie" not in reply.headers

    def test_in_the_record_is_the_reply_s(self, api: Caller) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-items/{item('spare').pk}/", {"priority": 3}, headers={"X-Request-ID": "a\r\nb"})
        assert [each.request_id for each in made] == [reply.headers["X-Request-ID"]]


class TestOtherHeaders:
    @pytest.mark.parametrize("name", ["IF_MATCH", "IF_NONE_MATCH", "COOKIE"])
    def test_are_answered(self, api: Caller, name: str) -> None:
        for text in TEXTS.values():
            # As servers hand over what is no ASCII.
            value = text.encode(errors="surrogatepass").decode("latin-1")
            for route in (each for each in api_routes() if each.targets):
                body, path = json.dumps(BODIES.get(route.name, {})), ROOT + route.path()
                extra = {f"HTTP_{name}": value}
                response = api.client.generic(route.method, path, body, content_type="application/json", **extra)
                assert response.status_code in {200, 304, 400, 409, 412}, (route.name, text)


@pytest.mark.parametrize("route", WRITES)
class TestEveryWrite:
    def test_is_bounded_for_each_user(self, drifted: None, api: Caller, route: Any, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "1/hour"
        create_user("other", *PERMISSIONS)
        body = {**BODIES[route.name], "dry_run": True}
        replies = [api.send(route.method, route.path(), body) for _ in range(2)]
        assert [each.status for each in replies] == [200, 429]
        assert replies[1].code == "throttled"
        assert 0 < int(replies[1].headers["Retry-After"]) <= 3600
        assert Caller("other").send(route.method, route.path(), body).status == 200


class Watch(MetaPathFinder):
    """Sees every import of what is not loaded yet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname.partition(".")[0] == self.name:
            self.asked.append(fullname)


@pytest.fixture
def watch(packages: Path) -> Iterator[Watch]:
    """A module that can be imported, and a look-out for whoever tries."""
    (packages / "hostile_module.py").write_text("class Evil:\n    pass\n")
    watch = Watch("hostile_module")
    sys.meta_path.insert(0, watch)
    yield watch
    sys.meta_path.remove(watch)


class TestNoInput:
    """What a caller or a row names is never imported."""

    NAMES = ("hostile_module.Evil", "hostile_module:Evil")

    def test_of_the_api_is_imported(self, api: Caller, watch: Watch) -> None:
        for name in self.NAMES:
            for route in api_routes():
                path = route.path(**dict.fromkeys(route.targets, name)) if route.targets else route.path()
                api.send(route.method, path, BODIES.get(route.name))
                for field in route.operation.query().fields:
                    api.client.generic(route.method, f"{ROOT}{route.path()}?{field}={name}")
                if route.writes:
                    for body in bodies_with(route, name):
                        api.send(route.method, route.path(), body)
            for header in ("X-Request-ID", "Accept", "Content-Type", "If-Match", "Authorization", "Cookie"):
                api.client.get(f"{ROOT}plugin-items/", headers={header: name})
        assert watch.asked == []

    def test_of_the_command_line_is_imported(self, db: None, watch: Watch) -> None:
        for name in self.NAMES:
            for words in command_lines(name):
                call(*words)
        assert watch.asked == []

    def test_in_a_row_is_imported(self, api: Caller, watch: Watch) -> None:
        for name in ("hostile_module", "hostile_module.Evil"):
            kind = PluginType.objects.create(manager=name, name=f"t{len(name)}", description=name)
            PluginItem.objects.create(plugin_type=kind, module=name, name="Evil", description=name)
            PluginItem.objects.create(
                plugin_type=PluginType.objects.get(manager=MANAGER, name="otp"), module=name, name="Evil", priority=-5
            )
            assert get_plugin_instance(kind.name, name) is None
        client = signed_in("superuser")
        for page in admin_urls():
            client.get(page.path())
        for route in api_routes():
            api.send(route.method, route.path(), BODIES.get(route.name))
            for target in ("hostile_module:t14/hostile_module:Evil", "hostile_module:t14"):
                api.send(route.method, route.path(item=target, type=target), BODIES.get(route.name))
        for words in (["pluginctl", "list"], ["pluginctl", "explain"], ["pluginctl", "promote", "hostile_module:Evil"]):
            call(*words)
        sync(prune=True)
        assert type(get_plugin_instance("otp", MANAGER)).__name__ != "Evil"
        assert watch.asked == []

    def test_would_go_unseen(self, watch: Watch) -> None:
        importlib.import_module("hostile_module")
        assert watch.asked == ["hostile_module"]
