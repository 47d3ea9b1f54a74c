"""Materialising the registry as rows: what each mode writes, what it never writes, and what it costs."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy

from plugin_system import services
from plugin_system.choices import REASON_MAX_LENGTH, Channel, PluginStatus, RowKind, SyncMode
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import InvalidValueError, SpellingTakenError
from plugin_system.helpers import get_plugin_class
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.revisions import BATCH
from plugin_system.services import SyncAction, SyncOutcome
from plugin_system.testing import isolated_registry
from tests.elsewhere import CORE, output_of, run_script, sqlite_files
from tests.factories import (
    MANAGER,
    MODULE,
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    counter_pair,
    in_thread,
    item,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    revisions_made,
    set_status,
    sync,
    synced_chain,
    type_registration,
    without_apps,
)
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary
from tests.host.prefs.models import Preference

pytestmark = [pytest.mark.usefixtures("registry"), pytest.mark.django_db]

CARRIER = TypeKey(MANAGER, "carrier")
PIGEON, OWL = ItemKey(CARRIER, MODULE, "pigeon"), ItemKey(CARRIER, MODULE, "owl")
UPDATE = {"mode": SyncMode.UPDATE}
PRUNE = {"prune": True}
PRUNE_MISSING = {"prune_missing": True}
EVERY_MODE = [
    {"mode": mode, "prune": prune, "prune_missing": missing}
    for mode, prune, missing in product(SyncMode, (False, True), (False, True))
]


def reregister(name: str, **changes: Any) -> None:
    """Let code say something else of an item of the type ``carrier``, as a new release does."""
    held = plugin_registry.find_item(ItemKey(CARRIER, MODULE, name))
    assert held is not None
    stated = {"name": name, "plugin_class": held.plugin_class, "priority": held.priority}
    register_plugin_item(item_registration(**{**stated, **changes}))


def interface() -> type:
    """Return the interface of the type ``carrier``."""
    held = plugin_registry.find_type(CARRIER)
    assert held is not None
    return held.interface


def actions(outcome: SyncOutcome) -> dict[str, str]:
    """Return what the plan does with each row that it does not leave as it is."""
    return {str(step.key): step.action.value for step in outcome.plan.steps}


def why(outcome: SyncOutcome, key: ItemKey | TypeKey) -> str:
    return next(step.why for step in outcome.plan.steps if step.key == key)


def facts(name: str) -> tuple[Any, ...]:
    """Return what must survive whatever happens to an item's code."""
    row = item(name)
    return row.pk, row.status, row.priority, row.description


