"""Who may do what: a walk over every route."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import URLPattern

from plugin_system_api import urls
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.operations import Operation
from plugin_system_api.views.plugin_items import PluginItemViews
from tests.api.caller import PERMISSIONS, Caller, Reply, create_user
from tests.factories import OTP, PRIMARY, revisions_made
from tests.host.authentication import NameAuthentication


class Bare:
    """A user as a host's own authentication may make one, for a service, say: it knows of no permissions."""

    is_authenticated = True
    pk = 7

    def get_username(self) -> str:
        return "bare"


VALUES = {"type": str(OTP), "item": str(PRIMARY), "revision": "1"}
# What each route needs, written down a second time: a change of it must be meant.
NEEDS = {
    "changes_list": {"view_change"},
    "changes_revert": {"change_pluginitem"},
    "docs": set(),
    "plugin_items_bulk_priority": {"change_pluginitem"},
    "plugin_items_bulk_status": {"change_pluginitem"},
    "plugin_items_get": {"view_pluginitem"},
    "plugin_items_list": {"view_pluginitem"},
    "plugin_items_promote": {"change_pluginitem"},
    "plugin_items_update": {"change_pluginitem"},
    "plugin_types_get": {"view_plugintype"},
    "plugin_types_list": {"view_plugintype"},
    "plugin_types_resolve_active": {"view_plugintype", "view_pluginitem"},
    "plugin_types_update": {"change_plugintype"},
    "resolve_active_all": {"view_plugintype", "view_pluginitem"},
    "schema": set(),
    "status_get": {"view_plugintype"},
    "sync_run": {"sync_plugins"},
}
# The request is empty, and the first revision only made rows: nothing of it can be given back.
ADMITTED = {200, 400, 409}
OTHERS = ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


def path_of(pattern: URLPattern) -> str:
    """Return a path that the pattern matches."""
    path = pattern.pattern.regex.pattern.removeprefix("^").removesuffix("/?$")  # type: ignore[attr-defined]
    for name, value in VALUES.items():
        path = path.replace(rf"(?P<{name}>[\s\S]+?)", value)
    return f"{path}/"


def routes() -> Iterator[tuple[str, str, Operation]]:
    """Yield the method, a path and the operation of every route."""
    for pattern in urls.urlpatterns:
        view: Any = pattern.callback
        for method, action in view.actions.items():
            yield method.upper(), path_of(pattern), getattr(view.cls, action).operation


ROUTES = sorted(routes(), key=lambda route: route[2].id)
CASES = [pytest.param(*route, id=f"{route[0]} {route[2].id}") for route in ROUTES]


def send(caller: Caller, method: str, path: str) -> Reply:
    return caller.send(method, path, None if method == "GET" else {})


class TestTheRoutes:
    def test_are_the_ones_written_down(self) -> None:
        assert {
            operation.id: {each.partition(".")[2] for each in operation.permissions} for *_, operation in ROUTES
        } == NEEDS

    def test_all_go_through_the_pinned_view(self) -> None:
        for pattern in urls.urlpatterns:
            assert issubclass(pattern.callback.cls, ControlPlaneView)  # type: ignore[union-attr]


