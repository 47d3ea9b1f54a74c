"""``manage.py pluginsync``: its options, what it prints, how it exits, what it records."""

import getpass
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from plugin_system.choices import Channel, PluginStatus
from plugin_system.definitions import ItemKey
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.register import register_plugin_item
from plugin_system.registry import plugin_registry
from tests.elsewhere import CORE, HOST_APPS, run_command, sqlite_files, write_package
from tests.factories import (
    MANAGER,
    MODULE,
    PRIMARY,
    SPARE,
    counter_pair,
    item,
    item_registration,
    new_class,
    register_chain,
    revisions_made,
    set_status,
    synced_chain,
    without_apps,
)
from tests.host.otp_sms.plugins import Primary
from tests.test_checks import ORPHAN

pytestmark = [pytest.mark.usefixtures("registry"), pytest.mark.django_db]

CARRIER = f"{MANAGER}:carrier"
PIGEON = f"{CARRIER}/{MODULE}:pigeon"


def pluginsync(*options: str) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("pluginsync", *options, stdout=out)
    return out.getvalue()


def new_release(**changes: Any) -> None:
    """Let code say something else of ``primary``."""
    stated = {"name": "primary", "type_name": "otp", "plugin_class": Primary, "priority": 10}
    register_plugin_item(item_registration(**{**stated, "description": "The first choice", **changes}))


class TestPluginsync:
    def test_gives_registrations_their_rows(self) -> None:
        register_chain(pigeon=10)

        pluginsync()

        assert item("pigeon").priority == 10

    def test_prints_a_row_for_each_difference_and_the_sum(self) -> None:
        synced_chain(pigeon=10)
        new_release(priority=1)
        plugin_registry.remove_item(ItemKey(PluginType.objects.get(name="carrier").key, MODULE, "pigeon"))
        register_plugin_item(
            item_registration(name="owl", plugin_class=new_class(plugin_registry.types()[0].interface))
        )

        printed = pluginsync("--mode", "update", "--prune-missing")

        assert printed.splitlines() == [
            f"create   item  {CARRIER}/{MODULE}:owl     Registered in code.",
            f"update   item  {PRIMARY}     priority: 10 -> 1",
            f"archive  item  {PIGEON}  App {MODULE!r} is installed, but this process has no code for it.",
            f"Done: 1 create, 1 update, 1 archive, 4 unchanged. Revision {counter_pair()[0]}.",
            f"{CARRIER} resolves to {CARRIER}/{MODULE}:owl; before: nothing.",
        ]

    def test_says_so_where_nothing_differs(self) -> None:
        assert pluginsync() == "Done: 4 unchanged. Nothing differed.\n"

    def test_names_the_rows_it_keeps(self) -> None:
        plugin_registry.remove_item(PRIMARY)

        printed = pluginsync()

        assert printed.startswith(f"keep  item  {PRIMARY}  App {MODULE!r} is installed, but this process has no code")
        assert printed.endswith("Done: 1 keep, 3 unchanged. Nothing differed.\n")

    def test_records_door_person_and_reason(self) -> None:
        register_chain(pigeon=10)

        with revisions_made() as made:
            pluginsync("--reason", "Release 7")

        (revision,) = made
        assert (revision.channel, revision.actor, revision.actor_id) == (Channel.COMMAND, getpass.getuser(), "")
        assert revision.reason == "Release 7"


class TestMode:
    def test_is_create_by_default(self) -> None:
        new_release(priority=1, description="New")

        for options in ((), ("--mode", "create")):
            with revisions_made() as made:
                pluginsync(*options)
            assert made == []

    def test_update_refreshes_priority_and_description(self) -> None:
        new_release(priority=1, description="New")

        pluginsync("--mode=update")

        assert (item("primary").priority, item("primary").description) == (1, "New")

    @pytest.mark.parametrize("mode", ["create", "update"])
    def test_leaves_a_disabled_item_disabled(self, mode: str) -> None:
        set_status("primary", PluginStatus.DISABLED)
        new_release(priority=1, status="active")

        pluginsync("--mode", mode)

        assert item("primary").status == PluginStatus.DISABLED

    def test_is_one_of_two(self) -> None:
        with pytest.raises(CommandError, match="invalid choice: 'replace'"):
            pluginsync("--mode", "replace")