class TestCreateMode:
    def test_gives_each_registration_a_row(self) -> None:
        register_chain(pigeon=10, owl={"priority": -5, "description": "Hoots", "status": "reserve"})

        with revisions_made() as made:
            outcome = sync()

        (revision,) = made
        kind = PluginType.objects.get(manager=MANAGER, name="carrier")
        assert (kind.pk, kind.description) == (CARRIER.row_id, "Carries")
        assert kind.revision == kind.chain_revision == revision.number == outcome.revision
        owl = item("owl")
        assert (owl.pk, owl.key, owl.status, owl.priority) == (OWL.row_id, OWL, PluginStatus.RESERVED, -5)
        assert (owl.description, owl.revision, owl.archived) == ("Hoots", revision.number, None)
        assert actions(outcome) == {str(CARRIER): "create", str(PIGEON): "create", str(OWL): "create"}

    def test_records_who_did_it_and_each_row(self) -> None:
        register_chain(pigeon=10)

        outcome = services.sync_plugins(origin=OPERATOR)

        revision = Revision.objects.get(number=outcome.revision)
        assert (revision.channel, revision.actor, revision.reason) == (Channel.CODE, "ops", "INC-12")
        assert (revision.actor_id, revision.request_id) == ("7", "req-1")
        assert changes_of(revision) == {
            str(CARRIER): (None, {"description": "Carries"}),
            str(PIGEON): (None, {"priority": 10, "description": "Flies", "status": "active"}),
        }
        assert set(Change.objects.filter(revision=revision).values_list("kind", "row_id")) == {
            (RowKind.TYPE, CARRIER.row_id),
            (RowKind.ITEM, PIGEON.row_id),
        }

    def test_starts_with_priority_0_where_code_states_none(self) -> None:
        synced_chain(pigeon={"priority": None})

        assert item("pigeon").priority == 0

    def test_keeps_a_lazy_description_as_text(self) -> None:
        synced_chain(pigeon={"description": gettext_lazy("Flies")})

        assert item("pigeon").description == "Flies"

    def test_never_touches_a_row_that_exists(self) -> None:
        kind = synced_chain(pigeon=10, owl=20)
        PluginItem.objects.filter(name="pigeon").update(priority=77, description="Mine", status=PluginStatus.DISABLED)
        PluginType.objects.filter(pk=kind.pk).update(description="Mine")
        reregister("pigeon", priority=5, description="Soars")
        register_plugin_type(type_registration(interface=interface(), description="Carries far"))
        before = facts("pigeon")

        with revisions_made() as made:
            outcome = sync()

        assert made == []
        assert outcome.revision is None
        assert facts("pigeon") == before
        assert PluginType.objects.get(pk=kind.pk).description == "Mine"

    def test_takes_a_row_with_another_id_for_the_registrations(self) -> None:
        register_chain(pigeon=10)
        kind = PluginType(pk=TypeKey("some", "other").row_id, manager=MANAGER, name="carrier")
        kind.save()

        sync()

        assert item("pigeon").plugin_type_id == kind.pk


class TestUpdateMode:
    def test_refreshes_description_and_stated_priority(self) -> None:
        synced_chain(pigeon=10, owl=20)
        reregister("pigeon", priority=5, description="Soars")

        with revisions_made() as made:
            outcome = sync(**UPDATE)

        assert (item("pigeon").priority, item("pigeon").description) == (5, "Soars")
        assert actions(outcome) == {str(PIGEON): "update"}
        assert why(outcome, PIGEON) == "Code has another description and priority."
        assert changes_of(made[0]) == {
            str(PIGEON): ({"priority": 10, "description": "Flies"}, {"priority": 5, "description": "Soars"})
        }
        assert item("pigeon").revision == made[0].number > item("owl").revision

    def test_takes_an_operators_priority_back_where_code_states_one(self) -> None:
        synced_chain(pigeon=10)
        PluginItem.objects.filter(name="pigeon").update(priority=77)

        sync(**UPDATE)

        assert item("pigeon").priority == 10

    def test_leaves_the_priority_alone_where_code_states_none(self) -> None:
        synced_chain(pigeon={"priority": None})
        PluginItem.objects.filter(name="pigeon").update(priority=77)

        assert sync(**UPDATE).revision is None
        assert item("pigeon").priority == 77

    def test_refreshes_a_types_description(self) -> None:
        kind = synced_chain(pigeon=10)
        register_plugin_type(type_registration(interface=interface(), description="Carries far"))

        outcome = sync(**UPDATE)

        assert actions(outcome) == {str(CARRIER): "update"}
        kind.refresh_from_db()
        assert (kind.description, kind.revision, kind.chain_revision) == (
            "Carries far",
            outcome.revision,
            outcome.revision,
        )

    def test_gives_many_rows_different_values_each_its_own(self) -> None:
        names = [f"item_{number:03}" for number in range(30)]
        synced_chain(**dict.fromkeys(names, 0))
        for number, name in enumerate(names):
            reregister(name, priority=number, description=f"Number {number}")

        outcome = sync(**UPDATE)

        rows = PluginItem.objects.filter(plugin_type=CARRIER.row_id).order_by("name")
        assert [(row.priority, row.description) for row in rows] == [
            (number, f"Number {number}") for number in range(30)
        ]
        assert {row.revision for row in rows} == {outcome.revision}
        assert {row.status for row in rows} == {PluginStatus.ACTIVE}

    def test_gives_new_registrations_their_rows_too(self) -> None:
        register_chain(pigeon=10)

        assert actions(sync(**UPDATE)) == {str(CARRIER): "create", str(PIGEON): "create"}