@pytest.mark.parametrize(("method", "path", "operation"), CASES)
class TestEveryRoute:
    def test_asks_who_it_is(self, db: None, method: str, path: str, operation: Operation) -> None:
        reply = send(Caller(), method, path)
        assert (reply.status, reply.code) == (401, "not_authenticated")
        assert reply.headers["WWW-Authenticate"] == "Bearer"

    def test_refuses_a_wrong_token(self, db: None, method: str, path: str, operation: Operation) -> None:
        reply = send(Caller("nobody"), method, path)
        assert (reply.status, reply.code) == (401, "authentication_failed")

    def test_refuses_who_lacks_one_permission(
        self, db: None, method: str, path: str, operation: Operation, settings: Any
    ) -> None:
        for lacking in NEEDS[operation.id]:
            create_user(lacking, *(set(PERMISSIONS) - {lacking}))
            reply = send(Caller(lacking), method, path)
            assert (reply.status, reply.code) == (403, "permission_denied")

    def test_refuses_a_user_that_knows_of_no_permissions(
        self, db: None, method: str, path: str, operation: Operation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(NameAuthentication, "authenticate", lambda self, request: (Bare(), None))
        assert send(Caller("bare"), method, path).status in ({403} if NEEDS[operation.id] else {200})

    def test_needs_no_other_permission(
        self, caller_with: Callable[..., Caller], method: str, path: str, operation: Operation
    ) -> None:
        assert send(caller_with(*NEEDS[operation.id]), method, path).status in ADMITTED

    def test_is_the_same_without_its_slash(
        self, caller_with: Callable[..., Caller], method: str, path: str, operation: Operation
    ) -> None:
        assert send(caller_with(*NEEDS[operation.id]), method, path.removesuffix("/")).status in ADMITTED

    def test_bears_the_request_id_on_every_reply(
        self, caller_with: Callable[..., Caller], method: str, path: str, operation: Operation
    ) -> None:
        for caller in (Caller(), caller_with(*NEEDS[operation.id])):
            reply = caller.send(method, path, None if method == "GET" else {}, headers={"X-Request-ID": "run-7:a.b_c"})
            assert reply.headers["X-Request-ID"] == "run-7:a.b_c"
            assert reply.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("pattern", [pytest.param(each, id=each.name) for each in urls.urlpatterns])
class TestEveryUrl:
    def test_refuses_other_methods(self, caller_with: Callable[..., Caller], pattern: URLPattern) -> None:
        view: Any = pattern.callback
        caller, path = caller_with(*PERMISSIONS), path_of(pattern)
        for method in {"POST", "PATCH", *OTHERS} - {each.upper() for each in view.actions}:
            reply = caller.send(method, path)
            assert (reply.status, reply.code) == (405, "method_not_allowed")
            allowed = {each.strip() for each in reply.headers["Allow"].split(",")}
            assert allowed - {"HEAD"} == {each.upper() for each in view.actions} - {"HEAD"}

    def test_asks_who_it_is_before_refusing_other_methods(self, db: None, pattern: URLPattern) -> None:
        for method in OTHERS:
            assert Caller().send(method, path_of(pattern)).status == 401


class TestWhoMayOnlyLook:
    def test_can_change_nothing(self, caller_with: Callable[..., Caller]) -> None:
        viewer = caller_with(*(name for name in PERMISSIONS if name.startswith("view_")))
        writes = [route for route in ROUTES if route[0] != "GET"]
        with revisions_made() as made:
            for method, path, _ in writes:
                for body in ({}, {"dry_run": True}, {"force": True}):
                    assert viewer.send(method, path, body).status == 403
        assert (len(writes), made) == (7, [])

    def test_can_look_at_everything(self, caller_with: Callable[..., Caller]) -> None:
        viewer = caller_with(*(name for name in PERMISSIONS if name.startswith("view_")))
        for method, path, _ in ROUTES:
            if method == "GET":
                assert viewer.get(path).status == 200


class TestPermissions:
    def test_come_before_the_body_is_looked_at(self, caller_with: Callable[..., Caller]) -> None:
        assert caller_with().send("PATCH", f"plugin-items/{PRIMARY}/", b"{").status == 403

    def test_come_before_the_row_is_looked_for(self, caller_with: Callable[..., Caller]) -> None:
        assert caller_with().get("plugin-items/nobody/").status == 403

    def test_are_not_enough_for_who_is_inactive(self, db: None) -> None:
        user = create_user("gone", *PERMISSIONS)
        user.is_active = False
        user.save()
        assert Caller("gone").get("plugin-items/").status == 401

    def test_may_come_through_a_group(self, db: None) -> None:
        group = Group.objects.create(name="readers")
        group.permissions.add(Permission.objects.get(codename="view_pluginitem"))
        create_user("member").groups.add(group)
        assert Caller("member").get("plugin-items/").status == 200

    def test_of_a_view_method_without_operation_are_nobodys(self, api: Caller, monkeypatch: Any) -> None:
        monkeypatch.delattr(PluginItemViews.list, "operation")
        assert api.get("plugin-items/").status == 403

    def test_are_asked_where_nobody_is_none(self, db: None, settings: Any) -> None:
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "UNAUTHENTICATED_USER": None}
        assert Caller().get("plugin-items/").status == 401

    def test_of_sessions_need_the_token_against_forgery(self, db: None) -> None:
        create_user("browser", *PERMISSIONS)
        caller = Caller(enforce_csrf_checks=True)
        caller.client.force_login(User.objects.get(username="browser"))
        assert caller.get("plugin-items/").status == 200
        reply = caller.patch(f"plugin-items/{PRIMARY}/", {"priority": 1})
        assert (reply.status, reply.code) == (403, "permission_denied")
        assert "CSRF" in reply.body["detail"]
