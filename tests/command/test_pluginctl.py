import getpass
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.management.commands.pluginctl import ACTIONS
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.registry import plugin_registry
from tests.command.running import PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME, ctl
from tests.elsewhere import CORE, run_command
from tests.factories import (
    MODULE,
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    counter_pair,
    item,
    revisions_made,
    set_status,
    sync,
    synced_chain,
)

pytestmark = pytest.mark.django_db


class TestList:
    def test_is_a_table_in_the_order_of_serving(self) -> None:
        assert ctl("list").lines == [
            "TYPE                ITEM                            STATUS   PRIORITY  VERDICT",
            "tests.host.otp:otp  tests.host.otp_sms:primary      active   10        selected",
            "tests.host.otp:otp  tests.host.otp_sms:secondary    active   20        outranked",
            "tests.host.otp:otp  tests.host.otp_sms.spare:spare  reserve  0         reserve",
        ]

    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            (["--status", "reserve"], ["spare"]),
            (["--module", MODULE], ["primary", "secondary"]),
            (["--type", "otp"], ["primary", "secondary", "spare"]),
            (["--type", "otp", "--module", MODULE, "--status", "disable"], []),
        ],
    )
    def test_is_narrowed(self, arguments: list[str], names: list[str]) -> None:
        document = ctl("list", "--json", *arguments).document

        assert [each["name"] for each in document["results"]] == names
        assert document["count"] == len(names)

    def test_has_the_fields_of_the_api_as_json(self) -> None:
        assert ctl("list", "--json", "--status", "reserve").document["results"] == [
            {
                "id": str(item("spare").pk),
                "key": str(SPARE),
                "plugin_type": str(item("spare").plugin_type_id),
                "plugin_type_key": str(OTP),
                "module": SPARE.module,
                "name": "spare",
                "status": "reserve",
                "priority": 0,
                "description": "The reserve",
                "state": "registered",
                "revision": item("spare").revision,
                "verdict": "reserve",
            }
        ]

    def test_says_what_to_do_when_it_is_empty(self) -> None:
        PluginType.objects.all().delete()

        for action in ("list", "explain", "status"):
            assert "pluginsync" in ctl(action).out


class TestExplain:
    def test_shows_the_chain_with_a_verdict_and_a_sentence_for_each_item(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        Revision.objects.update(created_at=timezone.now() - timedelta(hours=2, minutes=1))

        done = ctl("explain", "otp")

        assert done.exit_code == 0
        assert done.lines[0] == f"{OTP}: {SECONDARY_NAME} serves (active)."
        assert [line.split(maxsplit=5) for line in done.lines[2:3]] == [
            ["->", SECONDARY_NAME, "active", "20", "selected", "Serves: first of the active items with priority 20."]
        ]
        assert done.lines[-1].endswith("disable  10        disabled  Disabled by ops 2 h ago: INC-12.")

    def test_says_when_nothing_serves(self, registry: None) -> None:
        for key in (PRIMARY, SECONDARY, SPARE):
            plugin_registry.remove_item(key)

        done = ctl("explain", "otp")

        assert done.lines[0] == f"{OTP}: nothing usable."
        assert done.out.count("registers no code for it in this process") == 3

    def test_is_as_in_the_api_as_json(self) -> None:
        document = ctl("explain", str(OTP), "--json").document

        assert list(document) == ["plugin_type", "revision", "reason", "selected", "candidates"]
        assert document["plugin_type"]["key"] == str(OTP)
        assert document["selected"]["key"] == str(PRIMARY)
        assert [each["verdict"] for each in document["candidates"]] == ["selected", "outranked", "reserve"]
        assert list(document["candidates"][0]) == ["item", "verdict", "explanation"]

    def test_shows_every_type_when_none_is_named(self, registry: None) -> None:
        synced_chain("other", one=1)

        done = ctl("explain", "--json")

        assert [each["plugin_type"]["name"] for each in done.document["plugin_types"]] == ["other", "otp"]


class TestStatus:
    def test_shows_what_serves_and_ends_with_0_when_all_is_well(self) -> None:
        done = ctl("status")

        assert done.exit_code == 0
        assert done.lines[1].split() == [str(OTP), PRIMARY_NAME, "active", "2", "1", "0"]
        assert f"Healthy. Revision {counter_pair()[0]}, fingerprint {services.fingerprint()}." in done.lines
        assert "Drift: 0 missing, 0 new, 0 differing from code." in done.lines

    def test_ends_with_1_when_a_type_has_nothing_usable(self) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)

        done = ctl("status")

        assert done.exit_code == 1
        assert done.lines[1].endswith("NOTHING USABLE")
        assert "UNHEALTHY" in done.out
        assert ctl("status", "--json").document["healthy"] is False

    def test_shows_drift(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)

        assert (
            "Drift: 1 missing, 0 new, 0 differing from code. See manage.py pluginsync --dry-run." in ctl("status").out
        )