@pytest.mark.parametrize("options", EVERY_MODE)
@pytest.mark.parametrize("status", PluginStatus)
class TestEveryMode:
    def test_leaves_the_status_of_a_row_alone(self, status: PluginStatus, options: dict[str, Any]) -> None:
        other = PluginStatus.ACTIVE if status is not PluginStatus.ACTIVE else PluginStatus.DISABLED
        synced_chain(pigeon={"priority": 10, "status": other.value})
        set_status("pigeon", status)
        reregister("pigeon", status=other.value, description="Soars", priority=5)

        sync(**options)

        assert item("pigeon").status == status

    def test_leaves_the_status_alone_while_code_goes_and_comes_back(
        self, status: PluginStatus, options: dict[str, Any]
    ) -> None:
        before = facts("primary")
        set_status("primary", status)

        with without_apps(MODULE):
            sync(**options)
        sync(**options)

        assert facts("primary") == (before[0], status, *before[2:])
        assert item("primary").archived is None


class TestMissing:
    """A row whose code this process lacks, although its app is installed."""

    @pytest.fixture(autouse=True)
    def code_is_gone(self, registry: None, db: None) -> None:
        synced_chain(pigeon=10, owl=20)
        plugin_registry.remove_item(PIGEON)

    @pytest.mark.parametrize("options", [{}, UPDATE, PRUNE])
    def test_is_kept_and_reported(self, options: dict[str, Any]) -> None:
        with revisions_made() as made:
            outcome = sync(**options)

        assert made == []
        assert actions(outcome) == {str(PIGEON): "keep"}
        assert why(outcome, PIGEON) == (
            f"App {MODULE!r} is installed, but this process has no code for it; archive with --prune-missing."
        )
        assert item("pigeon").archived is None

    def test_is_archived_on_demand(self) -> None:
        before, earliest = facts("pigeon"), timezone.now().replace(microsecond=0)

        with revisions_made() as made:
            outcome = sync(**PRUNE_MISSING)

        assert actions(outcome) == {str(PIGEON): "archive"}
        assert changes_of(made[0]) == {str(PIGEON): ({"archived": False}, {"archived": True})}
        archived = item("pigeon").archived
        assert archived is not None
        assert earliest <= archived <= timezone.now()
        assert facts("pigeon") == before
        assert item("pigeon").revision == made[0].number

    def test_goes_with_its_type(self) -> None:
        plugin_registry.remove_type(CARRIER)

        outcome = sync(**PRUNE_MISSING)

        assert actions(outcome) == {str(CARRIER): "archive", str(PIGEON): "archive", str(OWL): "archive"}
        assert not PluginType.objects.filter(name="carrier").exists()
        assert PluginType.all_objects.filter(name="carrier").exists()

    def test_once_archived_is_let_rest(self) -> None:
        sync(**PRUNE_MISSING)

        assert sync(**PRUNE_MISSING).revision is None
        assert actions(sync(**PRUNE_MISSING)) == {}


