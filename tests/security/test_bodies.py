"""A body changes what its operation names and nothing else; too large or too deep a one is not even read."""

import io
import json
import time
from typing import Any, NamedTuple

import pytest
from django.test import RequestFactory
from django.test.client import ClientHandler

from plugin_system.models import PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.rows import unrecorded
from plugin_system_api.limits import BODY_MAX_BYTES
from tests.api.caller import NOBODY, PERMISSIONS, ROOT, Caller, create_user
from tests.factories import PRIMARY, item, revisions_made
from tests.security.doors import Route, admin_urls, api_routes
from tests.security.people import signed_in
from tests.security.test_matrix import BODIES

WRITES = [pytest.param(each, id=each.name) for each in api_routes() if each.writes]
# Every column of every table, and what a caller might hope to pass along.
COLUMNS = {
    field.name for model in (PluginItem, PluginType, Revision, RevisionCounter) for field in model._meta.get_fields()
} | {"pk", "key", "state", "user", "user_id", "is_superuser", "permissions", "plugin_class", "class", "interface"}
COLUMNS |= {
    "module_path",
    "import",
    "get_plugin",
    "using",
    "database",
    "origin",
    "__class__",
    "__proto__",
    "constructor",
}
MULTIPART = "multipart/form-data; boundary=x"
FIELD = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nContent-Type: text/plain\r\n\r\n'
MEGABYTES_30 = 30 * 1024 * 1024


class TestEveryWrite:
    """Mass assignment, tried with every name that is no field of the operation."""

    @pytest.mark.parametrize("route", WRITES)
    def test_refuses_every_field_that_is_not_its_own(self, api: Caller, route: Route) -> None:
        before = everything()
        assert route.operation.body is not None
        foreign = sorted(COLUMNS - set(route.operation.body().fields))
        for name in foreign:
            reply = api.send(route.method, route.path(), {**BODIES[route.name], name: "tests.host.evil"})
            assert (reply.status, reply.pointers) == (400, [f"/{name}"]), reply
        assert len(foreign) > 20
        assert everything() == before

    @pytest.mark.parametrize("name", sorted(COLUMNS - {"ids", "plugin_type", "module", "status"}))
    def test_refuses_it_inside_of_its_parts_too(self, api: Caller, name: str) -> None:
        before = everything()
        inside = {"select": {"ids": [str(PRIMARY.row_id)], name: 1}, "status": "disable"}
        reply = api.post("plugin-items/bulk-status/", inside)
        assert (reply.status, reply.pointers) == (400, [f"/select/{name}"])
        if name not in {"id", "priority", "revision"}:
            each = {"id": str(PRIMARY.row_id), "priority": 1, name: 1}
            reply = api.post("plugin-items/bulk-priority/", {"items": [each]})
            assert (reply.status, reply.pointers) == (400, [f"/items/0/{name}"])
        assert everything() == before

    @pytest.mark.parametrize("model", ["pluginitem", "plugintype"])
    def test_of_the_admin_leaves_alone_what_its_form_does_not_show(self, db: None, model: str) -> None:
        pages = {each.name: each for each in admin_urls()}
        url = pages[f"plugin_system_{model}_change"]
        row, before = url.row(), everything()
        posted = dict.fromkeys(COLUMNS - {"description", "status", "priority"}, "evil")
        kept = {name: getattr(row, name) for name in ("description", "status", "priority") if hasattr(row, name)}
        posted |= {**kept, "description": "Taken", "seen": str(row.revision), "reason": ""}
        with revisions_made() as made:
            assert signed_in("superuser").post(url.path(), posted).status_code == 302
        assert [each.channel for each in made] == ["admin"]
        row.refresh_from_db()
        assert row.description == "Taken"
        unrecorded(type(row), "default").filter(pk=row.pk).update(description=before[str(row.pk)]["description"])
        stamps = {"revision", "chain_revision"}
        assert [unstamped(each, stamps) for each in everything().values()] == [
            unstamped(each, stamps) for each in before.values()
        ]


