from uuid import uuid4

import pytest

from plugin_system import services
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import NotLoadableError, UnknownItemsError
from plugin_system.failures import note_failure
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from tests.factories import (
    MANAGER,
    OPERATOR,
    PRIMARY,
    SPARE,
    changes_of,
    item,
    revisions_made,
    set_status,
    synced_chain,
)

pytestmark = pytest.mark.django_db


def promote(name: str, **options: object) -> services.Outcome:
    return services.promote(item=item(name).pk, origin=OPERATOR, **options)  # type: ignore[arg-type]


def priorities(plugin_type: PluginType) -> dict[str, int]:
    rows = PluginItem.all_objects.filter(plugin_type=plugin_type, status=PluginStatus.ACTIVE)
    return {row.name: row.priority for row in sorted(rows, key=lambda row: (row.priority, row.module, row.name))}


def touched(outcome: services.Outcome) -> list[str]:
    return [each.item.name for each in outcome.changed]


class TestPromote:
    def test_makes_the_item_the_one_that_serves_in_one_revision(self) -> None:
        with revisions_made() as made:
            outcome = promote("spare")

        assert [each.number for each in made] == [outcome.revision]
        assert changes_of(made[0]) == {str(SPARE): ({"status": "reserve"}, {"status": "active"})}
        assert made[0].resolves == [{"plugin_type": str(SPARE.type), "before": str(PRIMARY), "after": str(SPARE)}]
        assert (made[0].actor, made[0].reason) == ("ops", "INC-12")
        assert type(get_plugin_instance("otp", MANAGER)).__name__ == "Spare"

    def test_goes_just_below_the_lowest_priority_of_the_others_and_touches_no_other_row(self) -> None:
        outcome = promote("secondary")

        assert touched(outcome) == ["secondary"]
        assert priorities(item("primary").plugin_type) == {"secondary": 9, "primary": 10}

    def test_keeps_a_priority_that_is_ahead_already(self) -> None:
        set_status("primary", PluginStatus.DISABLED)

        assert touched(promote("primary")) == ["primary"]
        assert item("primary").priority == 10

    def test_writes_nothing_where_the_item_serves_already(self) -> None:
        with revisions_made() as made:
            outcome = promote("primary")

        assert made == []
        assert outcome.revision is None
        assert touched(outcome) == []
        assert outcome.resolves[0].before == outcome.resolves[0].after == PRIMARY

    def test_makes_a_reserve_that_serves_active(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        set_status("secondary", PluginStatus.DISABLED)

        outcome = promote("spare")

        assert outcome.changed[0].after == {"status": "active"}
        assert outcome.resolves[0].before == outcome.resolves[0].after == SPARE

    def test_also_goes_ahead_of_items_that_only_other_processes_have(self, registry: None) -> None:
        plugin_registry.remove_item(PRIMARY)

        promote("secondary")

        assert priorities(item("primary").plugin_type) == {"secondary": 9, "primary": 10}

    def test_of_a_dry_run_shows_the_same_and_leaves_all_as_it_was(self) -> None:
        with revisions_made() as made:
            outcome = promote("spare", dry_run=True)

        assert made == []
        assert (outcome.revision, outcome.dry_run) == (None, True)
        assert touched(outcome) == ["spare"]
        assert (outcome.resolves[0].before, outcome.resolves[0].after) == (PRIMARY, SPARE)
        assert item("spare").status == PluginStatus.RESERVED


class TestTies:
    """Equal priorities are decided by module, then by name."""

    def test_of_an_item_that_comes_first_by_name_need_no_change(self, registry: None) -> None:
        synced_chain("ties", ant=5, bee=5)

        assert touched(promote("ant")) == []

    def test_of_an_item_that_comes_last_by_name_are_broken_by_priority(self, registry: None) -> None:
        kind = synced_chain("ties", ant=5, bee=5)

        assert touched(promote("bee")) == ["bee"]
        assert priorities(kind) == {"bee": 4, "ant": 5}


class TestBounds:
    def test_move_the_others_up_where_they_leave_no_room(self, registry: None) -> None:
        kind = synced_chain("tight", ant=PRIORITY_MIN, bee=PRIORITY_MIN + 1, cow=7, dog=9)

        outcome = promote("cow")

        assert touched(outcome) == ["cow", "ant"]
        assert priorities(kind) == {"cow": PRIORITY_MIN, "ant": PRIORITY_MIN + 1, "bee": PRIORITY_MIN + 1, "dog": 9}

    def test_need_no_room_where_the_name_decides(self, registry: None) -> None:
        kind = synced_chain("tight", ant=0, bee=PRIORITY_MIN, cow=PRIORITY_MIN)

        assert touched(promote("ant")) == ["ant"]
        assert priorities(kind) == {"ant": PRIORITY_MIN, "bee": PRIORITY_MIN, "cow": PRIORITY_MIN}

    def test_keep_the_order_of_the_others_and_move_as_few_as_they_can(self, registry: None) -> None:
        lowest = {"ant": PRIORITY_MIN, "bee": PRIORITY_MIN, "cow": PRIORITY_MIN}
        kind = synced_chain("tight", **lowest, dog=PRIORITY_MIN + 1, eel=PRIORITY_MIN + 2, zebu=PRIORITY_MAX)

        outcome = promote("zebu")

        assert touched(outcome) == ["zebu", "ant", "bee", "cow"]
        assert list(priorities(kind)) == ["zebu", "ant", "bee", "cow", "dog", "eel"]

    def test_hold_for_every_start(self, registry: None) -> None:
        """Whatever the priorities around the bound, the item comes first and the others keep their order."""
        start = {"ant": 0, "bee": 1, "cow": 0, "dog": 2, "eel": 1}
        kind = synced_chain("tight", **{name: PRIORITY_MIN + above for name, above in start.items()})
        order = list(priorities(kind))

        for name in start:
            promote(name)

            order = [name, *(other for other in order if other != name)]
            assert list(priorities(kind)) == order


class TestAnItemThatDoesNotLoad:
    def test_is_refused(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)

        with revisions_made() as made, pytest.raises(NotLoadableError, match="registers no code for it") as caught:
            promote("spare")

        assert made == []
        assert str(SPARE) in str(caught.value)

    def test_is_refused_even_by_force(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)

        with pytest.raises(NotLoadableError):
            promote("spare", force=True)

    def test_is_refused_while_its_construction_has_just_failed_unless_forced(self) -> None:
        note_failure(SPARE, RuntimeError("no credentials"))

        with pytest.raises(NotLoadableError, match="RuntimeError; the log has the rest"):
            promote("spare")

        assert promote("spare", force=True).revision is not None

    def test_is_unknown_while_archived_or_without_row(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        services.sync_plugins(origin=OPERATOR, prune_missing=True)

        with pytest.raises(UnknownItemsError):
            promote("spare")
        with pytest.raises(UnknownItemsError):
            services.promote(item=uuid4(), origin=OPERATOR)


class TestQueries:
    @pytest.mark.parametrize("others", [2, 40])
    def test_are_as_many_for_few_as_for_many_items(
        self, others: int, registry: None, django_assert_num_queries: object
    ) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(others)})
        last = item(f"item{others - 1}")

        with django_assert_num_queries(15):  # type: ignore[operator]
            services.promote(item=last.pk, origin=OPERATOR)