class TestUninstalledApp:
    @pytest.mark.parametrize("options", [{}, UPDATE])
    def test_keeps_its_rows_unless_pruned(self, options: dict[str, Any]) -> None:
        with without_apps(MODULE):
            outcome = sync(**options)

        assert set(actions(outcome).values()) == {"keep"}
        assert why(outcome, PRIMARY) == f"App {MODULE!r} is not installed; archive with pruning."
        assert item("primary").archived is None

    @pytest.mark.parametrize("options", [PRUNE, PRUNE_MISSING])
    def test_has_its_rows_archived(self, options: dict[str, Any]) -> None:
        with without_apps(MODULE):
            outcome = sync(**options)

            assert actions(outcome) == dict.fromkeys(map(str, (PRIMARY, SECONDARY, SPARE)), "archive")
            assert why(outcome, PRIMARY) == f"App {MODULE!r} is not installed."
            assert get_plugin_class(AbstractOTP) is None
        assert not PluginItem.objects.filter(plugin_type=OTP.row_id).exists()
        assert PluginItem.all_objects.filter(plugin_type=OTP.row_id).count() == 3
        assert PluginType.objects.filter(name="otp").exists()

    def test_has_the_rows_archived_whose_module_is_a_name_below_it(self) -> None:
        assert SPARE.module == f"{MODULE}.spare"

        with without_apps(MODULE):
            sync(**PRUNE)

        assert item("spare").archived is not None

    def test_is_not_one_that_is_listed_by_its_config_or_holds_the_module_below_it(self) -> None:
        """``INSTALLED_APPS`` has ``….apps.OtpSmsConfig``, and ``spare`` the module ``tests.host.otp_sms.spare``."""
        plugin_registry.remove_item(PRIMARY)
        plugin_registry.remove_item(SPARE)

        outcome = sync(**PRUNE)

        assert actions(outcome) == {str(PRIMARY): "keep", str(SPARE): "keep"}

    def test_takes_the_items_of_its_types_along(self) -> None:
        with without_apps(MANAGER):
            register_plugin_type(type_registration(manager="tests.host.prefs", interface=new_interface()))
            outcome = sync(**PRUNE)

        archived = dict.fromkeys(map(str, (OTP, PRIMARY, SECONDARY, SPARE)), "archive")
        assert actions(outcome) == {"tests.host.prefs:carrier": "create", **archived}
        assert why(outcome, PRIMARY) == f"App {MANAGER!r} is not installed."
        assert not PluginType.objects.filter(name="otp").exists()

    def test_loses_nothing_when_it_comes_back(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        PluginItem.objects.filter(name="primary").update(priority=77, description="Mine")
        before, ids = facts("primary"), set(PluginItem.objects.values_list("pk", flat=True))
        preference = Preference.objects.create(owner="ann", item=item("primary"))
        preference.favourites.set([item("primary"), item("spare")])

        with without_apps(MODULE):
            sync(**PRUNE)
        with revisions_made() as made:
            outcome = sync()

        assert facts("primary") == before
        assert item("primary").archived is None
        assert set(PluginItem.objects.values_list("pk", flat=True)) == ids
        preference.refresh_from_db()
        assert preference.item == item("primary")
        assert {row.name for row in preference.favourites.all()} == {"primary", "spare"}
        assert actions(outcome) == dict.fromkeys(map(str, (PRIMARY, SECONDARY, SPARE)), "restore")
        assert why(outcome, PRIMARY) == "Its code is back; status and priority are as they were."
        assert changes_of(made[0])[str(PRIMARY)] == ({"archived": True}, {"archived": False})

    def test_keeps_the_hosts_references_while_it_is_away(self) -> None:
        preference = Preference.objects.create(owner="ann", item=item("primary"))
        preference.favourites.set([item("primary")])

        with without_apps(MODULE):
            sync(**PRUNE)

        preference.refresh_from_db()
        assert preference.item == item("primary")
        assert preference.favourites.through.objects.count() == 1

    def test_that_comes_back_is_refreshed_by_mode_update_but_for_its_status(self) -> None:
        synced_chain(pigeon=10)
        set_status("pigeon", PluginStatus.DISABLED)
        PluginItem.objects.filter(name="pigeon").update(priority=77)
        held = plugin_registry.find_item(PIGEON)
        assert held is not None
        plugin_registry.remove_item(PIGEON)
        sync(**PRUNE_MISSING)
        register_plugin_item(item_registration(plugin_class=held.plugin_class, priority=5))

        outcome = sync(**UPDATE)

        assert actions(outcome) == {str(PIGEON): "restore"}
        assert why(outcome, PIGEON) == "Its code is back, with another priority; the status is as it was."
        assert (item("pigeon").priority, item("pigeon").status) == (5, PluginStatus.DISABLED)


class TestArchivedRow:
    def test_still_serves_where_its_code_is(self) -> None:
        """An old release's process syncs and prunes while a new one's runs."""
        with without_apps(MODULE):
            sync(**PRUNE)

        assert item("primary").archived is not None
        assert get_plugin_class(AbstractOTP) is Primary

    def test_does_not_go_back_and_forth_between_two_releases(self) -> None:
        synced_chain(pigeon=10, owl=20)
        with revisions_made() as made:
            for _ in range(3):
                sync()
                reregister("owl")
                held = plugin_registry.find_item(OWL)
                plugin_registry.remove_item(OWL)
                sync(**PRUNE)
                assert held is not None
                register_plugin_item(item_registration(name="owl", plugin_class=held.plugin_class))

        assert made == []


class TestEmptyRegistry:
    @pytest.mark.parametrize("options", [PRUNE, PRUNE_MISSING, {**PRUNE, **PRUNE_MISSING}])
    def test_archives_nothing(self, options: dict[str, Any]) -> None:
        with without_apps(MANAGER, MODULE), revisions_made() as made:
            assert plugin_registry.types() == []
            outcome = sync(**options)

        assert made == []
        assert set(actions(outcome).values()) == {"keep"}
        assert why(outcome, PRIMARY) == "This process has registered nothing; it archives nothing."


class TestDryRun:
    @pytest.fixture
    def differences(self, registry: None, db: None) -> dict[str, Any]:
        """Something for each action, and the options under which it would be done."""
        synced_chain(pigeon=10, owl=20, raven=30)
        plugin_registry.remove_item(OWL)
        raven = plugin_registry.find_item(ItemKey(CARRIER, MODULE, "raven"))
        assert raven is not None
        plugin_registry.remove_item(raven.key)
        sync(**PRUNE_MISSING)
        PluginItem.all_objects.filter(name="owl").update(archived=None)
        register_plugin_item(item_registration(name="raven", plugin_class=raven.plugin_class))
        reregister("pigeon", priority=5)
        register_plugin_item(item_registration(name="stork", plugin_class=raven.plugin_class, priority=1))
        return {**UPDATE, **PRUNE_MISSING}

    def test_writes_nothing(self, differences: dict[str, Any]) -> None:
        before, rows = counter_pair(), list(PluginItem.all_objects.order_by("pk").values())

        outcome = sync(dry_run=True, **differences)

        assert (outcome.revision, outcome.dry_run) == (None, True)
        assert counter_pair() == before
        assert list(PluginItem.all_objects.order_by("pk").values()) == rows

    def test_says_what_the_run_then_does(self, differences: dict[str, Any]) -> None:
        planned = sync(dry_run=True, **differences)
        done = sync(**differences)

        assert planned.plan == done.plan
        assert planned.resolves == done.resolves
        assert {step.action for step in done.plan.steps} == {
            SyncAction.CREATE,
            SyncAction.UPDATE,
            SyncAction.RESTORE,
            SyncAction.ARCHIVE,
        }

    def test_of_nothing_takes_no_lock(self) -> None:
        made = statements(lambda: sync(dry_run=True))

        assert len(made) == 4
        assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in made)