class TestPruning:
    def archived(self) -> set[str]:
        return set(PluginItem.all_objects.exclude(archived=None).values_list("name", flat=True))

    def test_archives_the_rows_of_uninstalled_apps_by_default(self) -> None:
        with without_apps(MODULE):
            pluginsync()

        assert self.archived() == {"primary", "secondary", "spare"}

    def test_is_left_out_on_demand(self) -> None:
        with without_apps(MODULE):
            printed = pluginsync("--no-prune")

        assert self.archived() == set()
        assert "archive with pruning." in printed

    def test_spares_missing_rows_of_installed_apps(self) -> None:
        plugin_registry.remove_item(SPARE)

        pluginsync()

        assert self.archived() == set()

    def test_takes_them_too_on_demand(self) -> None:
        plugin_registry.remove_item(SPARE)

        pluginsync("--prune-missing")

        assert self.archived() == {"spare"}


class TestLooking:
    @pytest.mark.parametrize("option", ["--dry-run", "--check"])
    def test_writes_nothing(self, option: str) -> None:
        register_chain(pigeon=10)
        before = counter_pair()

        out = StringIO()
        if option == "--check":
            with pytest.raises(SystemExit):
                call_command("pluginsync", option, stdout=out)
        else:
            call_command("pluginsync", option, stdout=out)

        assert f"create  item  {PIGEON}" in out.getvalue()
        assert "Would do: 2 create, 4 unchanged. Nothing was written." in out.getvalue()
        assert f"{CARRIER} resolves to {PIGEON}; before: nothing." in out.getvalue()
        assert counter_pair() == before
        assert not PluginType.all_objects.filter(name="carrier").exists()

    @pytest.mark.parametrize(
        "options", [("--check",), ("--check", "--dry-run"), ("--check", "--json"), ("--check", "--mode", "update")]
    )
    def test_to_check_exits_with_1_where_a_row_would_change(self, options: tuple[str, ...]) -> None:
        register_chain(pigeon=10)

        with pytest.raises(SystemExit) as caught:
            pluginsync(*options)

        assert caught.value.code == 1

    def test_to_check_passes_where_none_would(self) -> None:
        new_release(priority=1)
        plugin_registry.remove_item(SPARE)

        assert "Would do: 1 keep, 3 unchanged." in pluginsync("--check")

    def test_to_check_sees_what_its_options_would_do(self) -> None:
        new_release(priority=1)

        with pytest.raises(SystemExit):
            pluginsync("--check", "--mode", "update")

    def test_without_check_exits_with_0(self) -> None:
        register_chain(pigeon=10)

        pluginsync("--dry-run")


class TestHelp:
    def test_has_the_exit_codes(self) -> None:
        done = run_command("pluginsync", "--help", **CORE)

        assert done.returncode == 0
        assert all(f"\n  {code}  " in done.stdout for code in (0, 1, 2, 3, 5))
        assert done.stdout.index("--check") < done.stdout.index("--settings")