class TestIdsOfAnotherKind:
    """An id is looked for among its own kind only."""

    @pytest.mark.parametrize("route", [pytest.param(each, id=each.name) for each in api_routes() if each.targets])
    def test_are_no_target(self, api: Caller, route: Route) -> None:
        (name,) = route.targets
        kinds = {"item": foreign_to("item"), "type": foreign_to("type")}
        for target in kinds.get(name, [NOBODY, "0", "x"]):
            with revisions_made() as made:
                reply = api.send(route.method, route.path(**{name: target}), BODIES.get(route.name))
            assert (reply.status, made) == (404, []), target

    def test_are_unknown_in_a_body(self, api: Caller) -> None:
        row = item("primary")
        for other in (str(row.plugin_type_id), NOBODY):
            with revisions_made() as made:
                status = api.post("plugin-items/bulk-status/", {"select": {"ids": [other]}, "status": "disable"})
                priority = api.post("plugin-items/bulk-priority/", {"items": [{"id": other, "priority": 1}]})
            assert ({status.code, priority.code}, made) == ({"unknown_items"}, [])

    @pytest.mark.parametrize("wrong", [1, True, None, [], {}, "1", "x", 1.5, [[]], {"id": NOBODY}, str(PRIMARY)])
    def test_are_refused_where_they_are_none(self, api: Caller, wrong: Any) -> None:
        for path, body in (
            ("plugin-items/bulk-status/", {"select": {"ids": [wrong]}, "status": "disable"}),
            ("plugin-items/bulk-priority/", {"items": [{"id": wrong, "priority": 1}]}),
        ):
            assert api.post(path, body).code == "invalid"


class CountedStream(io.RawIOBase):
    """A request's body that is made as it is read, and knows how far that was."""

    def __init__(self, size: int, start: bytes) -> None:
        self.left, self.taken, self.start = size, 0, start

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        size = self.left if size < 0 else min(size, self.left)
        chunk = (self.start if self.taken == 0 else b"").ljust(size, b"[")[:size]
        self.left, self.taken = self.left - size, self.taken + size
        return chunk


class Sent(NamedTuple):
    status: int
    taken: int
    milliseconds: float


def send_stream(
    method: str, path: str, size: int, content_type: str, start: bytes | None = None, **environ: Any
) -> Sent:
    """Send a body of that size to the WSGI handler and return the status, and how much of it was read."""
    stream = CountedStream(size, start or (FILE if content_type == MULTIPART else b"{"))
    environment = {**RequestFactory().generic(method, path).environ, **environ, "wsgi.input": stream}
    environment |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(size)}
    started = time.perf_counter()
    response = ClientHandler(enforce_csrf_checks=True)(environment)
    milliseconds = (time.perf_counter() - started) * 1000
    return Sent(response.status_code, stream.taken, milliseconds)


@pytest.mark.parametrize("content_type", ["application/json", MULTIPART, "text/plain"])
@pytest.mark.parametrize("route", WRITES)
class TestABodyOf30Megabytes:
    def test_is_refused_unread(
        self, db: None, unthrottled: None, route: Route, content_type: str, record_property: Any
    ) -> None:
        create_user("anna", *PERMISSIONS)
        for name, environ in (("token", {"HTTP_AUTHORIZATION": "Bearer anna"}), ("session", with_session())):
            with revisions_made() as made:
                sent = send_stream(route.method, ROOT + route.path(), MEGABYTES_30, content_type, **environ)
            tell(record_property, f"{route.name}, 30 MB of {content_type} by {name}", sent)
            assert (sent.status, made) == (413 if "json" in content_type else 415, [])
            assert sent.taken <= BODY_MAX_BYTES + 1

    def test_is_not_read_for_who_is_nobody(self, db: None, route: Route, content_type: str) -> None:
        sent = send_stream(route.method, ROOT + route.path(), MEGABYTES_30, content_type)
        assert sent.status in {401, 413}
        assert sent.taken == 0


