"""What plugins, settings and failures know of secrets shows at no door, in no record and in no message of a log."""

import functools
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection

from plugin_system.exceptions import NothingUsableError, RegistrationError
from plugin_system.helpers import get_plugin_instance, require_plugin_instance
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.register import register_plugin_item, register_plugin_type
from tests.api.caller import ROOT
from tests.elsewhere import output_of, run_script
from tests.factories import (
    MANAGER,
    MODULE,
    item_registration,
    new_class,
    new_interface,
    sync,
    synced_chain,
    type_registration,
)
from tests.security.doors import admin_urls, api_routes
from tests.security.people import signed_in
from tests.security.test_matrix import BODIES

# One for each place in which a secret can be.
IN_CLASS = "canary-in-class-7d1f"
IN_ARGUMENT = "canary-in-argument-7d1f"
IN_ERROR = "canary-in-error-7d1f"
IN_SELECTOR = "canary-in-selector-7d1f"
IN_SETTINGS = "canary-in-settings-7d1f"
IN_DATABASE = "canary-in-database-7d1f"
CANARY = "canary-in-"
COMMANDS = (
    ["pluginctl", "list"],
    ["pluginctl", "explain"],
    ["pluginctl", "status"],
    ["pluginctl", "history"],
    ["pluginctl", "disable", f"{MODULE}:leaky", "--dry-run"],
    ["pluginctl", "promote", f"{MODULE}:leaky", "--dry-run"],
    ["pluginsync", "--dry-run", "--mode", "update"],
)


@pytest.fixture
def leaky(db: None, registry: None, unthrottled: None, settings: Any, caplog: Any) -> Iterator[PluginType]:
    """A plugin full of secrets that has just failed, in a process that has more of them."""
    caplog.set_level(logging.DEBUG)
    interface = new_interface()

    def fail(self: Any, token: str = IN_ARGUMENT) -> None:
        raise ConnectionError(f"postgres://user:{IN_ERROR}@10.0.0.1/ refused {token}")

    broken = new_class(interface, "Leaky", __init__=fail, API_KEY=IN_CLASS, __repr__=lambda self: IN_CLASS)
    row = synced_chain("carrier", interface, leaky={"plugin_class": broken, "priority": 1}, sound={"priority": 2})
    synced_chain("chosen", interface=new_interface("Chosen"), any=1)
    settings.SECRET_KEY = IN_SETTINGS
    kept = dict(connection.settings_dict)
    connection.settings_dict["PASSWORD"] = IN_DATABASE
    assert type(get_plugin_instance("carrier", MANAGER)).__name__ == "Sound"
    yield row
    connection.settings_dict.clear()
    connection.settings_dict.update(kept)


