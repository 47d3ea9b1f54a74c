"""A host of its own, in a process of its own: ``python -m tests.api.hosting SETTINGS`` prints how its API answers."""

import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

import django
from django.conf import settings

from tests import settings as usual

ITEM = "plugin-items/tests.host.otp:otp/tests.host.otp_sms:primary"
OTHER = "plugin-items/tests.host.otp:otp/tests.host.otp_sms:secondary"
TYPE = "plugin-types/tests.host.otp:otp"
HEADERS = ("Allow", "Cache-Control", "Content-Type", "ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID")
# Method, path, body, headers.
REQUESTS: list[tuple[str, str, Any, dict[str, str]]] = [
    ("GET", "plugin-items/", None, {}),
    ("GET", "plugin-items", None, {"Accept": "text/html"}),
    ("HEAD", "plugin-items/", None, {}),
    ("GET", "plugin-items/?page_size=1&page=2&ordering=-name", None, {}),
    ("GET", "plugin-items/?search=%C3%A9", None, {}),
    ("GET", "plugin-items/?format=api", None, {}),
    ("GET", "plugin-items/?limit=1", None, {}),
    ("GET", "plugin-items/?version=2", None, {"Accept": "application/json; version=2; indent=4"}),
    ("GET", f"{ITEM}/", None, {}),
    ("GET", ITEM, None, {}),
    ("GET", "plugin-items/nobody/", None, {"Accept-Language": "fa"}),
    ("GET", f"{TYPE}/resolve-active", None, {}),
    ("GET", f"{TYPE}/", None, {}),
    ("PATCH", ITEM, {"description": "Première, 1 234 567", "priority": 11, "reason": "é"}, {"If-Match": '"1"'}),
    ("GET", f"{TYPE}/resolve-active/", None, {}),
    ("PATCH", f"{ITEM}/", {"priority": 5}, {"If-Match": '"1"'}),
    ("PATCH", f"{ITEM}/", {"priority": "zehn", "status": None, "nobody": 1}, {"Accept-Language": "de"}),
    ("PATCH", f"{ITEM}/", {"priority": 99999}, {}),
    ("PATCH", f"{ITEM}/", b"{", {}),
    ("PATCH", f"{ITEM}/", b'{"priority": NaN}', {}),
    ("PATCH", f"{ITEM}/", b'{"reason": "' + b"x" * 400 + b'"}' + b" " * 200_000, {}),
    ("PATCH", f"{ITEM}/", b" " * 300_000, {}),
    ("PATCH", f"{ITEM}/", "priority=1", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("PUT", f"{ITEM}/", {}, {}),
    ("OPTIONS", f"{ITEM}/", None, {}),
    ("POST", "plugin-items/bulk-status", {"select": {}, "status": "disable"}, {}),
    ("POST", "plugin-items/bulk-status/", {"select": {"module": "x"}, "status": "disable"}, {}),
    ("POST", "plugin-items/bulk-status/", {"select": {"module": "x"}, "status": "disable", "expected_count": 1}, {}),
    ("POST", "plugin-items/bulk-status/", {"select": {"status": "active"}, "status": "disable", "dry_run": True}, {}),
    ("POST", "plugin-items/bulk-priority/", {"items": [{"id": "x"}]}, {}),
    ("POST", "sync", {"dry_run": True, "mode": "update"}, {}),
    ("GET", "changes/?since=1", None, {}),
    ("GET", "changes/?since=99", None, {}),
    ("GET", "schema/", None, {}),
    ("GET", "schema", None, {}),
    ("POST", f"{OTHER}/promote", {"reason": "é"}, {"If-Match": '"1"'}),
    ("POST", f"{OTHER}/promote/", {}, {"If-Match": '"1"'}),
    ("POST", "changes/2/revert", {"dry_run": True}, {}),
    ("POST", "changes/2/revert/", {"reason": "é"}, {}),
    ("POST", "changes/2/revert/", {}, {}),
    ("POST", "changes/77/revert/", {}, {}),
    ("GET", "status/", None, {}),
    ("GET", "status", None, {}),
    ("GET", "plugin-items/", None, {"Authorization": ""}),
    ("GET", "plugin-items/", None, {"Authorization": "Bearer nobody"}),
    ("GET", "plugin-items/", None, {"Authorization": "Bearer powerless"}),
    ("POST", "sync/", {}, {"Authorization": "Bearer powerless"}),
]


def configure(changes: dict[str, Any]) -> None:
    """Set Django up with the usual settings, as far as they are not changed."""
    values = {name: getattr(usual, name) for name in dir(usual) if name.isupper()}
    values["ALLOWED_HOSTS"] = ["testserver"]
    # The tables at once, without their history: it takes half the time.
    apps = ("admin", "auth", "contenttypes", "plugin_system", "prefs", "sessions")
    values["MIGRATION_MODULES"] = dict.fromkeys(apps)
    values["DATABASES"] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    for name, value in changes.items():
        values[name] = {**values.get(name, {}), **value} if isinstance(value, dict) else value
    if values.pop("ATOMIC", False):
        values["DATABASES"]["default"]["ATOMIC_REQUESTS"] = True
    settings.configure(**values)
    # What Django does with a settings module, and not here: without it naive times would be another zone's.
    os.environ["TZ"] = settings.TIME_ZONE
    time.tzset()
    django.setup()


def answer(request: tuple[str, str, Any, dict[str, str]]) -> dict[str, Any]:
    """Return what is the same on every host of the reply to a request."""
    from django.test import Client

    method, path, body, headers = request
    headers = {"X-Request-ID": "run-7", "Authorization": "Bearer anna", **headers}
    content_type = headers.pop("Content-Type", "application/json")
    content = json.dumps(body) if isinstance(body, dict) else body
    arguments = () if content is None else (content, content_type)
    response = Client().generic(method, f"/api/v1/{path}", *arguments, headers=headers)
    text = response.content.decode()
    for moment in re.findall(r'"created_at":"([^"]+)"', text):
        age = datetime.now(UTC) - datetime.fromisoformat(moment)
        assert moment.endswith("Z"), moment
        assert abs(age.total_seconds()) < 600, moment
        text = text.replace(moment, "NOW")
    for day in re.findall(r" on (\d{4}-\d\d-\d\d \d\d:\d\d UTC)", text):
        age = datetime.now(UTC) - datetime.strptime(day, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
        assert abs(age.total_seconds()) < 600, day
        text = text.replace(day, "NOW")
    return {
        "status": response.status_code,
        "headers": {name: _lasting(response.headers.get(name)) for name in HEADERS},
        "content": text if len(text) < 20_000 else f"{len(text)} characters, {hash(text)}",
    }


def _lasting(header: str | None) -> str | None:
    """Return the header without the random part that the tag of an explanation has."""
    return None if header is None else re.sub(r'^"(\d+)-[0-9a-f]{16}-', r'"\1-NONCE-', header)


def answers() -> list[dict[str, Any]]:
    """Return the replies to every request, made by people with and without permissions."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_superuser("anna")
    User.objects.create_user("powerless")
    return [answer(request) for request in REQUESTS]


if __name__ == "__main__":
    configure(json.loads(sys.argv[1]))
    print(json.dumps(answers()))