class TestOutcome:
    def test_counts_what_became_of_the_rows(self) -> None:
        register_chain(pigeon=10, owl=20)

        assert sync().plan.counts == {"create": 3, "update": 0, "restore": 0, "archive": 0, "keep": 0, "unchanged": 4}
        assert sync().plan.counts["unchanged"] == 7

    def test_names_what_resolves_otherwise_since(self) -> None:
        synced_chain(pigeon=10)
        stork = new_class(interface(), "Stork")
        register_plugin_item(item_registration(name="stork", plugin_class=stork, priority=1))

        outcome = sync()

        stork_key = str(ItemKey(CARRIER, MODULE, "stork"))
        expected = [{"plugin_type": str(CARRIER), "before": str(PIGEON), "after": stork_key}]
        assert [each.as_json() for each in outcome.resolves] == expected
        assert Revision.objects.get(number=outcome.revision).resolves == expected

    def test_leaves_out_types_that_resolve_as_before(self) -> None:
        synced_chain(pigeon=10)
        register_plugin_item(item_registration(name="stork", plugin_class=new_class(interface()), priority=99))

        outcome = sync()

        assert outcome.plan.counts["create"] == 1
        assert outcome.resolves == []

    def test_has_the_fingerprint_of_the_registry(self) -> None:
        assert sync().fingerprint == plugin_registry.fingerprint

    def test_is_an_error_where_the_reason_is_too_long(self) -> None:
        register_chain(pigeon=10)

        with pytest.raises(InvalidValueError, match="at most 500 are kept"), revisions_made() as made:
            services.sync_plugins(origin=replace(OPERATOR, reason="x" * (REASON_MAX_LENGTH + 1)))
        assert made == []
        assert not PluginType.objects.filter(name="carrier").exists()