class TestStatusActions:
    @pytest.mark.parametrize(
        ("action", "status"), [("enable", "active"), ("reserve", "reserve"), ("disable", "disable")]
    )
    def test_give_all_named_items_the_status_in_one_revision(self, action: str, status: str) -> None:
        start = PluginStatus.RESERVED if action == "enable" else PluginStatus.ACTIVE
        for name in ("primary", "secondary"):
            set_status(name, start)
        set_status("spare", PluginStatus.ACTIVE)

        with revisions_made() as made:
            done = ctl(action, PRIMARY_NAME, SECONDARY_NAME, "--reason", "INC-12", "--actor", "ann")

        (revision,) = made
        assert done.exit_code == 0
        assert (revision.channel, revision.actor, revision.reason) == ("command", "ann", "INC-12")
        assert set(changes_of(revision)) == {str(PRIMARY), str(SECONDARY)}
        assert {item(name).status for name in ("primary", "secondary")} == {status}

    def test_say_what_changed_and_what_resolves(self) -> None:
        done = ctl("disable", PRIMARY_NAME)

        assert done.lines == [
            f"{PRIMARY}  status: active -> disable",
            f"{OTP} resolves: {PRIMARY_NAME} -> {SECONDARY_NAME}",
            f"Revision {counter_pair()[0]}.",
        ]

    def test_say_when_nothing_differed(self) -> None:
        done = ctl("enable", PRIMARY_NAME)

        assert done.lines == [
            f"{PRIMARY}  unchanged",
            f"{OTP} resolves: {PRIMARY_NAME}, as before",
            "Nothing differed: nothing was written.",
        ]

    def test_show_and_write_nothing_in_a_dry_run(self) -> None:
        with revisions_made() as made:
            done = ctl("disable", PRIMARY_NAME, "--dry-run")

        assert made == []
        assert done.lines[1:] == [
            f"{OTP} resolves: {PRIMARY_NAME} -> {SECONDARY_NAME}",
            "Dry run: nothing was written.",
        ]

    def test_are_as_in_the_api_as_json(self) -> None:
        document = ctl("disable", PRIMARY_NAME, SECONDARY_NAME, "--json").document

        assert document["revision"] == counter_pair()[0]
        assert (document["dry_run"], document["changed_count"], document["unchanged_count"]) == (False, 2, 0)
        assert document["resolves"] == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}]
        first = document["items"][0]
        assert (first["changed"], first["before"], first["after"]) == (
            True,
            {"status": "active"},
            {"status": "disable"},
        )
        assert first["item"]["status"] == "disable"

    def test_refuse_to_leave_nothing_usable_unless_forced(self) -> None:
        everything = [PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME]

        refused = ctl("disable", *everything)

        assert refused.exit_code == 3
        assert refused.error == (
            f"This would leave '{OTP}' with no usable item; activate another item first, or use --force."
        )
        assert item("primary").status == PluginStatus.ACTIVE
        assert ctl("disable", *everything, "--force").exit_code == 0
        assert ctl("status").exit_code == 1

    def test_that_are_refused_in_a_dry_run_say_how_to_see_them(self) -> None:
        everything = [PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME, "--dry-run"]

        refused = ctl("disable", *everything)

        assert refused.exit_code == 3
        assert refused.error.endswith(" or use --force. See what it would do with --dry-run --force.")
        assert f"{OTP} resolves: {PRIMARY_NAME} -> nothing" in ctl("disable", *everything, "--force").lines

    def test_are_recorded_with_the_login_name_by_default(self) -> None:
        ctl("disable", PRIMARY_NAME)

        assert Revision.objects.latest("number").actor == getpass.getuser()

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demand_a_reason_where_the_host_does(self) -> None:
        done = ctl("disable", PRIMARY_NAME)

        assert done.exit_code == 2
        assert done.error == "Say why: this host records a reason with every change. Use --reason."
        assert ctl("disable", PRIMARY_NAME, "--dry-run").exit_code == 0


