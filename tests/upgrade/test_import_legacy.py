"""``pluginctl import-legacy``: what operators decided in the tables of django-plugin-system 1.1 goes on here."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus, SyncMode
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from tests.factories import MANAGER, MODULE, OPERATOR, counter_pair, item, revisions_made, set_status, sync

CONFIG = "tests.host.otp_sms.apps.OtpSmsConfig"


class Legacy:
    """The old tables, as the package's own models make them, and what is in them."""

    def __init__(self, kinds: type[models.Model], items: type[models.Model]) -> None:
        self.kinds, self.items = kinds._default_manager, items._default_manager
        self.kind = self.kinds.create(manager=MANAGER, name="otp", description="In the words of old")

    def add(self, name: str, **values: Any) -> UUID:
        """Add an item and return its id."""
        given = {"module": MODULE, "status": "active", "priority": 10, "description": None, **values}
        row: Any = self.items.create(plugin_type=self.kind, name=name, **given)
        return row.pk


def legacy_models() -> tuple[type[models.Model], type[models.Model]]:
    """Return models of the columns that django-plugin-system 1.1.0 has."""

    class PluginTypeRow(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid4)
        name = models.CharField(max_length=100)
        manager = models.CharField(max_length=100)
        description = models.TextField()

        class Meta:
            app_label = "old"
            db_table = "django_plugin_system_plugintype"

        def __str__(self) -> str:
            return self.name

    class PluginItemRow(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid4)
        # Of a type that raw SQL may have deleted.
        plugin_type = models.ForeignKey(PluginTypeRow, models.DO_NOTHING, db_constraint=False)
        module = models.CharField(max_length=100)
        name = models.CharField(max_length=100)
        status = models.CharField(max_length=10)
        # A small one there, but SQLite keeps any.
        priority = models.IntegerField(default=0)
        description = models.TextField(null=True)  # noqa: DJ001 - As it is there.

        class Meta:
            app_label = "old"
            db_table = "django_plugin_system_pluginitem"

        def __str__(self) -> str:
            return self.name

    return PluginTypeRow, PluginItemRow


@pytest.fixture
def legacy(committed: None) -> Iterator[Legacy]:
    """The old tables beside the new ones, with the one type."""
    with isolate_apps("tests.host.prefs"):
        tables = legacy_models()
        with connection.schema_editor() as editor:
            for table in tables:
                editor.create_model(table)
        yield Legacy(*tables)
        with connection.schema_editor() as editor:
            for table in reversed(tables):
                editor.delete_model(table)