class TestJson:
    def test_has_the_plan_and_what_resolves_otherwise(self) -> None:
        register_chain(pigeon=10)

        document = json.loads(pluginsync("--json"))

        assert document == {
            "revision": counter_pair()[0],
            "dry_run": False,
            "fingerprint": plugin_registry.fingerprint,
            "counts": {"create": 2, "update": 0, "restore": 0, "archive": 0, "keep": 0, "unchanged": 4},
            "steps": [
                {
                    "action": "create",
                    "kind": "type",
                    "key": CARRIER,
                    "id": str(PluginType.objects.get(name="carrier").pk),
                    "why": "Registered in code.",
                    "before": None,
                    "after": {"description": "Carries"},
                },
                {
                    "action": "create",
                    "kind": "item",
                    "key": PIGEON,
                    "id": str(item("pigeon").pk),
                    "why": "Registered in code.",
                    "before": None,
                    "after": {"priority": 10, "description": "Flies", "status": "active"},
                },
            ],
            "resolves": [{"plugin_type": CARRIER, "before": None, "after": PIGEON}],
        }

    def test_has_before_and_after_of_each_other_step(self) -> None:
        new_release(priority=1)
        plugin_registry.remove_item(SPARE)

        document = json.loads(pluginsync("--json", "--dry-run", "--mode", "update", "--prune-missing"))

        assert (document["revision"], document["dry_run"]) == (None, True)
        steps = {step["key"]: (step["action"], step["before"], step["after"]) for step in document["steps"]}
        assert steps == {
            str(PRIMARY): ("update", {"priority": 10}, {"priority": 1}),
            str(SPARE): ("archive", {"archived": False}, {"archived": True}),
        }


class TestRefusal:
    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_of_a_sync_without_the_reason_that_the_host_demands(self) -> None:
        register_chain(pigeon=10)

        with pytest.raises(CommandError, match="Say why: this host records a reason with every change"):
            pluginsync()
        assert not PluginType.objects.filter(name="carrier").exists()
        # Looking takes no reason: nothing is recorded.
        assert "carrier" in pluginsync("--dry-run")

        pluginsync("--reason", "Release 7")
        assert Revision.objects.get(number=counter_pair()[0]).reason == "Release 7"

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    @pytest.mark.parametrize("options", [(), ("--prune-missing",), ("--json",)])
    def test_takes_no_reason_where_nothing_would_change(self, options: tuple[str, ...]) -> None:
        with revisions_made() as made:
            pluginsync(*options)

        assert made == []

    def test_of_a_reason_that_is_too_long(self) -> None:
        with pytest.raises(CommandError, match="The reason has 501 characters; at most 500 are kept"):
            pluginsync("--reason", "x" * 501)

    def test_of_a_database_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="argument --database: invalid choice: 'nowhere'"):
            pluginsync("--database", "nowhere")

    def test_of_a_wrong_registration(self, packages: Path) -> None:
        """As from a shell; ``call_command`` leaves the system checks out, as it does for every command."""
        write_package(packages, "orphanage", plugins=ORPHAN.format(type_name="nothing"))
        register_chain(pigeon=10)

        with (
            override_settings(INSTALLED_APPS=[*HOST_APPS, "orphanage"]),
            pytest.raises(SystemCheckError, match=r"plugin_system\.E001"),
        ):
            call_command("pluginsync", skip_checks=False)

        assert not PluginType.objects.filter(name="carrier").exists()

    def test_of_a_wrong_registration_is_no_drift(self, packages: Path) -> None:
        write_package(packages, "orphanage", plugins=ORPHAN.format(type_name="nothing"))
        settings = {**CORE, "INSTALLED_APPS": [*CORE["INSTALLED_APPS"], "orphanage"]}

        done = run_command("pluginsync", "--check", "--json", folder=packages, **settings)

        assert done.returncode == 3
        assert "plugin_system.E001" in done.stderr
        error = json.loads(done.stdout)["error"]
        assert error["code"] == "check_failed"
        assert "plugin_system.E001" in error["detail"]

    def test_of_options_that_contradict_each_other(self) -> None:
        with pytest.raises(CommandError, match="--prune-missing: not allowed with argument --no-prune"):
            pluginsync("--no-prune", "--prune-missing")

    def test_before_the_first_migrate_says_what_is_missing(self, tmp_path: Path) -> None:
        done = run_command("pluginsync", DATABASES=sqlite_files(tmp_path, "default"), **CORE)

        assert done.returncode == 5
        assert done.stderr.startswith("CommandError: The database failed: no such table: plugin_system_")
        assert "Is it there, and migrated?" in done.stderr
        assert "Traceback" not in done.stderr