class TestPromote:
    def test_makes_the_item_the_one_that_serves(self) -> None:
        done = ctl("promote", SECONDARY_NAME, "--reason", "INC-12")

        assert done.lines[:2] == [
            f"{SECONDARY}  priority: 20 -> 9",
            f"{OTP} resolves: {PRIMARY_NAME} -> {SECONDARY_NAME}",
        ]

    def test_refuses_an_item_that_does_not_load(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)

        done = ctl("promote", SPARE_NAME)

        assert done.exit_code == 3
        assert "registers no code" in done.error


class TestPriority:
    def test_gives_each_item_its_own_in_one_revision(self) -> None:
        with revisions_made() as made:
            done = ctl("priority", PRIMARY_NAME, "30", SECONDARY_NAME, "-5")

        assert len(made) == 1
        assert (item("primary").priority, item("secondary").priority) == (30, -5)
        assert f"{SECONDARY}  priority: 20 -> -5" in done.lines

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([PRIMARY_NAME], "has no priority behind it"),
            ([PRIMARY_NAME, "high"], "'high' behind 'tests.host.otp_sms:primary' is not an integer"),
            ([PRIMARY_NAME, "99999"], "outside -32768 to 32767"),
            ([PRIMARY_NAME, "1", PRIMARY_NAME, "2"], "named twice"),
        ],
    )
    def test_refuses_what_is_no_priority(self, arguments: list[str], said: str) -> None:
        done = ctl("priority", *arguments)

        assert done.exit_code == 2
        assert said in done.error


class TestHistory:
    def test_has_the_newest_first_with_who_when_why_and_what(self) -> None:
        ctl("disable", PRIMARY_NAME, "--reason", "INC-12", "--actor", "ann")
        number = counter_pair()[0]

        first, *rest = ctl("history", "--limit", "1").lines

        assert first.startswith(f"{number}  ")
        assert first.endswith("  ann  command  INC-12")
        assert rest == [
            f"  {PRIMARY}  status: active -> disable",
            f"  {OTP} resolves: {PRIMARY_NAME} -> {SECONDARY_NAME}",
        ]

    def test_goes_on_from_a_revision_in_order(self) -> None:
        start = counter_pair()[0]
        for name in (SECONDARY_NAME, PRIMARY_NAME):
            ctl("disable", name)

        document = ctl("history", "--since", str(start), "--json").document

        assert document["revision"] == start + 2
        assert [each["revision"] for each in document["results"]] == [start + 1, start + 2]
        assert document["results"][1]["changes"] == [
            {
                "kind": "item",
                "key": str(PRIMARY),
                "row_id": str(item("primary").pk),
                "before": {"status": "active"},
                "after": {"status": "disable"},
            }
        ]
        assert document["results"][1]["resolves"] == [
            {"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}
        ]

    def test_is_refused_from_a_revision_that_is_not_there_yet(self) -> None:
        done = ctl("history", "--since", "4711")

        assert done.exit_code == 3
        assert "read everything again" in done.error

    @pytest.mark.parametrize(
        "arguments",
        [["--item", PRIMARY_NAME], ["--actor", "ann"], ["--channel", "command"], ["--type", "otp", "--limit", "1"]],
    )
    def test_is_narrowed(self, arguments: list[str]) -> None:
        set_status("secondary", PluginStatus.DISABLED)
        ctl("disable", PRIMARY_NAME, "--actor", "ann")

        found = ctl("history", "--json", *arguments).document["results"]

        assert found[0]["revision"] == counter_pair()[0]
        assert all(each["actor"] != "ops" for each in found)

    def test_knows_rows_that_are_gone(self) -> None:
        item("spare").delete()
        PluginType.objects.all().delete()

        assert ctl("history", "--item", str(SPARE), "--json").document["results"][0]["changes"][0]["after"] is None
        assert ctl("history", "--type", str(OTP), "--json").document["results"]
        assert ctl("history", "--item", f"{OTP}/nobody:knows").exit_code == 4

    def test_cuts_long_revisions_short(self, registry: None) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(30)})

        assert "  ... and 21 more; --json has all." in ctl("history", "--limit", "1").lines


