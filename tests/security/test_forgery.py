"""A page on another site cannot make a signed-in person's browser change anything."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.api.caller import ROOT
from tests.factories import item, revisions_made
from tests.security.doors import AdminUrl, Route, admin_urls, api_routes
from tests.security.people import signed_in
from tests.security.test_matrix import BODIES

WRITES = [pytest.param(each, id=each.name) for each in api_routes() if each.writes]
PAGES = [pytest.param(each, id=each.name) for each in admin_urls()]


@pytest.fixture
def browser(drifted: None) -> Client:
    """A superuser's browser, on a host that checks tokens as every real one does."""
    return signed_in("superuser", enforce_csrf_checks=True)


def post(browser: Client, route: Route, **headers: str) -> Any:
    body = json.dumps(BODIES[route.name])
    return browser.generic(route.method, ROOT + route.path(), body, content_type="application/json", headers=headers)


def token_of(browser: Client) -> str:
    """Return the token that the page for people hands to its own scripts."""
    page = browser.get(f"{ROOT}docs/").content.decode()
    found = re.search(r'token[^"]*"([A-Za-z0-9]{32,64})"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("route", WRITES)
class TestEveryWriteOfASession:
    def test_is_refused_without_the_token(self, browser: Client, route: Route) -> None:
        with revisions_made() as made:
            response = post(browser, route)
        assert (response.status_code, response.json()["code"], made) == (403, "permission_denied", [])

    def test_is_refused_with_a_wrong_token(self, browser: Client, route: Route) -> None:
        token_of(browser)
        with revisions_made() as made:
            response = post(browser, route, **{"X-CSRFToken": "x" * 64})
        assert (response.status_code, made) == (403, [])

    def test_is_refused_from_another_site(self, browser: Client, route: Route) -> None:
        token = token_of(browser)
        with revisions_made() as made:
            response = post(browser, route, **{"X-CSRFToken": token, "Origin": "https://elsewhere.example"})
        assert (response.status_code, made) == (403, [])

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_cannot_be_made_by_a_form(self, browser: Client, route: Route, content_type: str) -> None:
        body = json.dumps(BODIES[route.name])
        with revisions_made() as made:
            response = browser.generic(route.method, ROOT + route.path(), body, content_type=content_type)
        assert response.status_code in {400, 403, 415}
        assert made == []

    def test_is_taken_with_the_token(self, browser: Client, route: Route) -> None:
        assert post(browser, route, **{"X-CSRFToken": token_of(browser)}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
class TestEveryPostToTheAdmin:
    def test_is_refused_without_the_token(self, browser: Client, page: AdminUrl) -> None:
        with revisions_made() as made:
            response = browser.post(page.path(), {"description": "Forged"})
        assert (response.status_code, made) == (403, [])


class TestTheAdmin:
    def test_checks_tokens_where_the_host_does_not(self, browser: Client, settings: Any) -> None:
        settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "csrf" not in each]
        for url in (
            "pluginitem/",
            f"pluginitem/{item('primary').pk}/change/",
            f"pluginitem/{item('spare').pk}/promote/",
        ):
            with revisions_made() as made:
                response = browser.post(f"/admin/plugin_system/{url}", {"action": "disable", "description": "Forged"})
            assert (response.status_code, made) == (403, [])
