"""Whether all is well, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from plugin_system.choices import PluginStatus
from plugin_system.failures import note_failure
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.api.caller import PERMISSIONS, Caller, create_user
from tests.conftest import Clock
from tests.factories import (
    MANAGER,
    MODULE,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    apps_loading,
    item_registration,
    new_class,
    new_interface,
    set_status,
    sync,
    type_registration,
)

NAMES = ("primary", "secondary", "spare")


def disable_all() -> None:
    for name in NAMES:
        set_status(name, PluginStatus.DISABLED)


class TestTheStatus:
    def test_says_what_serves_and_that_all_is_well(self, api: Caller) -> None:
        reply = api.get("status/")
        assert reply.status == 200
        assert reply.body == {
            "healthy": True,
            "revision": RevisionCounter.objects.get().value,
            "fingerprint": plugin_registry.fingerprint,
            "plugin_types": [
                {
                    "plugin_type": str(OTP),
                    "healthy": True,
                    "reason": "active",
                    "selected": str(PRIMARY),
                    "usable": 3,
                    "unsynced": 0,
                    "counts": {"active": 2, "reserve": 1, "disable": 0},
                    "registered": True,
                }
            ],
            "drift": {"missing": 0, "new": 0, "differing": 0},
            "snapshot": {"revision": None, "age": None, "last_failure_age": None},
            "problems": [],
        }

    def test_says_that_a_reserve_serves(self, api: Caller) -> None:
        for name in ("primary", "secondary"):
            set_status(name, PluginStatus.DISABLED)
        reply = api.get("status/")
        (kind,) = reply.body["plugin_types"]
        assert (reply.status, kind["reason"], kind["selected"]) == (200, "reserve", str(SPARE))

    def test_is_a_503_that_names_the_type_where_nothing_is_usable(self, api: Caller) -> None:
        disable_all()
        reply = api.get("status/")
        (kind,) = reply.body["plugin_types"]
        assert (reply.status, reply.body["healthy"]) == (503, False)
        assert (kind["healthy"], kind["reason"], kind["selected"]) == (False, "nothing_usable", None)
        assert (kind["plugin_type"], kind["counts"]["disable"]) == (str(OTP), 3)
        assert reply.headers["Content-Type"] == "application/json"
        set_status("spare", PluginStatus.ACTIVE)
        assert api.get("status/").status == 200

    def test_is_a_503_where_no_code_is_here(self, api: Caller, registry: None) -> None:
        for key in (PRIMARY, SECONDARY, SPARE):
            plugin_registry.remove_item(key)
        reply = api.get("status/")
        assert (reply.status, reply.body["drift"]["missing"]) == (503, 3)

    def test_is_well_where_a_type_is_another_releases(self, api: Caller) -> None:
        kind = PluginType.objects.create(manager="apps.next", name="mailer")
        PluginItem.objects.create(plugin_type=kind, module="apps.next", name="smtp")
        reply = api.get("status/")
        theirs = reply.body["plugin_types"][0]
        assert (reply.status, reply.body["drift"]["missing"]) == (200, 2)
        assert (theirs["healthy"], theirs["registered"], theirs["reason"]) == (True, False, "nothing_usable")

    def test_is_a_503_where_nothing_could_be_instantiated_lately(self, api: Caller, clock: Clock) -> None:
        for key in (PRIMARY, SECONDARY, SPARE):
            note_failure(key, RuntimeError("no credentials"))
        assert api.get("status/").status == 503
        clock.advance(60)
        assert api.get("status/").status == 200

    def test_is_well_where_a_type_has_no_items(self, api: Caller, registry: None) -> None:
        register_plugin_type(type_registration(interface=new_interface()))
        reply = api.get("status/")
        assert (reply.status, len(reply.body["plugin_types"])) == (200, 2)

    def test_has_the_drift_between_rows_and_code(self, api: Caller, otp: PluginType, registry: None) -> None:
        PluginItem.objects.create(plugin_type=otp, module=MODULE, name="lost")
        interface = new_interface()
        register_plugin_type(type_registration(interface=interface))
        register_plugin_item(item_registration(plugin_class=new_class(interface)))
        PluginItem.objects.filter(name="primary").update(priority=3)
        body = api.get("status/").body
        assert body["drift"] == {"missing": 1, "new": 2, "differing": 1}
        assert body["plugin_types"][0]["unsynced"] == 1
        sync()
        assert api.get("status/").body["drift"]["new"] == 0

    def test_has_the_registrations_that_could_not_take_effect(self, api: Caller, registry: None) -> None:
        with apps_loading():
            register_plugin_item(item_registration(type_name="opt", manager_name=MANAGER))
        reply = api.get("status/")
        (problem,) = reply.body["problems"]
        assert (reply.status, problem["code"]) == (200, "unknown_plugin_type")
        assert f"no app registered the plugin type '{MANAGER}:opt'" in problem["detail"]

    def test_needs_no_permission_on_items(self, caller_with: Callable[..., Caller]) -> None:
        assert caller_with("view_plugintype").get("status").status == 200


class TestWhatTheProcessRemembers:
    @pytest.fixture
    def api(self, committed: None) -> Iterator[Caller]:
        """An operator outside of a transaction, in which nothing would be remembered."""
        user = create_user("anna", *PERMISSIONS)
        yield Caller("anna")
        user.delete()

    def test_has_an_age(self, api: Caller, clock: Clock) -> None:
        get_plugin_instance("otp", MANAGER)
        clock.advance(2.5)
        found = api.get("status/").body["snapshot"]
        assert found == {"revision": RevisionCounter.objects.get().value, "age": 2.5, "last_failure_age": None}

    def test_says_how_long_ago_the_database_failed_but_not_what_it_said(self, api: Caller, clock: Clock) -> None:
        get_plugin_instance("otp", MANAGER)
        clock.advance(2)

        def refuse(*_: Any) -> Any:
            raise OperationalError("could not connect to db.internal as postgres")

        with connection.execute_wrapper(refuse):
            get_plugin_instance("otp", MANAGER)
        clock.advance(4)
        reply = api.get("status/")
        assert (reply.body["snapshot"]["age"], reply.body["snapshot"]["last_failure_age"]) == (6, 4)
        assert b"db.internal" not in reply.content