class TestRevert:
    def test_gives_back_what_a_revision_changed(self) -> None:
        ctl("disable", PRIMARY_NAME, SECONDARY_NAME)

        done = ctl("revert", str(counter_pair()[0]), "--reason", "False alarm")

        assert f"{PRIMARY}    status: disable -> active" in done.lines
        assert {item(name).status for name in ("primary", "secondary")} == {"active"}
        assert Revision.objects.latest("number").reason == "False alarm"

    def test_shows_types_too(self, otp: PluginType) -> None:
        number = services.update_type(plugin_type=otp.pk, description="Codes", origin=OPERATOR).revision

        assert f"{OTP}  description: Codes -> 'One-time password delivery'" in ctl("revert", str(number)).lines

    def test_is_refused_where_rows_have_changed_since_unless_forced(self) -> None:
        ctl("disable", PRIMARY_NAME)
        number = str(counter_pair()[0])
        ctl("reserve", PRIMARY_NAME)

        refused = ctl("revert", number)

        assert refused.exit_code == 3
        assert str(PRIMARY) in refused.error
        assert refused.error.endswith("then revert the newer revision first, or use --force.")
        assert ctl("revert", number, "--force").exit_code == 0

    def test_does_not_know_a_revision_that_never_was(self) -> None:
        assert ctl("revert", "4711").exit_code == 4


