from typing import Any

import pytest
from django.db import OperationalError, connections

from plugin_system import services
from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.failures import note_failure
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.services import Status, TypeStatus, read_status
from tests.conftest import Clock
from tests.factories import (
    MANAGER,
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    apps_loading,
    counter_pair,
    item,
    item_registration,
    new_interface,
    register_chain,
    set_status,
    sync,
    synced_chain,
    type_registration,
)

pytestmark = pytest.mark.django_db


def type_status(status: Status, name: str = "otp") -> TypeStatus:
    (found,) = [each for each in status.types if each.plugin_type.name == name]
    return found


class TestStatusOfAType:
    def test_says_what_serves(self) -> None:
        assert type_status(read_status()) == TypeStatus(
            plugin_type=OTP,
            reason="active",
            selected=PRIMARY,
            usable=3,
            unsynced=0,
            counts={"active": 2, "reserve": 1, "disable": 0},
        )

    def test_says_when_a_reserve_serves(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        set_status("secondary", PluginStatus.DISABLED)

        found = type_status(read_status())

        assert (found.reason, found.selected, found.usable) == ("reserve", SPARE, 1)
        assert found.healthy

    def test_skips_what_does_not_load(self, registry: None) -> None:
        plugin_registry.remove_item(PRIMARY)

        assert type_status(read_status()).selected == SECONDARY

    def test_skips_what_has_failed_lately(self) -> None:
        note_failure(PRIMARY, RuntimeError("no credentials"))

        assert type_status(read_status()).selected == SECONDARY

    def test_counts_an_archived_item_whose_code_is_here(self, registry: None) -> None:
        definition = plugin_registry.find_item(PRIMARY)
        assert definition is not None
        plugin_registry.remove_item(PRIMARY)
        sync(prune_missing=True)
        assert type_status(read_status()).counts["active"] == 1
        plugin_registry.add_item(definition)

        assert type_status(read_status()).selected == PRIMARY

    def test_says_when_its_own_function_chooses(self, registry: None) -> None:
        interface = new_interface()
        register_plugin_type(type_registration(name="choosy", interface=interface, get_plugin=lambda kind: None))
        sync()

        assert type_status(read_status(), "choosy").reason == "get_plugin"


class TestHealth:
    def test_is_good_when_all_types_have_something_usable(self) -> None:
        assert read_status().healthy

    def test_is_bad_when_a_type_with_items_has_nothing_usable(self) -> None:
        for name in ("primary", "secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)

        status = read_status()

        assert not status.healthy
        assert (type_status(status).reason, type_status(status).selected) == ("nothing_usable", None)

    def test_is_bad_when_no_code_is_left_for_the_items(self, registry: None) -> None:
        for key in (PRIMARY, SECONDARY, SPARE):
            plugin_registry.remove_item(key)

        assert not read_status().healthy

    def test_is_good_where_a_type_is_another_releases(self) -> None:
        kind = PluginType.objects.create(manager="apps.next", name="mailer")
        PluginItem.objects.create(plugin_type=kind, module="apps.next", name="smtp")

        status = read_status()

        assert (status.healthy, status.drift.missing) == (True, 2)
        assert not type_status(status, "mailer").registered

    def test_is_bad_while_registered_items_have_no_row(self, registry: None) -> None:
        register_chain("fresh", one=1)

        status = read_status()

        assert not status.healthy
        assert type_status(status, "fresh").unsynced == 1

    def test_is_good_with_a_type_that_has_no_items(self, registry: None) -> None:
        synced_chain("empty")

        status = read_status()

        assert status.healthy
        assert type_status(status, "empty").reason == "nothing_usable"


class TestDrift:
    def test_is_nothing_after_a_sync(self) -> None:
        drift = read_status().drift

        assert (drift.missing, drift.new, drift.differing) == (0, 0, 0)

    def test_counts_what_is_missing_new_and_differing(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        register_chain("fresh", one=1, two=2)
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR)

        drift = read_status().drift

        assert (drift.missing, drift.new, drift.differing) == (1, 3, 1)

    def test_counts_an_archived_row_whose_code_is_here_as_new(self, registry: None) -> None:
        definition = plugin_registry.find_item(SPARE)
        assert definition is not None
        plugin_registry.remove_item(SPARE)
        sync(prune_missing=True)
        assert read_status().drift.missing == 0
        plugin_registry.add_item(definition)

        assert read_status().drift.new == 1

    def test_is_over_once_a_sync_has_taken_code_over(self, registry: None) -> None:
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR)
        sync(mode=SyncMode.UPDATE)

        assert read_status().drift.differing == 0


class TestProcess:
    def test_has_revision_and_fingerprint(self) -> None:
        outcome = set_status("primary", PluginStatus.DISABLED)

        status = read_status()

        assert status.revision == outcome.revision == counter_pair()[0]
        assert status.fingerprint == services.fingerprint()

    def test_reports_its_registration_errors(self, registry: None) -> None:
        with apps_loading():
            register_plugin_item(item_registration(type_name="opt", manager_name=MANAGER))

        (problem,) = read_status().problems

        assert problem.code == "unknown_plugin_type"
        assert f"no app registered the plugin type '{MANAGER}:opt'" in str(problem)

    def test_has_no_snapshot_before_the_first_resolve(self) -> None:
        snapshot = read_status().snapshot

        assert (snapshot.revision, snapshot.age, snapshot.last_failure) == (None, None, None)


@pytest.mark.usefixtures("committed")
class TestSnapshot:
    def test_has_an_age_and_the_revision_that_the_process_has_seen(self, clock: Clock) -> None:
        get_plugin_instance("otp", MANAGER)
        clock.advance(0.5)

        snapshot = read_status().snapshot

        assert snapshot.revision == counter_pair()[0]
        assert snapshot.age == pytest.approx(0.5)

    def test_remembers_how_the_database_last_failed(self, clock: Clock) -> None:
        get_plugin_instance("otp", MANAGER)
        clock.advance(2)

        def refuse(*_: Any) -> Any:
            raise OperationalError("the server is\ngone")

        with connections["default"].execute_wrapper(refuse):
            get_plugin_instance("otp", MANAGER)
        clock.advance(3)
        get_plugin_instance("otp", MANAGER)

        snapshot = read_status().snapshot

        assert snapshot.last_failure == "the server is\ngone"
        assert snapshot.last_failure_age == pytest.approx(3)
        assert snapshot.age == pytest.approx(0)


class TestQueries:
    @pytest.mark.parametrize("count", [1, 60])
    def test_are_three_however_many_rows(self, count: int, registry: None, django_assert_num_queries: Any) -> None:
        for number in range(3):
            synced_chain(f"wide{number}", **{f"item{place}": place for place in range(count)})

        with django_assert_num_queries(3):
            status = read_status()

        assert PluginItem.objects.count() == 3 + 3 * count
        assert len(status.types) == 4
