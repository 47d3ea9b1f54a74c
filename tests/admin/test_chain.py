"""The chain as a picture, and making an item the one that serves."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.services import explain_type
from tests.admin.pages import LIST, TYPES, Browser
from tests.factories import (
    SECONDARY,
    changes_of,
    item,
    new_interface,
    revisions_made,
    set_status,
    sync,
    synced_chain,
    type_registration,
)


def type_path(row: PluginType) -> str:
    return f"{TYPES}{row.pk}/change/"


def promote_path(row: PluginItem) -> str:
    return f"{LIST}{row.pk}/promote/"


@pytest.mark.usefixtures("registry", "db")
class TestChain:
    def test_gives_each_item_its_verdict_and_sentence_in_order(self, ann: Browser, otp: PluginType) -> None:
        set_status("secondary", PluginStatus.DISABLED)
        text = ann.get(type_path(otp)).text
        assert "primary serves; 1 behind it." in text
        sentences = [each.explanation for each in explain_type(otp).candidates]
        assert [text.index(sentence.partition(" ago")[0][:30]) for sentence in sentences] == sorted(
            text.index(sentence.partition(" ago")[0][:30]) for sentence in sentences
        )
        assert "Disabled by ops" in text
        assert "INC-12" in text

    def test_stands_on_the_page_of_an_item_too(self, ann: Browser, secondary: PluginItem) -> None:
        page = ann.get(f"{LIST}{secondary.pk}/change/")
        assert "primary serves; 2 behind it." in page.text
        assert 'aria-current="true"' in page.html
        assert page.html.count("this item") == 1

    def test_is_shown_to_whoever_may_only_look_without_buttons(self, viewer: Browser, otp: PluginType) -> None:
        page = viewer.get(type_path(otp))
        assert "primary serves" in page.text
        assert "/promote/" not in page.html

    def test_offers_to_promote_what_could_serve(
        self, ann: Browser, otp: PluginType, primary: PluginItem, secondary: PluginItem, spare: PluginItem
    ) -> None:
        plugin_registry.remove_item(spare.key)
        html = ann.get(type_path(otp)).html
        assert promote_path(secondary) in html
        assert promote_path(primary) not in html
        assert promote_path(spare) not in html

    def test_says_what_to_activate_where_nothing_serves(self, ann: Browser, otp: PluginType, spare: PluginItem) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        plugin_registry.remove_item(spare.key)
        text = ann.get(type_path(otp)).text
        assert "Nothing usable: whoever asks for this plugin gets none." in text
        assert "Activate one of these, whose code is here: primary, secondary." in text

    def test_says_what_to_do_where_all_code_is_gone(self, ann: Browser, otp: PluginType) -> None:
        for name in ("primary", "secondary", "spare"):
            plugin_registry.remove_item(item(name).key)
        assert "install the app that provides one" in ann.get(type_path(otp)).text

    def test_says_how_to_register_where_there_is_no_item(self, ann: Browser) -> None:
        assert "Register a class with @plugin_item" in ann.get(type_path(synced_chain("lonely"))).text

    def test_says_where_the_types_own_function_chooses(self, ann: Browser) -> None:
        register_plugin_type(type_registration(name="own", interface=new_interface(), get_plugin=lambda row: None))
        sync()
        page = ann.get(type_path(PluginType.objects.get(name="own")))
        assert "The type's own function, get_plugin, chooses at each call." in page.text

    def test_shows_what_people_and_code_wrote_as_text(self, ann: Browser) -> None:
        kind = synced_chain("odd", one={"name": "<i>one", "priority": 1, "description": "<script>alert(1)</script>"})
        ann.act("disable", PluginItem.objects.get(plugin_type=kind), reason="<script>alert(2)</script>", _force="1")
        page = ann.get(type_path(kind))
        assert "<i>one" not in page.html
        assert "<script>alert(" not in page.html
        assert "&lt;script&gt;alert(2)" in page.html

    def test_takes_as_many_queries_for_3_items_as_for_40(self, ann: Browser) -> None:
        counts = []
        for count in (3, 40):
            kind = synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
            ann.get(type_path(kind))
            with CaptureQueriesContext(connection) as queries:
                ann.client.get(type_path(kind))
            counts.append(len(queries))
        assert counts[0] == counts[1]


@pytest.mark.usefixtures("registry", "db")
class TestPromoting:
    def test_shows_first_what_it_would_do(self, ann: Browser, secondary: PluginItem) -> None:
        with revisions_made() as made:
            page = ann.get(promote_path(secondary))
        assert made == []
        assert "tests.host.otp:otp tests.host.otp_sms:primary → tests.host.otp_sms:secondary" in page.text
        assert "priority: 20 → 9" in page.text

    def test_ends_on_a_page_that_its_operator_may_see(
        self, signed_in: Callable[..., Browser], secondary: PluginItem
    ) -> None:
        eve = signed_in("eve", "view_pluginitem", "change_pluginitem")
        form = eve.get(promote_path(secondary)).form("plugin-ask")
        page = eve.post(promote_path(secondary), form.filled())
        assert page.status == 200
        assert any(each.startswith("Done, as revision") for each in page.messages)

    def test_is_one_revision_with_history(self, ann: Browser, secondary: PluginItem) -> None:
        form = ann.get(promote_path(secondary)).form("plugin-ask")
        with revisions_made() as made:
            page = ann.post(promote_path(secondary), form.filled(reason="INC-12"))
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "ann", "INC-12")
        assert changes_of(revision) == {str(SECONDARY): ({"priority": 20}, {"priority": 9})}
        assert f"Done, as revision {revision.number}." in page.messages
        assert "secondary serves; 2 behind it." in page.text
        (entry,) = LogEntry.objects.all()
        assert entry.object_id == str(secondary.pk)

    def test_says_where_there_is_nothing_to_do(self, ann: Browser, primary: PluginItem) -> None:
        page = ann.get(promote_path(primary))
        assert "Nothing: everything is so already." in page.text
        with revisions_made() as made:
            page = ann.post(promote_path(primary), page.form("plugin-ask").filled())
        assert made == []
        assert page.messages == ["Nothing was changed: everything is so already."]

    def test_refuses_an_item_without_code(self, ann: Browser, secondary: PluginItem) -> None:
        form = ann.get(promote_path(secondary)).form("plugin-ask")
        plugin_registry.remove_item(secondary.key)
        page = ann.get(promote_path(secondary))
        assert "would not serve" in page.text
        assert "Let it serve" not in page.html
        with revisions_made() as made:
            page = ann.post(promote_path(secondary), {**form.filled(), "_force": "1"})
        assert made == []
        assert "would not serve" in page.text

    def test_needs_the_permission_to_change(
        self, viewer: Browser, signed_in: Callable[..., Browser], secondary: PluginItem
    ) -> None:
        for browser in (viewer, signed_in("types", "view_plugintype", "change_plugintype")):
            assert browser.client.get(promote_path(secondary)).status_code == 403
            assert browser.client.post(promote_path(secondary)).status_code == 403
        assert item("secondary").priority == 20

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_asks_why_where_the_host_demands_a_reason(self, ann: Browser, secondary: PluginItem) -> None:
        page = ann.get(promote_path(secondary))
        assert "id_reason" in page.html
        with revisions_made() as made:
            page = ann.post(promote_path(secondary), page.form("plugin-ask").filled(reason=" "))
        assert made == []
        with revisions_made() as made:
            ann.post(promote_path(secondary), page.form("plugin-ask").filled(reason="INC-12"))
        assert [each.reason for each in made] == ["INC-12"]

    @pytest.mark.parametrize("identity", ["nonsense", "%00", "00000000-0000-0000-0000-000000000000"])
    def test_of_an_unknown_item_says_so(self, ann: Browser, identity: str) -> None:
        page = ann.get(f"{LIST}{identity}/promote/")
        assert page.messages == ["There is no such item; it may have been archived."]
        assert ann.post(f"{LIST}{identity}/promote/", {}).status == 200

    @pytest.mark.parametrize("reason", ["\x00", "x" * 501])
    def test_refuses_a_damaged_reason(self, ann: Browser, secondary: PluginItem, reason: str) -> None:
        with revisions_made() as made:
            assert ann.post(promote_path(secondary), {"reason": reason}).status == 200
        assert made == []
