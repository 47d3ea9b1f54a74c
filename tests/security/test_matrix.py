"""Who may do what: every route, admin page and bulk action there is, for everybody from nobody to the superuser."""

import json
from typing import Any

import pytest
from django.test import Client

from plugin_system.models import PluginItem, PluginType
from tests.api.caller import ROOT
from tests.factories import PRIMARY, SECONDARY, item, revisions_made, set_status
from tests.security.doors import AdminUrl, Route, admin_actions, admin_urls, api_routes, unclaimed_patterns
from tests.security.people import PEOPLE, signed_in

ALL = set(PEOPLE)
LOGGED_IN = ALL - {"anonymous"}
NOBODY: set[str] = set()
VIEWERS = {"viewer", "operator", "customer", "superuser"}
CHANGERS = {"changer", "operator", "customer", "superuser"}
SYNCERS = {"syncer", "customer", "superuser"}
# In the admin who may change may also look, as everywhere in Django's; who is no staff may do nothing.
STAFF_WHO_LOOK = {"viewer", "changer", "operator", "superuser"}
STAFF_WHO_CHANGE = {"changer", "operator", "superuser"}
READERS_OF_HISTORY = {"viewer", "operator", "superuser"}
REVERTERS = {"operator", "superuser"}

# Who may use each route. A route that is missing here fails by name: say who may use it.
API = {
    "GET changes_list": VIEWERS,
    "GET docs": LOGGED_IN,
    "GET plugin_items_get": VIEWERS,
    "GET plugin_items_list": VIEWERS,
    "GET plugin_types_get": VIEWERS,
    "GET plugin_types_list": VIEWERS,
    "GET plugin_types_resolve_active": VIEWERS,
    "GET resolve_active_all": VIEWERS,
    "GET schema": LOGGED_IN,
    "GET status_get": VIEWERS,
    "PATCH plugin_items_update": CHANGERS,
    "PATCH plugin_types_update": CHANGERS,
    "POST changes_revert": CHANGERS,
    "POST plugin_items_bulk_priority": CHANGERS,
    "POST plugin_items_bulk_status": CHANGERS,
    "POST plugin_items_promote": CHANGERS,
    "POST sync_run": SYNCERS,
}
# What each writing route is sent: something that would change a row, so that a refusal has something to refuse.
BODIES: dict[str, Any] = {
    "PATCH plugin_items_update": {"priority": 7},
    "PATCH plugin_types_update": {"description": "Changed"},
    "POST changes_revert": {},
    "POST plugin_items_promote": {},
    "POST plugin_items_bulk_priority": {"items": [{"id": str(PRIMARY.row_id), "priority": 7}]},
    "POST plugin_items_bulk_status": {"select": {"ids": [str(SECONDARY.row_id)]}, "status": "disable"},
    "POST sync_run": {"mode": "update"},
}
# Who gets each page of the admin, and who may post to it.
ADMIN = {
    "app_list": (STAFF_WHO_LOOK, STAFF_WHO_LOOK),
    "plugin_system_pluginitem_add": (NOBODY, NOBODY),
    "plugin_system_pluginitem_change": (STAFF_WHO_LOOK, STAFF_WHO_CHANGE),
    "plugin_system_pluginitem_changelist": (STAFF_WHO_LOOK, STAFF_WHO_CHANGE),
    "plugin_system_pluginitem_delete": (NOBODY, NOBODY),
    "plugin_system_pluginitem_history": (READERS_OF_HISTORY, READERS_OF_HISTORY),
    "plugin_system_pluginitem_promote": (STAFF_WHO_CHANGE, STAFF_WHO_CHANGE),
    "plugin_system_plugintype_add": (NOBODY, NOBODY),
    "plugin_system_plugintype_change": (STAFF_WHO_LOOK, STAFF_WHO_CHANGE),
    "plugin_system_plugintype_changelist": (STAFF_WHO_LOOK, STAFF_WHO_CHANGE),
    "plugin_system_plugintype_delete": (NOBODY, NOBODY),
    "plugin_system_plugintype_history": (READERS_OF_HISTORY, READERS_OF_HISTORY),
    "plugin_system_plugintype_sync": ({"syncer", "superuser"}, {"syncer", "superuser"}),
    "plugin_system_revision_add": (NOBODY, NOBODY),
    "plugin_system_revision_change": (READERS_OF_HISTORY, NOBODY),
    "plugin_system_revision_changelist": (READERS_OF_HISTORY, READERS_OF_HISTORY),
    "plugin_system_revision_delete": (NOBODY, NOBODY),
    "plugin_system_revision_history": (READERS_OF_HISTORY, READERS_OF_HISTORY),
    "plugin_system_revision_revert": (REVERTERS, REVERTERS),
}
ACTIONS = {
    "pluginitem activate": STAFF_WHO_CHANGE,
    "pluginitem delete_selected": NOBODY,
    "pluginitem disable": STAFF_WHO_CHANGE,
    "pluginitem lower_priority": STAFF_WHO_CHANGE,
    "pluginitem raise_priority": STAFF_WHO_CHANGE,
    "pluginitem reserve": STAFF_WHO_CHANGE,
}
ROUTES = {each.name: each for each in api_routes()}
PAGES = {each.name: each for each in admin_urls()}


