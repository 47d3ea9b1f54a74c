"""A caller of the API, and what it gets."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Permission, User
from django.test import Client

ROOT = "/api/v1/"
# The id of no row.
NOBODY = "a2f5b7c0-0000-4000-8000-000000000000"
PERMISSIONS = (
    "view_plugintype",
    "change_plugintype",
    "view_pluginitem",
    "change_pluginitem",
    "view_change",
    "sync_plugins",
    "prune_plugins",
)


class Reply:
    """The status, the headers and the body of a reply."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers: Any = response.headers
        self.content: bytes = response.content
        self.body: Any = json.loads(response.content) if "json" in response.headers.get("Content-Type", "") else None

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json"
        return self.body["code"]

    @property
    def pointers(self) -> list[str]:
        """Where a problem says that the request is wrong."""
        return [each["pointer"] for each in self.body["errors"]]

    @property
    def tag(self) -> str:
        return self.headers["ETag"]

    def __repr__(self) -> str:
        return f"{self.status} {self.body!r}"


class Caller:
    """Sends requests in the name of a user, or of nobody."""

    def __init__(self, user: str | None = None, **options: Any) -> None:
        headers = {} if user is None else {"Authorization": f"Bearer {user}"}
        self.client = Client(headers=headers, **options)

    def send(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> Reply:
        url = f"{ROOT}{path}"
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        if body is None:
            return Reply(self.client.generic(method, url, headers=headers))
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return Reply(self.client.generic(method, url, content, content_type="application/json", headers=headers))

    def get(self, path: str, headers: Any = None, **query: Any) -> Reply:
        return self.send("GET", path, headers=headers, **query)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.send("POST", path, {} if body is None else body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.send("PATCH", path, {} if body is None else body, **options)


def create_user(name: str, *permissions: str) -> User:
    """Return a new user with these permissions on the plugin system."""
    user = User.objects.create_user(name)
    found = Permission.objects.filter(content_type__app_label="plugin_system", codename__in=permissions)
    assert len(found) == len(permissions)
    user.user_permissions.set(found)
    return user