class TestASecret:
    def test_is_in_no_reply_of_the_api(self, leaky: PluginType) -> None:
        client, texts = signed_in("superuser"), []
        for route in api_routes():
            for target in ({}, {"type": str(leaky.pk), "item": str(leaky.items.get(name="leaky").pk)}):
                body = json.dumps(BODIES.get(route.name, {"x": 1}))
                texts.append(
                    text_of(client.generic(route.method, ROOT + route.path(**target), body, "application/json"))
                )
        texts.append(text_of(client.get(f"{ROOT}plugin-items/", {"search": "leaky"})))
        assert any("leaky" in text for text in texts)
        assert any("broken" in text for text in texts)
        assert_clean(texts)

    def test_is_on_no_page_of_the_admin(self, leaky: PluginType) -> None:
        client, texts = signed_in("superuser"), []
        for page in admin_urls():
            targets = [None, leaky.pk, leaky.items.get(name="leaky").pk] if page.has_target else [None]
            texts += [text_of(client.get(page.path(target))) for target in targets]
        assert any("leaky" in text for text in texts)
        assert_clean(texts)

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_is_printed_by_no_command(self, leaky: PluginType, command: list[str], form: list[str]) -> None:
        assert_clean([printed(*command, *form)])

    def test_is_in_no_record(self, leaky: PluginType) -> None:
        client = signed_in("superuser")
        client.post(f"/admin/plugin_system/pluginitem/{leaky.items.get(name='leaky').pk}/promote/", {"_force": "1"})
        printed("pluginctl", "disable", f"{MODULE}:leaky", "--reason", "INC-12")
        rows = [str(row) for model in (PluginType, PluginItem, Revision, Change, LogEntry) for row in values_of(model)]
        assert any("INC-12" in row for row in rows)
        assert_clean(rows)

    def test_is_in_no_message_of_the_log_but_in_the_traceback(self, leaky: PluginType, caplog: Any) -> None:
        signed_in("superuser").get(f"{ROOT}resolve-active/")
        records = [*caplog.get_records("setup"), *caplog.records]
        messages = [record.getMessage() for record in records]
        assert any("leaky" in message for message in messages)
        assert_clean(messages)
        # The host's log is where the whole exception is; README and SECURITY.md send people there.
        assert [record for record in records if record.exc_info and IN_ERROR in str(record.exc_info[1])]

    def test_is_in_no_error_that_the_host_gets(self, leaky: PluginType) -> None:
        leaky.items.exclude(name="leaky").update(status="disable")
        with pytest.raises(NothingUsableError, match="ConnectionError") as caught:
            require_plugin_instance("carrier", MANAGER)
        assert_clean([str(caught.value)])

    def test_of_a_get_plugin_is_not_in_the_error_either(self, db: None, registry: None) -> None:
        def nothing(plugin_type: Any, token: str) -> None:
            return None

        chosen = functools.partial(nothing, token=IN_SELECTOR)
        register_plugin_type(type_registration(name="picky", interface=new_interface(), get_plugin=chosen))
        sync()
        with pytest.raises(NothingUsableError) as caught:
            require_plugin_instance("picky", MANAGER)
        assert_clean([str(caught.value)])

    def test_of_an_instance_in_the_place_of_a_class_is_not_in_the_refusal(self, registry: None) -> None:
        instance = new_class(name="Keeper", __repr__=lambda self: IN_ARGUMENT)()
        with pytest.raises(RegistrationError, match="Keeper") as caught:
            register_plugin_item(item_registration(plugin_class=instance))
        assert_clean([str(caught.value)])

    def test_of_the_database_is_not_told_when_it_is_away(self) -> None:
        done = run_script(OUTAGE, DATABASES={"default": unreachable()})
        told = output_of(done) + done.stderr
        assert told.count("database failed") == 3
        assert "'last_failure': '" in told
        assert_clean([told])


# What a process says of a database that it cannot reach: by commands, in its log, and in its status.
OUTAGE = """
import logging
from plugin_system.helpers import get_plugin_instance
from plugin_system.snapshot import default_follower
from tests.security.test_secrets import printed

logging.basicConfig(level=logging.DEBUG)
for words in (["pluginctl", "list"], ["pluginctl", "status"], ["pluginsync"]):
    print(printed(*words))
try:
    get_plugin_instance("otp", "tests.host.otp")
except Exception as error:
    print({"last_failure": default_follower.last_failure[0]}, error)
"""


def unreachable() -> dict[str, Any]:
    """Return the settings of a database of the same make that cannot be reached, with a password."""
    kept = ("ENGINE", "USER", "HOST", "OPTIONS")
    facts = {name: value for name, value in connection.settings_dict.items() if name in kept}
    elsewhere = {"NAME": "/nonexistent/db.sqlite3"} if connection.vendor == "sqlite" else {"NAME": "x", "PORT": "1"}
    return {**facts, **elsewhere, "PASSWORD": IN_DATABASE}


def printed(*words: str) -> str:
    """Return everything that the command says, whether or not it succeeds."""
    out, error = StringIO(), ""
    try:
        call_command(*words, stdout=out, stderr=out)
    except (CommandError, SystemExit) as failure:
        error = str(failure)
    return out.getvalue() + error


def text_of(response: Any) -> str:
    """Return a reply whole: status line, headers and body."""
    assert response.status_code < 500
    return f"{response.status_code} {response.headers} {response.content.decode()}"


def values_of(model: Any) -> list[dict[str, Any]]:
    return list(model._base_manager.values())


def assert_clean(texts: list[str]) -> None:
    """Assert that something was looked at and that no secret is in it."""
    assert texts
    assert [text for text in texts if CANARY in text] == []