def run(*options: str) -> dict[str, Any]:
    """Import, and return what is printed for machines."""
    out = StringIO()
    call_command("pluginctl", "import-legacy", "--json", *options, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def decided(name: str) -> tuple[str, int]:
    row = item(name)
    return row.status, row.priority


def change_old(legacy: Legacy, name: str = "primary", **values: Any) -> None:
    """Let an operator change the old row."""
    legacy.items.filter(name=name).update(**values)


def forget_everything() -> None:
    """Forget all history but the last records of each row."""
    services.forget_history(older_than=timedelta(0))


class TestImportAgain:
    """The old tables change and are imported again: that an import, or a sync, changed a row here is no decision."""

    @pytest.fixture(autouse=True)
    def imported(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50, description="Of old")
        run("--descriptions")

    def again(self, *options: str) -> tuple[tuple[str, int], str]:
        """Import again; return what is so then, and why the row was left alone, if it was."""
        document = run(*options)
        return decided("primary"), document["matched"][1]["kept"]

    @pytest.mark.parametrize("status", ["disable", "active", "reserve"])
    def test_takes_what_has_changed_there(self, legacy: Legacy, status: str) -> None:
        change_old(legacy, status=status, priority=51)
        assert self.again() == ((status, 51), "")
        change_old(legacy, priority=52)
        assert self.again() == ((status, 52), "")

    def test_says_who_it_is_by_the_request_id(self) -> None:
        assert Revision.objects.latest("number").request_id == "import-legacy"

    @pytest.mark.parametrize("request_id", ["job-7", "j" * 100])
    def test_knows_itself_by_a_request_id_of_the_caller_s_too(self, legacy: Legacy, request_id: str) -> None:
        for priority in (51, 52):
            change_old(legacy, priority=priority)
            services.import_legacy(origin=Origin(request_id=request_id))
            assert decided("primary") == ("reserve", priority)
        assert Revision.objects.latest("number").request_id == f"import-legacy {request_id}"[:100]

    def test_takes_what_has_changed_after_a_sync_in_mode_update(self, legacy: Legacy) -> None:
        call_command("pluginsync", "--mode", "update", stdout=StringIO())
        assert decided("primary") == ("reserve", 10)
        change_old(legacy, priority=51, description="Of late")
        assert self.again("--descriptions") == (("reserve", 51), "")
        assert item("primary").description == "Of late"

    def test_takes_what_a_sync_in_mode_update_has_put_back(self, legacy: Legacy) -> None:
        sync(mode=SyncMode.UPDATE)
        assert self.again() == (("reserve", 50), "")

    @pytest.mark.parametrize("follows", [False, True])
    def test_leaves_alone_what_was_decided_since_though_a_sync_may_follow(self, legacy: Legacy, follows: bool) -> None:
        set_status("primary", "disable")
        number = Revision.objects.latest("number").number
        if follows:
            sync(mode=SyncMode.UPDATE)
        change_old(legacy, status="active", priority=51)
        state, kept = self.again()
        assert state == ("disable", 10 if follows else 50)
        assert kept == f"Decided on here, by revision {number}; --force takes it over."
        assert self.again("--force") == (("active", 51), "")

    def test_takes_what_has_changed_since_it_was_forced(self, legacy: Legacy) -> None:
        set_status("primary", "disable")
        self.again("--force")
        change_old(legacy, status="active")
        assert self.again() == (("active", 50), "")

    @pytest.mark.parametrize("reason", ["", "INC-12 is over"])
    def test_leaves_alone_what_was_reverted(self, legacy: Legacy, reason: str) -> None:
        change_old(legacy, priority=10)
        run()
        change_old(legacy, priority=60)
        number = run()["revision"]
        call_command("pluginctl", "revert", str(number), "--reason", reason, stdout=StringIO())
        state, kept = self.again()
        assert (state, kept) == (("reserve", 10), f"Decided on here, by revision {number + 1}; --force takes it over.")

    def test_leaves_alone_what_an_operator_has_given_the_value_of_code_with_a_reason(self) -> None:
        call_command("pluginctl", "priority", "primary", "10", "--reason", "INC-12", stdout=StringIO())
        state, kept = self.again()
        assert (state, bool(kept)) == (("reserve", 10), True)

    def test_is_not_taken_in_by_a_request_id_of_another_door(self, legacy: Legacy) -> None:
        origin = Origin(channel=Channel.API, request_id="import-legacy")
        selection = services.ItemSelection(ids=(item("primary").pk,))
        services.set_status(items=selection, status=PluginStatus.DISABLED, origin=origin, force=True)
        change_old(legacy, status="active")
        assert self.again()[0] == ("disable", 50)

    def test_knows_what_was_decided_though_old_history_is_forgotten(self, legacy: Legacy) -> None:
        set_status("primary", "disable")
        services.edit_items(edits=[services.ItemEdit(item=item("primary").pk, description="Ours")], origin=OPERATOR)
        forget_everything()
        change_old(legacy, status="active")
        assert self.again()[0] == ("disable", 50)


class TestImportLegacy:
    def test_takes_over_status_and_priority_as_one_revision(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        legacy.add("secondary", status="active", priority=-3)
        with revisions_made() as made:
            run("--reason", "Moving house", "--actor", "ann")
        assert [(each.channel, each.reason, each.actor) for each in made] == [("command", "Moving house", "ann")]
        assert (decided("primary"), decided("secondary")) == (("reserve", 50), ("active", -3))
        assert made[0].resolves[0]["after"].endswith(":secondary")

    def test_says_by_itself_why(self, legacy: Legacy) -> None:
        legacy.add("primary", priority=50)
        with revisions_made() as made:
            run()
        assert made[0].reason == "Taken over from django-plugin-system."

    def test_writes_nothing_the_second_time(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        run()
        with revisions_made() as made:
            document = run()
        assert (made, document["revision"], document["changed_count"]) == ([], None, 0)

    def test_shows_what_it_would_do(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        before = counter_pair()
        document = run("--dry-run")
        assert (document["dry_run"], document["changed_count"]) == (True, 1)
        assert document["resolves"][0]["after"].endswith(":secondary")
        assert (counter_pair(), decided("primary")) == (before, ("active", 10))

    def test_tells_which_row_stands_for_which(self, legacy: Legacy) -> None:
        old = legacy.add("primary")
        assert run()["matched"] == [
            {
                "legacy_id": str(legacy.kind.pk),
                "legacy_key": f"{MANAGER}:otp",
                "id": str(PluginType.objects.get(name="otp").pk),
                "key": f"{MANAGER}:otp",
                "kept": "",
            },
            {
                "legacy_id": str(old),
                "legacy_key": f"{MANAGER}:otp/{MODULE}:primary",
                "id": str(item("primary").pk),
                "key": f"{MANAGER}:otp/{MODULE}:primary",
                "kept": "",
            },
        ]

    def test_knows_an_app_by_its_config(self, legacy: Legacy) -> None:
        legacy.kinds.update(manager="tests.host.otp.apps.OtpConfig")
        legacy.add("primary", module=CONFIG, priority=50)
        document = run()
        assert [each["key"] for each in document["matched"]] == [f"{MANAGER}:otp", f"{MANAGER}:otp/{MODULE}:primary"]
        assert decided("primary") == ("active", 50)

    def test_reports_what_has_no_row_here(self, legacy: Legacy) -> None:
        old = legacy.add("gone", module="apps.gone")
        document = run()
        assert document["unmatched"] == [{"legacy_id": str(old), "legacy_key": f"{MANAGER}:otp/apps.gone:gone"}]
        out = StringIO()
        call_command("pluginctl", "import-legacy", stdout=out)
        assert "apps.gone:gone" in out.getvalue()
        assert "1 of 2 old rows have a row here." in out.getvalue()

    def test_leaves_alone_what_somebody_has_decided_here(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        set_status("primary", "disable")
        number = Revision.objects.latest("number").number
        with revisions_made() as made:
            document = run()
        assert made == []
        assert document["matched"][1]["kept"] == f"Decided on here, by revision {number}; --force takes it over."
        run("--force")
        assert decided("primary") == ("reserve", 50)

    def test_says_what_it_could_not_take_as_it_is(self, legacy: Legacy) -> None:
        legacy.add("primary", status="paused", priority=40000)
        legacy.add("secondary", status="disable", priority=-40000)
        document = run()
        assert (decided("primary"), decided("secondary")) == (("active", 32767), ("disable", -32768))
        clamped = "The old priority {} is none here, -32768 to 32767 are: {} is taken."
        assert [each["kept"] for each in document["matched"][1:]] == [
            f"The old status 'paused' is none here: the item's own is left. {clamped.format(40000, 32767)}",
            clamped.format(-40000, -32768),
        ]

    def test_lists_an_item_whose_old_type_is_gone_as_one_without_row(self, legacy: Legacy) -> None:
        lost = uuid4()
        orphan = legacy.items.create(plugin_type_id=lost, module=MODULE, name="primary", status="disable", priority=1)
        legacy.add("secondary", priority=5)
        document = run()
        assert document["unmatched"] == [{"legacy_id": str(orphan.pk), "legacy_key": f"(gone):{lost}/{MODULE}:primary"}]
        assert (decided("primary"), decided("secondary")) == (("active", 10), ("active", 5))

    @pytest.mark.parametrize("modules", [(MODULE, CONFIG), (CONFIG, MODULE)])
    def test_prefers_the_exact_name_where_two_old_rows_fit_one_here(
        self, legacy: Legacy, modules: tuple[str, str]
    ) -> None:
        for module in modules:
            legacy.add("primary", module=module, status="reserve", priority=50 if module == MODULE else 60)
        document = run()
        assert decided("primary") == ("reserve", 50)
        assert {each["legacy_key"]: each["kept"] for each in document["matched"][1:]} == {
            f"{MANAGER}:otp/{MODULE}:primary": "",
            f"{MANAGER}:otp/{CONFIG}:primary": f"Not taken: '{MANAGER}:otp/{MODULE}:primary' fits this row better.",
        }
        assert len({each["id"] for each in document["matched"][1:]}) == 1

    def test_takes_one_of_two_types_that_fit_one_here(self, legacy: Legacy) -> None:
        config = "tests.host.otp.apps.OtpConfig"
        other = legacy.kinds.create(manager=config, name="otp", description="Not these words")
        legacy.add("primary", priority=50)
        legacy.items.create(plugin_type=other, module=MODULE, name="primary", status="active", priority=60)
        run("--descriptions", "--force")
        assert PluginType.objects.get(name="otp").description == "In the words of old"
        assert decided("primary") == ("active", 50)

    def test_refuses_to_leave_nothing_usable_unless_forced(self, legacy: Legacy) -> None:
        for name in ("primary", "secondary"):
            legacy.add(name, status="disable")
        legacy.add("spare", status="disable", module=f"{MODULE}.spare")
        with pytest.raises(CommandError, match="no usable item") as caught:
            run()
        assert caught.value.returncode == 3
        run("--force")
        assert {decided(name)[0] for name in ("primary", "secondary", "spare")} == {"disable"}

    def test_takes_descriptions_where_it_is_told_to(self, legacy: Legacy) -> None:
        legacy.add("primary", description="Mine")
        run()
        assert item("primary").description == "The first choice"
        run("--descriptions")
        assert (item("primary").description, PluginType.objects.get(name="otp").description) == (
            "Mine",
            "In the words of old",
        )

    def test_leaves_a_status_behind_that_nobody_knows(self, legacy: Legacy) -> None:
        legacy.add("primary", status="paused", priority=50)
        run()
        assert decided("primary") == ("active", 50)

    def test_is_undone_like_any_other_revision(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        number = run()["revision"]
        call_command("pluginctl", "revert", str(number), stdout=StringIO())
        assert decided("primary") == ("active", 10)

    def test_only_reads_the_old_tables(self, legacy: Legacy) -> None:
        legacy.add("primary", status="reserve", priority=50)
        before = list(legacy.items.values())
        run()
        assert list(legacy.items.values()) == before

    def test_needs_the_tables(self, db: None) -> None:
        with pytest.raises(CommandError, match="no tables of django-plugin-system") as caught:
            run()
        assert caught.value.returncode == 3
        assert PluginItem.objects.count() == 3
