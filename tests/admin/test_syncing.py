"""Syncing from the admin, and what the lists say where nothing is."""

from collections.abc import Callable

import pytest
from django.test import override_settings

from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from tests.admin.conftest import OPERATES
from tests.admin.pages import LIST, TYPES, Browser
from tests.factories import item, register_chain, revisions_made, set_status, sync

SYNC = f"{TYPES}sync/"


@pytest.fixture
def syncer(signed_in: Callable[..., Browser]) -> Browser:
    """An operator who may sync."""
    return signed_in("sue", *OPERATES, "sync_plugins")


@pytest.fixture
def pruner(signed_in: Callable[..., Browser]) -> Browser:
    """An operator who may sync and archive."""
    return signed_in("pam", *OPERATES, "sync_plugins", "prune_plugins")


@pytest.mark.usefixtures("registry", "db")
class TestSyncing:
    def test_is_offered_to_whoever_may(self, ann: Browser, syncer: Browser) -> None:
        assert syncer.get(TYPES).links["Sync now"] == SYNC
        assert "Sync now" not in ann.get(TYPES).links
        assert ann.client.get(SYNC).status_code == 403
        assert ann.client.post(SYNC).status_code == 403

    def test_says_where_there_is_nothing_to_do(self, syncer: Browser) -> None:
        page = syncer.get(SYNC)
        assert "Rows and code agree: there is nothing to do." in page.text
        assert "4 unchanged." in page.text

    def test_shows_the_plan_before_it_does_anything(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        with revisions_made() as made:
            page = syncer.get(SYNC)
        assert made == []
        assert "2 to create, 4 unchanged." in page.text
        assert "tests.host.otp:late/tests.host.otp_sms:one Registered in code." in page.text
        assert "2 registrations in code have no row yet." in syncer.get(TYPES).text

    def test_says_what_keeps_it_from_being_done(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        form = syncer.get(SYNC).form("plugin-sync")
        PluginItem.objects.filter(name="spare").update(name="Spare")
        with revisions_made() as made:
            pages = [syncer.get(SYNC), syncer.post(SYNC, form.filled(reason="Deployed"))]
        assert made == []
        for page in pages:
            (message,) = page.messages
            assert "differs only in case or accents from the row" in message
            assert ".update(name='spare')" in message

    def test_is_one_revision(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        form = syncer.get(SYNC).form("plugin-sync")
        with revisions_made() as made:
            page = syncer.post(SYNC, form.filled(reason="Deployed"))
        (revision,) = made
        assert (revision.channel, revision.actor, revision.reason) == (Channel.ADMIN, "sue", "Deployed")
        assert page.messages == [
            f"Synced, as revision {revision.number}: 2 created, 4 unchanged.",
            "Serving tests.host.otp:late now: tests.host.otp_sms:one; before: nothing.",
        ]
        assert "late" in page.links

    def test_takes_over_from_code_what_it_is_told_to(self, syncer: Browser, primary: PluginItem) -> None:
        syncer.act("raise_priority", primary)
        assert "nothing to do" in syncer.get(SYNC).text
        page = syncer.get(SYNC, mode="update")
        assert "priority: 9 → 10" in page.text
        syncer.post(SYNC, page.form("plugin-sync").filled())
        assert item("primary").priority == 10

    def test_never_changes_a_status(self, pruner: Browser) -> None:
        set_status("primary", PluginStatus.DISABLED)
        page = pruner.get(SYNC, mode="update", prune="on", prune_missing="on")
        pruner.post(SYNC, page.form("plugin-sync").filled())
        assert item("primary").status == "disable"

    def test_archives_only_for_whoever_may(self, syncer: Browser, pruner: Browser, spare: PluginItem) -> None:
        plugin_registry.remove_item(spare.key)
        assert "prune" not in {name for form in syncer.get(SYNC).forms for name in form.fields}
        for query in ({"prune": "on"}, {"prune_missing": "on"}, {"prune_missing": ""}):
            assert syncer.client.get(SYNC, query).status_code == 403
            assert syncer.client.post(SYNC, query).status_code == 403
        page = pruner.get(SYNC, prune_missing="on")
        assert "1 to archive" in page.text
        pruner.post(SYNC, page.form("plugin-sync").filled())
        assert item("spare").archived is not None

    def test_keeps_rows_without_code_unless_told_otherwise(self, pruner: Browser, spare: PluginItem) -> None:
        plugin_registry.remove_item(spare.key)
        page = pruner.get(SYNC)
        assert "1 kept" in page.text
        assert "nothing to do" in page.text

    def test_does_nothing_where_the_plan_has_become_another(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        form = syncer.get(SYNC).form("plugin-sync")
        register_chain("later", two=2)
        with revisions_made() as made:
            page = syncer.post(SYNC, form.filled())
        assert made == []
        assert page.messages == ["The plan is another one now, and nothing was done. Look at it again."]
        assert "4 to create" in page.text

    def test_says_so_where_another_process_was_faster(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        form = syncer.get(SYNC).form("plugin-sync")
        sync()
        with revisions_made() as made:
            page = syncer.post(SYNC, form.filled())
        assert made == []
        assert "nothing to do" in page.text

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_where_the_host_does(self, syncer: Browser) -> None:
        register_chain("late", one=1)
        page = syncer.get(SYNC)
        with revisions_made() as made:
            page = syncer.post(SYNC, page.form("plugin-sync").filled())
        assert made == []
        assert page.messages == ["Say why: this host records a reason with every change."]
        with revisions_made() as made:
            syncer.post(SYNC, page.form("plugin-sync").filled(reason="Deployed"))
        assert [each.reason for each in made] == ["Deployed"]

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"plan": "nonsense"},
            {"plan": "\x00"},
            {"mode": "nonsense"},
            {"mode": "\x00"},
            {"reason": "\x00"},
            {"reason": "x" * 501},
        ],
    )
    def test_survives_damaged_values(self, syncer: Browser, data: dict[str, str]) -> None:
        register_chain("late", one=1)
        right = {} if not data else syncer.get(SYNC).form("plugin-sync").filled()
        with revisions_made() as made:
            page = syncer.post(SYNC, {**right, **data})
        assert page.status == 200
        assert len(made) == ("mode" in data)
        assert syncer.client.get(SYNC, data).status_code == 200

    def test_shows_what_code_wrote_as_text(self, syncer: Browser) -> None:
        register_chain("late", one={"name": "<b>one", "priority": 1, "description": "<script>alert(1)</script>"})
        page = syncer.get(SYNC)
        assert "<b>one" not in page.html
        assert "<script>alert(1)" not in page.html

    def test_names_registrations_that_could_not_take_effect(
        self, syncer: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from plugin_system.exceptions import InvalidPluginClassError

        refused = {item("primary").key: InvalidPluginClassError("The class <b>X</b> has no method 'send'.")}
        monkeypatch.setattr(plugin_registry, "_refused", refused)
        for path in (SYNC, TYPES):
            page = syncer.get(path)
            assert "has no method 'send'." in page.text
            assert "<b>X" not in page.html


@pytest.mark.usefixtures("registry", "db")
class TestEmptyLists:
    @pytest.fixture
    def emptied(self, db: None) -> None:
        PluginItem.all_objects.all().delete()
        PluginType.all_objects.all().delete()

    @pytest.mark.usefixtures("emptied")
    def test_say_how_to_register_and_sync(self, syncer: Browser) -> None:
        for path in (TYPES, LIST):
            page = syncer.get(path)
            assert "Nothing is here yet" in page.text
            assert "from plugin_system.register import plugin_item, plugin_type" in page.text
            assert "python manage.py pluginsync" in page.text
            assert page.links["See what a sync would do"] == SYNC

    @pytest.mark.usefixtures("emptied")
    def test_offer_no_sync_to_whoever_may_not(self, ann: Browser) -> None:
        for path in (TYPES, LIST):
            assert "Nothing is here yet" in ann.get(path).text
            assert SYNC not in ann.get(path).html

    def test_lead_back_where_a_filter_leaves_nothing(self, ann: Browser) -> None:
        page = ann.get(LIST, q="nonsense")
        assert "No item fits." in page.text
        assert page.links["Show all of them"] == "?"

    def test_name_the_types_with_nothing_usable(self, ann: Browser) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        assert "tests.host.otp:otp has nothing usable" in ann.get(TYPES).text
