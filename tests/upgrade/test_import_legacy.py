"""``pluginctl import-legacy``: what operators decided in the tables of django-plugin-system 1.1 goes on here."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from plugin_system.models import PluginItem, PluginType, Revision
from tests.factories import MANAGER, MODULE, counter_pair, item, revisions_made, set_status

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
        plugin_type = models.ForeignKey(PluginTypeRow, models.CASCADE)
        module = models.CharField(max_length=100)
        name = models.CharField(max_length=100)
        status = models.CharField(max_length=10)
        priority = models.SmallIntegerField(default=0)
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