class TestPurge:
    @pytest.fixture(autouse=True)
    def archived(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        sync(prune_missing=True)
        PluginItem.all_objects.filter(name="spare").update(archived=timezone.now() - timedelta(days=91))

    def test_shows_first(self) -> None:
        done = ctl("purge", "--older-than", "90d")

        assert done.lines == [
            f"delete  {SPARE}",
            "Would delete 1, kept 0. Dry run: nothing was written.",
            "Do it with --yes.",
        ]
        assert PluginItem.all_objects.filter(name="spare").exists()

    def test_deletes_when_told_to(self) -> None:
        done = ctl("purge", "--older-than", "90d", "--yes", "--json")

        assert done.document == {
            "revision": counter_pair()[0],
            "dry_run": False,
            "purged": [str(SPARE)],
            "kept": [],
            "taken_along": {},
        }
        assert not PluginItem.all_objects.filter(name="spare").exists()

    def test_shows_only_when_told_both(self) -> None:
        assert ctl("purge", "--older-than", "90d", "--yes", "--dry-run", "--json").document["dry_run"]

    def test_leaves_what_is_archived_for_less(self) -> None:
        assert ctl("purge", "--older-than", "14w", "--yes").lines == [
            "Deleted 0, kept 0. Nothing differed: nothing was written."
        ]


class TestForget:
    @pytest.fixture(autouse=True)
    def old(self) -> None:
        for action in ("disable", "enable"):
            ctl(action, PRIMARY_NAME)
        Revision.objects.update(created_at=timezone.now() - timedelta(days=91))

    def test_shows_first(self) -> None:
        assert ctl("forget", "--older-than", "90d").lines == [
            "Would forget 1 revisions with 1 changes; the last one of each row is kept.",
            f"The history can be followed from revision {counter_pair()[0] - 1}.",
            "Do it with --yes.",
        ]

    def test_forgets_when_told_to(self) -> None:
        count = Revision.objects.count()

        document = ctl("forget", "--older-than", "90d", "--yes", "--json").document

        assert document == {
            "dry_run": False,
            "revisions": 1,
            "changes": 1,
            "first_cursor": counter_pair()[0] - 1,
        }
        assert Revision.objects.count() == count - 1

    def test_says_in_the_log_who_did_it_and_why(self, caplog: pytest.LogCaptureFixture) -> None:
        words = ["forget", "--older-than", "90d", "--reason", "Retention", "--actor", "ann"]
        ctl(*words)
        assert caplog.text == ""

        ctl(*words, "--yes")

        assert "1 revisions of the history, with 1 changes, up to revision" in caplog.text
        assert "by 'ann' (command): 'Retention'" in caplog.text

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_where_the_host_does(self) -> None:
        count = Revision.objects.count()

        assert ctl("forget", "--older-than", "90d").exit_code == 0
        assert ctl("forget", "--older-than", "90d", "--yes").exit_code == 2
        assert Revision.objects.count() == count
        assert ctl("forget", "--older-than", "90d", "--yes", "--reason", "Retention").exit_code == 0


class TestTerminal:
    def test_is_not_steered_by_what_somebody_typed(self) -> None:
        ctl("disable", PRIMARY_NAME, "--reason", "\x1b[2J gone \u202e", "--actor", "a\x07b")

        for action in ("explain", "history", "list", "status"):
            assert all(char.isprintable() or char == "\n" for char in ctl(action).out)
        assert "\x1b" not in ctl("disable", "\x1b[2J").error


class TestQueries:
    @pytest.mark.parametrize("count", [2, 40])
    @pytest.mark.parametrize(
        ("arguments", "queries"), [(["list"], 3), (["explain"], 3), (["explain", "wide"], 3), (["status"], 3)]
    )
    def test_are_as_many_for_few_as_for_many_items(
        self, arguments: list[str], queries: int, count: int, registry: None, django_assert_num_queries: Any
    ) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(count)})

        with django_assert_num_queries(queries):
            ctl(*arguments)

    @pytest.mark.parametrize("count", [2, 40])
    def test_of_a_change_too(self, count: int, registry: None, django_assert_num_queries: Any) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(count)})
        names = [f"{MODULE}:item{number}" for number in range(count)]

        with django_assert_num_queries(14):
            ctl("reserve", *names)


_REFUSE_RECORDS = {
    "sqlite": [
        "CREATE TRIGGER refuse BEFORE INSERT ON plugin_system_change BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON plugin_system_change EXECUTE FUNCTION refuse()",
    ],
    "mysql": [
        (
            "CREATE TRIGGER refuse BEFORE INSERT ON plugin_system_change FOR EACH ROW "
            "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'disk full'"
        )
    ],
}
_ALLOW_RECORDS = {
    "sqlite": ["DROP TRIGGER refuse"],
    "postgresql": ["DROP FUNCTION refuse CASCADE"],
    "mysql": ["DROP TRIGGER refuse"],
}