class TestTheAdmin:
    def test_reads_no_form_of_30_megabytes(self, db: None, record_property: Any) -> None:
        session = with_session()
        for page in admin_urls():
            sent = send_stream("POST", page.path(), MEGABYTES_30, "application/x-www-form-urlencoded", **session)
            tell(record_property, f"POST {page.name}, 30 MB", sent)
            assert (sent.status, sent.taken) == (400, 0)

    def test_stops_reading_a_field_of_30_megabytes(self, db: None, record_property: Any) -> None:
        session = with_session()
        for page in admin_urls():
            sent = send_stream("POST", page.path(), MEGABYTES_30, MULTIPART, FIELD, **session)
            tell(record_property, f"POST {page.name}, 30 MB in one field of a multipart form", sent)
            assert sent.status == 400
            assert sent.taken < MEGABYTES_30 / 10

    def test_reads_no_file_of_30_megabytes_for_who_is_nobody(self, db: None) -> None:
        for page in admin_urls():
            sent = send_stream("POST", page.path(), MEGABYTES_30, MULTIPART, FILE)
            assert (sent.status, sent.taken) == (403, 0)


@pytest.mark.parametrize("shape", ['{"a":', "[", '{"select":{"ids":['])
@pytest.mark.parametrize("route", WRITES)
class TestABodyNested100000Deep:
    def test_is_refused(self, api: Caller, route: Route, shape: str, record_property: Any) -> None:
        for text in (shape * 100_000, shape * (BODY_MAX_BYTES // len(shape))):
            started = time.perf_counter()
            with revisions_made() as made:
                reply = api.send(route.method, route.path(), text)
            sent = Sent(reply.status, len(text), (time.perf_counter() - started) * 1000)
            tell(record_property, f"{route.name}, {text.count(shape)} times {shape}", sent)
            assert (reply.status, made) == (413 if len(text) > BODY_MAX_BYTES else 400, [])


def tell(record_property: Any, what: str, sent: Sent) -> None:
    """Keep what was measured for the reader; nothing is asserted of a time."""
    record_property(what, f"{sent.status} in {sent.milliseconds:.1f} ms")
    print(f"{sent.milliseconds:7.1f} ms  {sent.status}  {sent.taken:>8} bytes  {what}")


def with_session() -> dict[str, str]:
    """Return what a superuser's browser sends along, the token against forgery included."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    user, _ = User.objects.get_or_create(username="rooty", is_staff=True, is_superuser=True)
    client.force_login(user)
    client.get(f"{ROOT}docs/")
    token = client.cookies["csrftoken"].value
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"HTTP_COOKIE": cookies, "HTTP_X_CSRFTOKEN": token}


def foreign_to(kind: str) -> list[str]:
    """Return what is no target of that kind, but looks like one."""
    row = item("primary")
    own_type, own_item = str(row.plugin_type_id), str(row.pk)
    others = [NOBODY, "0", "-1", "1", "None", "null", "true", "x:y", "x:y/x:y", "{}", "*", "%25", "..%2F..%2Fstatus"]
    other = [own_type, str(row.plugin_type.key)] if kind == "item" else [own_item, str(row.key)]
    return [*others, *other]


def everything() -> dict[str, dict[str, Any]]:
    """Return every row of every table."""
    models = (PluginType, PluginItem, RevisionCounter)
    return {str(row["pk"]): row for model in models for row in rows_of(model)}


def rows_of(model: Any) -> list[dict[str, Any]]:
    columns = [field.attname for field in model._meta.concrete_fields]
    return [{"pk": pk, **row} for pk, row in zip(*pairs(model, columns), strict=True)]


def pairs(model: Any, columns: list[str]) -> tuple[list[Any], list[dict[str, Any]]]:
    rows = list(model._base_manager.order_by("pk").values(*columns))
    return [row[model._meta.pk.attname] for row in rows], rows


def unstamped(row: dict[str, Any], stamps: set[str]) -> dict[str, Any]:
    """Return the row without what every revision writes."""
    moving = {*stamps, "value", "nonce"}
    return {name: json.dumps(value, default=str) for name, value in row.items() if name not in moving}