def reregister_as(name: str) -> None:
    """Let code call the item ``pigeon`` otherwise, as a new release does."""
    held = plugin_registry.find_item(PIGEON)
    assert held is not None
    plugin_registry.remove_item(PIGEON)
    register_plugin_item(item_registration(name=name, plugin_class=held.plugin_class, priority=held.priority))


def statements(act: Callable[[], Any]) -> list[str]:
    """Return the statements that ``act`` makes."""
    made: list[str] = []

    def watch(execute: Any, sql: str, *args: Any) -> Any:
        made.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(watch):
        act()
    return made


def batches(fields: int, rows: int) -> int:
    """Return how many statements this database takes to insert so many rows of so many fields."""
    return ceil(rows / min(BATCH, connection.ops.bulk_batch_size(["field"] * fields, range(rows))))


class TestCost:
    def test_of_10_000_new_items_is_a_query_per_batch_beside_a_constant(self) -> None:
        plugin_class = new_class(register_chain())
        sync()
        item_fields, change_fields = len(PluginItem._meta.concrete_fields), len(Change._meta.concrete_fields) - 1
        constants, first = [], 0
        for rows in (100, 10_000):
            for number in range(first, first + rows):
                name = f"item_{number:05}"
                register_plugin_item(item_registration(name=name, plugin_class=plugin_class, priority=number % 9))
            first += rows
            constants.append(len(statements(sync)) - batches(item_fields, rows) - batches(change_fields, rows))

        assert PluginItem.objects.filter(plugin_type=CARRIER.row_id).count() == 10_100
        assert constants[0] == constants[1] <= 20

    @pytest.mark.parametrize("options", EVERY_MODE)
    def test_where_nothing_differs_is_four_reads_without_a_lock(self, options: dict[str, Any]) -> None:
        synced_chain(pigeon=10, owl=20)
        before = counter_pair()

        made = statements(lambda: sync(**options))

        assert len(made) == 4  # Two of rows, and on either side one of the counter.
        assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in made)
        assert counter_pair() == before


