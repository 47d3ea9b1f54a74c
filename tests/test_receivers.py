"""What follows ``migrate``, ``flush`` and ``loaddata``."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from plugin_system.choices import Channel, PluginStatus
from plugin_system.helpers import get_plugin_class
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from tests.factories import (
    MODULE,
    PRIMARY,
    counter_pair,
    in_thread,
    item,
    register_chain,
    revisions_made,
    set_status,
    sync,
    without_apps,
)
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary, Secondary
from tests.host.prefs.models import Preference

pytestmark = pytest.mark.usefixtures("registry")


def migrate(*options: str, verbosity: int = 0) -> str:
    out = StringIO()
    call_command("migrate", *options, verbosity=verbosity, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestMigrate:
    def test_gives_new_registrations_their_rows(self) -> None:
        register_chain(pigeon=10)

        with revisions_made() as made:
            migrate()

        (revision,) = made
        assert (revision.channel, revision.actor) == (Channel.MIGRATE, "")
        assert item("pigeon").revision == revision.number

    def test_says_what_it_did(self) -> None:
        register_chain(pigeon=10)

        assert "Synced plugins: 2 create, 4 unchanged." in migrate(verbosity=1)
        assert "Synced plugins" not in migrate(verbosity=1)

    def test_twice_changes_nothing_that_an_operator_decided(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        PluginItem.objects.filter(name="secondary").update(priority=77, description="Mine")

        with revisions_made() as made:
            migrate()
            migrate()

        assert made == []
        assert item("primary").status == PluginStatus.DISABLED
        assert (item("secondary").priority, item("secondary").description) == (77, "Mine")

    def test_prunes_nothing(self) -> None:
        with without_apps(MODULE), revisions_made() as made:
            migrate()

        assert made == []
        assert item("primary").archived is None

    def test_restores_what_is_registered_again(self) -> None:
        with without_apps(MODULE):
            sync(prune=True)

        migrate()

        assert item("primary").archived is None

    @override_settings(PLUGIN_SYSTEM_SYNC_ON_MIGRATE=False)
    def test_leaves_the_rows_alone_where_the_host_wants_it(self) -> None:
        register_chain(pigeon=10)

        with revisions_made() as made:
            migrate()

        assert made == []
        assert not PluginType.objects.filter(name="carrier").exists()

    def test_of_another_app_syncs_too(self) -> None:
        register_chain(pigeon=10)

        migrate("prefs")

        assert item("pigeon").priority == 10


@pytest.mark.django_db(transaction=True)
class TestMigrationsOfThisApp:
    """Statements that change tables need to be outside a transaction."""

    def test_can_be_taken_back_and_made_again(self) -> None:
        try:
            migrate("plugin_system", "zero")
            tables = connection.introspection.table_names()
            assert not [table for table in tables if table.startswith("plugin_system_")]
        finally:
            migrate()

        assert set(PluginItem.objects.values_list("name", flat=True)) == {"primary", "secondary", "spare"}
        assert RevisionCounter.objects.get().value == 1
        assert get_plugin_class(AbstractOTP) is Primary

    def test_that_are_behind_are_no_error(self) -> None:
        """An older migration's tables lack a column that a sync writes."""
        register_chain(pigeon=10)
        field = PluginItem._meta.get_field("archived")
        with connection.schema_editor() as editor:
            editor.remove_field(PluginItem, field)
        try:
            said = migrate(verbosity=1)
        finally:
            with connection.schema_editor() as editor:
                editor.add_field(PluginItem, field)

        assert "Plugins are not synced: the tables of plugin_system are not at their newest migration." in said
        assert not PluginType.objects.filter(name="carrier").exists()


@pytest.mark.django_db(transaction=True)
class TestFlush:
    def test_brings_the_rows_and_the_counter_back(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        assert get_plugin_class(AbstractOTP) is Secondary

        call_command("flush", interactive=False, verbosity=0)

        assert RevisionCounter.objects.get().value == 1
        (revision,) = Revision.objects.all()
        assert (revision.number, revision.channel) == (1, Channel.MIGRATE)
        assert item("primary").status == PluginStatus.ACTIVE
        assert get_plugin_class(AbstractOTP) is Primary

    @override_settings(PLUGIN_SYSTEM_SYNC_ON_MIGRATE=False)
    def test_without_the_sync_leaves_tables_that_can_be_written(self) -> None:
        call_command("flush", interactive=False, verbosity=0)
        assert get_plugin_class(AbstractOTP) is None
        assert not RevisionCounter.objects.exists()

        outcome = sync()

        assert outcome.revision == 1
        assert get_plugin_class(AbstractOTP) is Primary


def dump(folder: Path, *models: str) -> str:
    """Write these models' rows, archived ones included, to a fixture, and return where."""
    path = folder / "dump.json"
    call_command("dumpdata", *models, "--all", output=str(path), verbosity=0)
    return str(path)


def load(path: str) -> None:
    call_command("loaddata", path, verbosity=0)


@pytest.mark.django_db(transaction=True)
class TestLoaddata:
    @pytest.mark.parametrize(
        "models",
        [
            ("plugin_system",),
            ("plugin_system.PluginType", "plugin_system.PluginItem"),
            ("plugin_system.PluginItem", "plugin_system.RevisionCounter"),
        ],
    )
    def test_makes_processes_reload(self, tmp_path: Path, models: tuple[str, ...]) -> None:
        seen = [counter_pair()]
        path = dump(tmp_path, *models)
        set_status("primary", PluginStatus.DISABLED)
        assert get_plugin_class(AbstractOTP) is Secondary
        seen.append(counter_pair())

        in_thread(lambda: load(path))

        assert get_plugin_class(AbstractOTP) is Primary
        assert counter_pair() not in seen

    def test_brings_archived_rows_and_references_back(self, tmp_path: Path) -> None:
        preference = Preference.objects.create(owner="ann", item=item("primary"))
        with without_apps(MODULE):
            sync(prune=True)
        path = dump(tmp_path, "plugin_system", "prefs")
        call_command("flush", interactive=False, verbosity=0)

        load(path)

        assert item("primary").archived is not None
        assert Preference.objects.get().item_id == preference.item_id == PRIMARY.row_id

    def test_of_revisions_alone_leaves_tables_that_can_be_written(self, tmp_path: Path) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED):
            set_status("primary", status)
        path = dump(tmp_path, "plugin_system.Revision", "plugin_system.Change")
        newest = Revision.objects.latest("number").number
        call_command("flush", interactive=False, verbosity=0)
        sync()
        load(path)

        assert set_status("primary", PluginStatus.DISABLED).revision == newest + 1

    @pytest.mark.parametrize("flushes", [False, True])
    def test_of_an_older_state_leaves_tables_that_can_be_written(self, tmp_path: Path, flushes: bool) -> None:
        path = dump(tmp_path, "plugin_system")
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED):
            set_status("primary", status)
        if flushes:
            call_command("flush", interactive=False, verbosity=0)
        load(path)
        newest = Revision.objects.latest("number").number

        with revisions_made() as made:
            set_status("primary", PluginStatus.DISABLED)

        assert [each.number for each in made] == [newest + 1]
        assert Change.objects.filter(revision=newest + 1).count() == 1
