"""What plugin types resolve to, over HTTP."""

from typing import Any

import pytest

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.failures import note_failure
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.rows import unrecorded
from plugin_system.services import touch
from tests.api.caller import Caller
from tests.factories import (
    MANAGER,
    PRIMARY,
    SECONDARY,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    set_status,
    sync,
    type_registration,
)

KEY = "tests.host.otp:otp"
PATH = f"plugin-types/{KEY}/resolve-active/"


def verdicts(reply: Any) -> list[tuple[str, str]]:
    return [(each["item"]["name"], each["verdict"]) for each in reply.body["candidates"]]


class TestResolvingAPluginType:
    def test_explains_the_chain(self, api: Caller, primary: PluginItem) -> None:
        reply = api.get(PATH)
        assert reply.status == 200
        assert reply.body["plugin_type"]["key"] == KEY
        assert reply.body["reason"] == "active"
        assert reply.body["selected"] == api.get(f"plugin-items/{PRIMARY}").body
        assert verdicts(reply) == [("primary", "selected"), ("secondary", "outranked"), ("spare", "reserve")]
        assert all(each["explanation"].endswith(".") for each in reply.body["candidates"])

    def test_bears_the_revision_of_the_chain(self, api: Caller) -> None:
        changed = api.patch(f"plugin-items/{PRIMARY}", {"priority": 11})
        assert api.get(PATH).body["revision"] == changed.body["revision"]

    def test_leaves_selected_out_where_nothing_is_eligible(self, api: Caller) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        body = api.get(PATH).body
        assert "selected" not in body
        assert body["reason"] == "nothing_usable"

    def test_says_when_a_function_of_the_type_chooses(self, api: Caller, registry: None) -> None:
        interface = new_interface()
        register_plugin_type(type_registration(interface=interface, get_plugin=lambda plugin_type: None))
        register_plugin_item(item_registration(plugin_class=new_class(interface)))
        sync()
        assert api.get("plugin-types/tests.host.otp:carrier/resolve-active").body["reason"] == "get_plugin"

    def test_names_what_is_missing_here(self, api: Caller, registry: None) -> None:
        plugin_registry.remove_item(PRIMARY)
        assert ("primary", "not_registered") in verdicts(api.get(PATH))


class TestConditionalResolving:
    def test_gives_304_until_something_changes(self, api: Caller) -> None:
        tag = api.get(PATH).tag
        for held in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            reply = api.get(PATH, headers={"If-None-Match": held})
            assert (reply.status, reply.content, reply.tag) == (304, b"", tag)
        api.patch(f"plugin-items/{PRIMARY}", {"priority": 11})
        assert api.get(PATH, headers={"If-None-Match": tag}).status == 200

    @pytest.mark.parametrize("header", ["", "1", '"', "'", '"1', 'W/"1"', "\x7f"])
    def test_heeds_no_tag_that_is_none(self, api: Caller, header: str) -> None:
        assert api.get(PATH, headers={"If-None-Match": header}).status == 200

    def test_sees_both_of_two_changes_at_once(self, api: Caller) -> None:
        tags = [api.get(PATH).tag]
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("primary", status)
            tags.append(api.get(PATH, headers={"If-None-Match": tags[-1]}).tag)
        assert len(set(tags)) == 3

    def test_sees_that_other_code_is_registered(self, api: Caller, registry: None) -> None:
        tag = api.get(PATH).tag
        plugin_registry.remove_item(PRIMARY)
        assert api.get(PATH, headers={"If-None-Match": tag}).status == 200

    def test_sees_what_raw_sql_did_once_that_is_told(self, api: Caller) -> None:
        tag = api.get(PATH).tag
        unrecorded(PluginItem, "default").filter(name="primary").update(status="disable")
        touch()
        reply = api.get(PATH, headers={"If-None-Match": tag})
        assert (reply.status, reply.body["selected"]["name"]) == (200, "secondary")

    def test_sees_that_another_app_is_installed(self, api: Caller, settings: Any) -> None:
        tag = api.get(PATH).tag
        settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "tests.host.prefs"]
        assert api.get(PATH, headers={"If-None-Match": tag}).status == 200

    def test_keeps_no_answer_in_which_an_item_failed_meanwhile(
        self, api: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        explain = services.explain_type

        def fail_first(*args: Any, **kwargs: Any) -> Any:
            note_failure(PRIMARY, RuntimeError("no credentials"))
            return explain(*args, **kwargs)

        monkeypatch.setattr(services, "explain_type", fail_first)
        reply = api.get(PATH)
        assert verdicts(reply)[0] == ("primary", "broken")
        assert "ETag" not in reply.headers

    def test_has_no_tag_while_it_tells_how_long_ago_an_item_failed(self, api: Caller) -> None:
        tag = api.get(PATH).tag
        note_failure(PRIMARY, RuntimeError("no credentials"))
        reply = api.get(PATH, headers={"If-None-Match": tag})
        assert reply.status == 200
        assert "ETag" not in reply.headers
        assert verdicts(reply)[0] == ("primary", "broken")


class TestResolvingEverything:
    def test_has_the_choice_of_every_type(self, api: Caller, registry: None) -> None:
        register_chain("carrier")
        sync()
        reply = api.get("resolve-active/")
        choices = {each["plugin_type"]["name"]: each for each in reply.body["plugin_types"]}
        assert list(choices) == ["carrier", "otp"]
        assert choices["otp"]["selected"]["key"] == str(PRIMARY)
        assert "selected" not in choices["carrier"]
        assert choices["carrier"]["reason"] == "nothing_usable"

    def test_gives_304_until_something_changes(self, api: Caller, registry: None) -> None:
        tag = api.get("resolve-active/").tag
        assert api.get("resolve-active", headers={"If-None-Match": tag}).status == 304
        set_status("primary", PluginStatus.DISABLED)
        reply = api.get("resolve-active/", headers={"If-None-Match": tag})
        assert reply.status == 200
        assert reply.body["plugin_types"][0]["selected"]["key"] == str(SECONDARY)
        plugin_registry.remove_item(SECONDARY)
        assert api.get("resolve-active/", headers={"If-None-Match": reply.tag}).status == 200

    def test_agrees_with_what_code_gets(self, api: Caller) -> None:
        set_status("primary", PluginStatus.DISABLED)
        served = type(get_plugin_instance("otp", MANAGER)).__name__.lower()
        assert api.get("resolve-active/").body["plugin_types"][0]["selected"]["name"] == served