class TestAKeyInAnotherSpelling:
    """A release that writes a name otherwise, in case or accents: some databases take both for the same."""

    @pytest.mark.parametrize("dry_run", [False, True])
    @pytest.mark.parametrize("name", ["Pigeon", "pigéon"])
    def test_is_refused_with_the_row_that_has_the_other(self, name: str, dry_run: bool) -> None:
        synced_chain(pigeon=10)
        reregister_as(name)
        before = (counter_pair(), Revision.objects.count(), PluginItem.all_objects.count())

        with pytest.raises(SpellingTakenError, match=r"only in case or accents from the row '.*:pigeon'") as caught:
            sync(dry_run=dry_run)

        assert f"PluginItem.all_objects.filter(pk='{PIGEON.row_id}').update(name='{name}')" in str(caught.value)
        assert (counter_pair(), Revision.objects.count(), PluginItem.all_objects.count()) == before

    def test_of_a_plugin_type_is_refused_for_the_type(self) -> None:
        synced_chain(pigeon=10)
        PluginType.objects.filter(pk=CARRIER.row_id).update(name="Carrier")

        with pytest.raises(SpellingTakenError, match=r"row '.*:Carrier' \(PluginType\.all_objects\.filter"):
            sync()

    def test_names_three_and_counts_the_others(self) -> None:
        synced_chain(**{f"bird_{number}": number for number in range(5)})
        PluginItem.objects.filter(name__startswith="bird").update(module=MODULE.upper())

        with pytest.raises(SpellingTakenError, match=r"and 2 more\. Register it") as caught:
            sync()

        assert str(caught.value).count(f".update(module='{MODULE}')") == 3

    @pytest.mark.skipif(connection.vendor == "mysql", reason="There two such types cannot be.")
    def test_is_another_s_where_it_belongs_to_another_plugin_type(self) -> None:
        synced_chain(pigeon=10)
        other = PluginType.objects.create(manager=MANAGER, name="Carrier")
        PluginItem.objects.create(plugin_type=other, module=MODULE, name="owl")
        held = plugin_registry.find_item(PIGEON)
        assert held is not None
        register_plugin_item(item_registration(name="owl", plugin_class=held.plugin_class))

        assert actions(sync())[str(OWL)] == "create"

    def test_takes_the_row_over_once_that_is_renamed(self) -> None:
        synced_chain(pigeon=10)
        set_status("pigeon", PluginStatus.DISABLED)
        reregister_as("Pigeon")
        PluginItem.all_objects.filter(pk=PIGEON.row_id).update(name="Pigeon")

        assert sync(**PRUNE_MISSING).plan.changes == []
        assert facts("Pigeon")[1:3] == (PluginStatus.DISABLED, 10)

    def test_does_not_keep_the_status_of_the_whole_from_being_read(self) -> None:
        synced_chain(pigeon=10)
        reregister_as("Pigeon")

        assert services.read_status().drift.new == 1


@pytest.mark.django_db(transaction=True)
class TestRace:
    """Another process syncs between this one's look and its lock."""

    @contextmanager
    def meanwhile(self, act: Callable[[], Any], before: Callable[[str], bool] | None = None) -> Iterator[list[Any]]:
        """Run ``act`` through another connection just before such a statement, or the first of a transaction."""
        is_it = before or (lambda sql: not sql.startswith("SELECT"))
        answers: list[Any] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not answers and is_it(sql):
                answers.append(None)
                answers[0] = in_thread(act)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield answers

    def test_is_planned_again_under_the_lock(self) -> None:
        register_chain(pigeon=10)

        with revisions_made() as made, self.meanwhile(sync) as other:
            mine = sync()

        assert (len(made), other[0].revision, mine.revision) == (1, made[0].number, None)
        assert mine.plan.changes == []
        assert item("pigeon").revision == made[0].number

    def test_does_only_what_the_other_has_not_done(self) -> None:
        register_chain(pigeon=10, owl=20)

        def sync_of_an_older_release() -> SyncOutcome:
            with isolated_registry():
                plugin_registry.remove_item(OWL)
                return sync()

        with revisions_made() as made, self.meanwhile(sync_of_an_older_release) as other:
            mine = sync()

        assert [each.number for each in made] == [other[0].revision, mine.revision]
        assert actions(other[0]) == {str(CARRIER): "create", str(PIGEON): "create"}
        assert actions(mine) == {str(OWL): "create"}

    def test_archives_once(self) -> None:
        synced_chain(pigeon=10)
        plugin_registry.remove_item(PIGEON)

        with revisions_made() as made, self.meanwhile(lambda: sync(**PRUNE_MISSING)) as other:
            mine = sync(**PRUNE_MISSING)

        assert (len(made), other[0].revision, mine.revision) == (1, made[0].number, None)

    def test_that_comes_between_the_reads_of_types_and_of_items_does_not_hide_what_differs(self) -> None:
        synced_chain(pigeon=10)
        stated = item("pigeon").description
        PluginItem.objects.filter(name="pigeon").update(description="Stale")

        def swap() -> None:
            PluginItem.objects.filter(name="pigeon").update(description=stated)
            PluginType.objects.filter(pk=CARRIER.row_id).update(description="Stale")

        with self.meanwhile(swap, before=lambda sql: "plugin_system_pluginitem" in sql) as other:
            outcome = sync(**UPDATE)

        assert other == [None]
        assert actions(outcome) == {str(CARRIER): "update"}
        assert outcome.revision == PluginType.objects.get(pk=CARRIER.row_id).revision

    def test_needs_no_reason_where_nothing_differs_all_the_same(self, settings: Any) -> None:
        synced_chain(pigeon=10)
        settings.PLUGIN_SYSTEM_REQUIRE_REASON = True

        def switch() -> None:
            PluginItem.objects.filter(name="pigeon").update(status=PluginStatus.DISABLED)

        with self.meanwhile(switch, before=lambda sql: "plugin_system_pluginitem" in sql) as other:
            outcome = services.sync_plugins(origin=replace(OPERATOR, channel=Channel.COMMAND, reason=""))

        assert other == [None]
        assert (outcome.revision, outcome.plan.changes) == (None, [])

    def test_leaves_an_operators_decision_that_came_between(self) -> None:
        synced_chain(pigeon=10)
        reregister("pigeon", description="Soars", priority=5)

        with self.meanwhile(lambda: set_status("pigeon", PluginStatus.DISABLED)):
            sync(**UPDATE)

        assert facts("pigeon")[1:] == (PluginStatus.DISABLED, 5, "Soars")