class TestTheTables:
    """A new route, page or action fails here by its name until somebody says who may use it."""

    def test_have_every_route(self) -> None:
        assert {name: name in API for name in ROUTES} == dict.fromkeys(API, True)

    def test_have_a_change_for_every_writing_route(self) -> None:
        assert {name for name, route in ROUTES.items() if route.writes} == set(BODIES)

    def test_have_every_page_of_the_admin(self) -> None:
        assert {name: name in ADMIN for name in PAGES} == dict.fromkeys(ADMIN, True)

    def test_have_every_action_of_the_admin(self) -> None:
        assert {" ".join(each): " ".join(each) in ACTIONS for each in admin_actions()} == dict.fromkeys(ACTIONS, True)

    def test_leave_out_nothing_that_leads_to_our_views(self) -> None:
        assert unclaimed_patterns() == []


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", ROUTES)
class TestEveryRoute:
    def test_is_for_those_and_for_nobody_else(self, drifted: None, name: str, person: str) -> None:
        route, client = ROUTES[name], signed_in(person)
        with revisions_made() as made:
            response = send(client, route)
        if person == "anonymous":
            assert response.status_code == 401
        elif person not in API[name]:
            assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
        else:
            assert response.status_code == 200
        if not route.writes:
            assert client.head(ROOT + route.path()).status_code == response.status_code
        assert len(made) == (route.writes and person in API[name])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_is_shown_to_those_and_to_nobody_else(self, drifted: None, name: str, person: str) -> None:
        response = signed_in(person).get(PAGES[name].path())
        assert outcome_of(response) == expected(ADMIN[name][0], PAGES[name], person)

    def test_takes_posts_from_those_and_from_nobody_else(self, drifted: None, name: str, person: str) -> None:
        path, client = PAGES[name].path(), signed_in(person)
        with revisions_made() as made:
            response = client.post(path, {"description": "Posted", "reason": "", "seen": "0"})
        assert outcome_of(response) == expected(ADMIN[name][1], PAGES[name], person)
        assert made == [] or person in ADMIN[name][1]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("action", admin_actions(), ids=" ".join)
class TestEveryAction:
    def test_is_done_for_those_and_for_nobody_else(self, db: None, action: tuple[str, str], person: str) -> None:
        model, name = action
        set_status("secondary", "reserve" if name == "activate" else "active")
        before = counts()
        client = signed_in(person)
        with revisions_made() as made:
            client.post(
                f"/admin/plugin_system/{model}/",
                {"action": name, "_selected_action": [str(item("secondary").pk)], "index": "0", "post": "yes"},
            )
        assert len(made) == (person in ACTIONS[" ".join(action)] and name != "delete_selected")
        assert counts() == before


def send(client: Client, route: Route) -> Any:
    """Send what would change something, where the route writes."""
    if not route.writes:
        return client.get(ROOT + route.path())
    return client.generic(
        route.method, ROOT + route.path(), json.dumps(BODIES[route.name]), content_type="application/json"
    )


def outcome_of(response: Any) -> str:
    """Return in a word what became of a request to the admin."""
    if response.status_code == 302 and "/login/" in response["Location"]:
        return "asked to sign in"
    return {200: "done", 302: "done", 403: "refused"}.get(response.status_code, str(response.status_code))


def expected(allowed: set[str], page: AdminUrl, person: str) -> str:
    """Return what should become of it."""
    if person in {"anonymous", "customer"}:
        return "asked to sign in"
    if person in allowed:
        return "done"
    # Django's own answer for an application of which somebody may see nothing.
    return "404" if page.name == "app_list" else "refused"


def counts() -> tuple[int, int]:
    """Return how many rows there are."""
    return PluginType.all_objects.count(), PluginItem.all_objects.count()
