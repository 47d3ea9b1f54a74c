"""Every status that the document promises of every operation, provoked; and no other promised."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from plugin_system.choices import PluginStatus
from plugin_system.failures import note_failure
from plugin_system.models import PluginItem
from plugin_system_api.document import PATH
from tests.api.caller import NOBODY, PERMISSIONS, Caller, Reply, create_user
from tests.api.test_dry_runs import BODIES
from tests.api.test_permissions import ROUTES
from tests.factories import OTP, PRIMARY, set_status

DOCUMENT = json.loads(PATH.read_text(encoding="utf-8"))
PROMISED = [
    (operation["operationId"], int(status))
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    for status in operation["responses"]
    # Whoever is logged in may read the document; only a host's own authentication could refuse that.
    if (operation["operationId"], status) != ("schema", "403")
]
TARGETS = {operation.id: (method, path) for method, path, operation in ROUTES}
# Bodies that assume what is not so.
WRONG_ASSUMPTIONS: dict[str, Any] = {
    "changes_revert": {},
    "plugin_items_bulk_priority": {"items": [{"id": NOBODY, "priority": 1}]},
    "plugin_items_bulk_status": {"select": {"ids": [NOBODY]}, "status": "disable"},
    "plugin_items_promote": {},
    "plugin_items_update": {"status": "disable"},
    "plugin_types_update": {"description": "Codes"},
    "sync_run": {},
}


class Requests:
    """Sends each operation the request that gets a certain status, where one item is all that serves."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        create_user("anna", *PERMISSIONS)
        create_user("powerless")
        set_status("primary", PluginStatus.RESERVED)
        self._number = set_status("primary", PluginStatus.ACTIVE).revision
        # Since then the row has changed again.
        PluginItem.objects.filter(name="primary").update(priority=3)
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)

    def that_gets(self, status: int, name: str) -> Reply:
        """Return the reply to the operation's request."""
        send: Any = getattr(self, f"_get_{status}")
        reply: Reply = send(name)
        return reply

    def _ask(self, name: str, body: Any = None, user: str | None = "anna", **options: Any) -> Reply:
        method, path = TARGETS[name]
        path = options.pop("path", path).replace("changes/1/", f"changes/{self._number}/")
        return Caller(user).send(method, path, BODIES.get(name) if body is None else body, **options)

    def _get_200(self, name: str) -> Reply:
        insists = name in {"changes_revert", "plugin_items_bulk_status"}
        return self._ask(name, {**BODIES[name], "force": True} if insists else None)

    def _get_304(self, name: str) -> Reply:
        return self._ask(name, headers={"If-None-Match": self._ask(name).tag})

    def _get_400(self, name: str) -> Reply:
        return self._ask(name, nonsense=1)

    def _get_401(self, name: str) -> Reply:
        return self._ask(name, user=None)

    def _get_403(self, name: str) -> Reply:
        return self._ask(name, user="powerless")

    def _get_404(self, name: str) -> Reply:
        _, path = TARGETS[name]
        for there, missing in ((str(PRIMARY), NOBODY), (str(OTP), NOBODY), ("/1/", "/999999/")):
            path = path.replace(there, missing)
        return self._ask(name, path=path)

    def _get_409(self, name: str) -> Reply:
        note_failure(PRIMARY, RuntimeError("no credentials"))
        if name == "sync_run":  # A row has the name of a registration in another case.
            PluginItem.objects.filter(name="spare").update(name="Spare")
        with archiving_meanwhile() if name == "plugin_types_update" else nullcontext():
            return self._ask(name, WRONG_ASSUMPTIONS[name])

    def _get_410(self, name: str) -> Reply:
        return self._ask(name, since=999_999)

    def _get_412(self, name: str) -> Reply:
        return self._ask(name, headers={"If-Match": '"0"'})

    def _get_413(self, name: str) -> Reply:
        return self._ask(name, b" " * (256 * 1024 + 1))

    def _get_415(self, name: str) -> Reply:
        return self._ask(name, headers={"Content-Type": "text/plain"})

    def _get_428(self, name: str) -> Reply:
        self._settings.PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH = True
        return self._ask(name, {each: value for each, value in BODIES[name].items() if each != "expected_count"})

    def _get_429(self, name: str) -> Reply:
        self._settings.PLUGIN_SYSTEM_API_WRITE_RATE = "1/hour"
        self._ask(name)
        return self._ask(name)

    def _get_503(self, name: str) -> Reply:
        set_status("primary", PluginStatus.DISABLED)
        return self._ask(name)


@contextmanager
def archiving_meanwhile() -> Iterator[None]:
    """Let somebody archive every plugin type between the look at the row and the lock."""
    waiting = [timezone.now()]

    def archive(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and sql.startswith("UPDATE") and "plugin_system_revisioncounter" in sql:
            moment = waiting.pop()
            with connection.cursor() as cursor:
                cursor.execute("UPDATE plugin_system_plugintype SET archived = %s", [moment])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(archive):
        yield
    assert not waiting


class TestEveryStatusOfEveryOperation:
    @pytest.mark.parametrize(("name", "status"), PROMISED)
    def test_is_answered(self, db: None, settings: Any, name: str, status: int) -> None:
        reply = Requests(settings).that_gets(status, name)
        assert reply.status == status, reply
        described = self.described(name, status)
        if status == 304:
            assert (described.get("content"), reply.content) == (None, b"")
        else:
            assert reply.headers["Content-Type"] in described["content"]
        assert {each.lower() for each in described["headers"]} <= {each.lower() for each in reply.headers}

    def described(self, name: str, status: int) -> Any:
        """Return what the document says of the status."""
        operations = (each for methods in DOCUMENT["paths"].values() for each in methods.values())
        return next(each for each in operations if each["operationId"] == name)["responses"][str(status)]