OTHER_DATABASES = """
import json
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from plugin_system.helpers import get_plugin_class
from plugin_system.models import PluginItem, Revision
from plugin_system.origins import Origin
from plugin_system.register import register_plugin_item
from plugin_system.registry import plugin_registry
from plugin_system.services import sync_plugins
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary

found = {}

def note(step):
    found[step] = {}
    for alias in connections:
        synced = None
        if "plugin_system_pluginitem" in connections[alias].introspection.table_names():
            channels = Revision.objects.using(alias).values_list("channel", flat=True)
            synced = [PluginItem.objects.using(alias).count(), *channels]
        found[step][alias] = synced

call_command("migrate", database="other", verbosity=0)
note("migrated other")
with override_settings(PLUGIN_SYSTEM_SYNC_ON_MIGRATE=False):
    call_command("migrate", verbosity=0)
note("migrated default without sync")
keys = {definition.key.name: definition.key for definition in plugin_registry.items()}
plugin_registry.remove_item(keys["primary"])
sync_plugins(origin=Origin(), using="other", prune_missing=True)
note("synced other")
call_command("pluginsync", database="default", verbosity=0)
note("commanded default")
with override_settings(DATABASE_ROUTERS=["tests.elsewhere.ToRouted"]):
    call_command("migrate", database="routed", verbosity=0)
    note("migrated routed")
    register_plugin_item(name="late", plugin_class=Primary, type_name="otp", manager_name="tests.host.otp", priority=99)
    call_command("migrate", verbosity=0)
    note("migrated default by router")
    plugin_registry.remove_item(keys["secondary"])
    call_command("pluginsync", "--prune-missing")
    note("commanded by router")
    found["resolved"] = get_plugin_class(AbstractOTP).__name__
print(json.dumps(found))
"""


class TestOtherDatabase:
    def test_is_synced_alone(self, tmp_path: Path) -> None:
        done = run_script(OTHER_DATABASES, DATABASES=sqlite_files(tmp_path, "default", "other", "routed"), **CORE)

        found = json.loads(output_of(done).splitlines()[-1])

        nothing = {"default": None, "other": None, "routed": None}
        other = {**nothing, "other": [3, "migrate"]}
        assert found["migrated other"] == other
        assert found["migrated default without sync"] == {**other, "default": [0]}
        other = {**other, "other": [2, "migrate", "code"], "default": [0]}
        assert found["synced other"] == other
        other = {**other, "default": [2, "command"]}
        assert found["commanded default"] == other
        assert found["migrated routed"] == {**other, "routed": [2, "migrate"]}
        assert found["migrated default by router"] == found["migrated routed"]
        assert found["commanded by router"] == {**other, "routed": [2, "migrate", "command"]}
        assert found["resolved"] == "Primary"