@pytest.mark.usefixtures("committed")
class TestARecordThatCannotBeWritten:
    @pytest.fixture(autouse=True)
    def refusing(self, committed: None) -> Iterator[None]:
        with connection.cursor() as cursor:
            for statement in _REFUSE_RECORDS[connection.vendor]:
                cursor.execute(statement)
            yield
            for statement in _ALLOW_RECORDS[connection.vendor]:
                cursor.execute(statement)

    @pytest.mark.parametrize(
        "arguments",
        [["disable", PRIMARY_NAME], ["promote", SPARE_NAME], ["priority", SPARE_NAME, "5"]],
        ids=lambda a: a[0],
    )
    def test_leaves_everything_as_it_was(self, arguments: list[str]) -> None:
        before = list(PluginItem.objects.order_by("pk").values()), counter_pair(), Revision.objects.count()

        done = ctl(*arguments)

        assert done.exit_code == 1
        assert "disk full" in done.error
        assert "\n" not in done.error
        assert (list(PluginItem.objects.order_by("pk").values()), counter_pair(), Revision.objects.count()) == before


@pytest.mark.processes
class TestShell:
    """The command as a shell runs it."""

    @pytest.mark.parametrize(
        ("arguments", "exit_code", "said"),
        [
            (["disable", "primry"], 4, f"Did you mean '{PRIMARY}'?"),
            (["disable", PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME], 3, "with no usable item"),
            (["priority", PRIMARY_NAME, "x"], 2, "is not an integer"),
            (["revert", "4711"], 4, "no revision 4711"),
        ],
    )
    def test_gets_one_line_on_stderr_and_an_exit_code(
        self, arguments: list[str], exit_code: int, said: str, project: dict[str, Any]
    ) -> None:
        done = run_command("pluginctl", *arguments, **project)

        assert (done.returncode, done.stdout) == (exit_code, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["switch"],
            ["disable"],
            ["purge"],
            ["purge", "--older-than", "soon"],
            ["revert", "x"],
            ["history", "--limit", "0"],
        ],
        ids=" ".join,
    )
    def test_gets_2_for_wrong_usage(self, arguments: list[str], project: dict[str, Any]) -> None:
        done = run_command("pluginctl", *arguments, **project)

        assert done.returncode == 2
        assert "usage: " in done.stderr
        assert "Traceback" not in done.stderr

    def test_gets_1_and_no_traceback_without_a_database(self, tmp_path: Path) -> None:
        nowhere = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "no" / "db.sqlite3")}

        done = run_command("pluginctl", "status", DATABASES={"default": nowhere})

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "CommandError: The database failed: unable to open database file. Is it there, and migrated?\n"
        )

    def test_may_put_djangos_own_options_last(self, project: dict[str, Any]) -> None:
        done = run_command(
            "pluginctl",
            "status",
            "--json",
            "--settings",
            "tests.processes.settings",
            "-v",
            "2",
            "--no-color",
            **project,
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["healthy"] is True

    def test_can_act_and_see_while_a_registration_is_wrong(self, tmp_path: Path, project: dict[str, Any]) -> None:
        (tmp_path / "lost").mkdir()
        (tmp_path / "lost" / "__init__.py").touch()
        (tmp_path / "lost" / "plugins.py").write_text(
            "from plugin_system.register import register_plugin_item\n"
            "class Lost: pass\n"
            "register_plugin_item(name='lost', type_name='opt', manager_name='tests.host.otp', plugin_class=Lost)\n"
        )
        settings = {**project, "INSTALLED_APPS": [*CORE["INSTALLED_APPS"], "lost"]}

        seen = run_command("pluginctl", "status", folder=tmp_path, **settings)
        done = run_command("pluginctl", "reserve", SECONDARY_NAME, "--dry-run", folder=tmp_path, **settings)

        assert "Registration error: <class 'lost.plugins.Lost'> is registered as" in seen.stdout
        assert "'tests.host.otp:opt'" in seen.stdout
        assert (seen.returncode, done.returncode) == (0, 0), seen.stderr + done.stderr

    def test_is_told_keys_and_exit_codes_by_help(self, project: dict[str, Any]) -> None:
        done = run_command("pluginctl", "--help", **project)

        assert done.returncode == 0
        assert all(f"    {action} " in done.stdout for action in ACTIONS)
        assert all(f"\n  {code}  " in done.stdout for code in range(5))
