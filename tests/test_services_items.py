"""What operators do to items and types: every door calls these."""

from collections.abc import Callable
from math import ceil
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, Channel, PluginStatus
from plugin_system.exceptions import (
    ExpectedCountError,
    InvalidValueError,
    NothingUsableError,
    PluginSystemError,
    PreconditionFailedError,
    ReasonRequiredError,
    StaleRevisionError,
    TooManyItemsError,
    UnknownItemsError,
    UnknownPluginTypeError,
)
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.revisions import BATCH
from plugin_system.rows import unrecorded
from plugin_system.services import ItemEdit, ItemSelection, Outcome
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
    statuses,
    synced_chain,
)
from tests.host.otp.interfaces import AbstractOTP

pytestmark = pytest.mark.django_db

ACTIVE, RESERVED, DISABLED = PluginStatus
PEOPLE = Origin(channel=Channel.ADMIN, actor="ops")
UPDATE_OF_ITEMS = f"UPDATE {connection.ops.quote_name(PluginItem._meta.db_table)}"
IDS = {"primary": PRIMARY.row_id, "secondary": SECONDARY.row_id, "spare": SPARE.row_id}


def ids(*names: str) -> ItemSelection:
    return ItemSelection(ids=tuple(IDS[name] for name in names))


def names_of(outcomes: list[services.ItemOutcome]) -> list[str]:
    return [outcome.item.name for outcome in outcomes]


def refused(act: Callable[[], Any], error: type[PluginSystemError]) -> Any:
    """Return the error with which ``act`` must be refused, leaving no trace."""

    def state() -> tuple[Any, ...]:
        return counter_pair(), list(PluginItem.all_objects.order_by("pk").values()), Revision.objects.count()

    before = state()
    with pytest.raises(error) as caught, transaction.atomic():
        act()
    assert state() == before
    return caught.value


class TestItemSelection:
    def selected(self, **members: Any) -> list[str]:
        return [row.name for row in ItemSelection(**members).rows("default")]

    def test_by_ids_keeps_their_order(self) -> None:
        assert self.selected(ids=(IDS["spare"], IDS["primary"])) == ["spare", "primary"]

    def test_by_an_id_given_twice_has_the_item_once(self) -> None:
        assert self.selected(ids=(IDS["spare"], IDS["spare"])) == ["spare"]

    def test_by_type(self, otp: PluginType, registry: None) -> None:
        other = synced_chain("carrier", pigeon=1)

        assert self.selected(plugin_type=otp.pk) == ["primary", "secondary", "spare"]
        assert self.selected(plugin_type=other.pk) == ["pigeon"]

    def test_by_module_matches_it_exactly(self) -> None:
        assert self.selected(module=MODULE) == ["primary", "secondary"]
        assert self.selected(module=f"{MODULE}.spare") == ["spare"]

    def test_by_status(self) -> None:
        assert self.selected(status=RESERVED) == ["spare"]

    def test_by_several_members_has_what_fits_them_all(self) -> None:
        assert self.selected(ids=tuple(IDS.values()), status=ACTIVE) == ["primary", "secondary"]
        assert self.selected(ids=tuple(IDS.values()), status=ACTIVE, module="apps.x") == []
        assert self.selected(module=MODULE, status=RESERVED) == []

    def test_of_nothing_is_nothing(self) -> None:
        assert self.selected(ids=()) == []

    def test_leaves_archived_items_out(self) -> None:
        PluginItem.objects.filter(name="primary").update(archived=timezone.now())

        assert self.selected(module=MODULE) == ["secondary"]

    def test_by_id_has_an_archived_item_only_where_its_code_is(self, registry: None) -> None:
        PluginItem.objects.filter(name="primary").update(archived=timezone.now())
        assert self.selected(ids=(IDS["primary"],)) == ["primary"]
        plugin_registry.remove_item(PRIMARY)
        with pytest.raises(UnknownItemsError):
            self.selected(ids=(IDS["primary"],))

    def test_without_any_member_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match=r"by ids, plugin_type, module or status") as caught:
            ItemSelection()

        assert caught.value.field == "select"

    def test_names_every_id_that_has_no_row(self) -> None:
        unknown = [uuid4(), uuid4()]

        with pytest.raises(UnknownItemsError) as caught:
            self.selected(ids=(unknown[0], IDS["primary"], unknown[1]))

        assert caught.value.unknown == [str(each) for each in unknown]
        assert all(repr(str(each)) in str(caught.value) for each in unknown)

    def test_may_be_bounded(self) -> None:
        assert self.selected(module=MODULE, at_most=2) == ["primary", "secondary"]
        with pytest.raises(TooManyItemsError):
            self.selected(module=MODULE, at_most=1)


def set_status(items: ItemSelection, status: PluginStatus, **options: Any) -> Outcome:
    return services.set_status(items=items, status=status, origin=options.pop("origin", OPERATOR), **options)


class TestSetStatus:
    def test_gives_the_items_the_status_as_one_revision(self, otp: PluginType) -> None:
        with revisions_made() as made:
            outcome = set_status(ids("primary", "secondary"), DISABLED)

        (revision,) = made
        assert statuses(otp) == {"primary": "disable", "secondary": "disable", "spare": "reserve"}
        assert (outcome.revision, outcome.dry_run) == (revision.number, False)
        assert changes_of(revision) == {
            str(PRIMARY): ({"status": "active"}, {"status": "disable"}),
            str(SECONDARY): ({"status": "active"}, {"status": "disable"}),
        }

    def test_records_who_and_why(self) -> None:
        with revisions_made() as made:
            set_status(ids("primary"), DISABLED)

        assert (made[0].actor, made[0].actor_id, made[0].reason, made[0].request_id) == ("ops", "7", "INC-12", "req-1")

    def test_stamps_rows_type_and_answer(self) -> None:
        outcome = set_status(ids("primary"), DISABLED)

        stored = item("primary")
        assert stored.revision == stored.plugin_type.chain_revision == outcome.revision
        assert outcome.items[0].item.revision == outcome.revision
        assert item("secondary").revision != outcome.revision

    def test_by_module_stamps_what_it_changes_and_nothing_else(self) -> None:
        set_status(ids("secondary"), DISABLED)
        before = item("secondary").revision

        with CaptureQueriesContext(connection) as queries:
            outcome = set_status(ItemSelection(module=MODULE), DISABLED)

        assert {each.item.name for each in outcome.changed} == {"primary"}
        assert item("primary").revision == outcome.revision
        assert (item("secondary").revision, item("spare").status) == (before, "reserve")
        assert sum(query["sql"].startswith(UPDATE_OF_ITEMS) for query in queries.captured_queries) == 1

    def test_refuses_what_raw_sql_changes_under_it(self) -> None:
        interferences: list[str] = []

        def interfere(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            if sql.startswith(UPDATE_OF_ITEMS) and not interferences:
                interferences.append(sql)
                with connection.cursor() as cursor:
                    cursor.execute(f"{UPDATE_OF_ITEMS} SET status = 'disable' WHERE name = 'primary'")
            return execute(sql, *arguments)

        with connection.execute_wrapper(interfere), pytest.raises(ExpectedCountError):
            set_status(ItemSelection(status=ACTIVE), DISABLED)

        assert interferences
        assert item("secondary").status == "active"

    def test_tells_what_resolves_before_and_after(self) -> None:
        (resolution,) = set_status(ids("primary"), DISABLED).resolves

        assert (resolution.plugin_type, resolution.before, resolution.after) == (OTP, PRIMARY, SECONDARY)
        assert type(get_plugin_instance(AbstractOTP)).__name__ == "Secondary"

    def test_reports_items_that_have_it_already_unchanged(self) -> None:
        outcome = set_status(ids("primary", "spare"), RESERVED)

        assert (names_of(outcome.changed), names_of(outcome.unchanged)) == (["primary"], ["spare"])
        assert item("spare").revision != outcome.revision

    def test_writes_nothing_where_every_item_has_it(self) -> None:
        before = counter_pair()

        outcome = set_status(ids("primary", "secondary"), ACTIVE)

        assert counter_pair() == before
        assert outcome.revision is None
        assert names_of(outcome.unchanged) == ["primary", "secondary"]

    def test_writes_nothing_where_nothing_is_selected(self) -> None:
        before = counter_pair()

        assert set_status(ItemSelection(module="apps.x"), DISABLED).items == []
        assert counter_pair() == before

    def test_refuses_an_id_without_row(self) -> None:
        error = refused(lambda: set_status(ItemSelection(ids=(IDS["primary"], uuid4())), DISABLED), UnknownItemsError)

        assert len(error.unknown) == 1

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_refuses_another_number_of_items_than_expected(self, expected: int) -> None:
        error = refused(
            lambda: set_status(ItemSelection(module=MODULE), RESERVED, expected_count=expected), ExpectedCountError
        )

        assert (error.expected, error.found) == (expected, 2)
        assert f"holds 2 items, not the expected {expected}" in str(error)

    def test_goes_on_with_the_number_of_items_expected(self) -> None:
        assert len(set_status(ItemSelection(module=MODULE), RESERVED, expected_count=2).changed) == 2

    def test_refuses_to_leave_a_type_without_usable_item(self) -> None:
        error = refused(lambda: set_status(ids("primary", "secondary", "spare"), DISABLED), NothingUsableError)

        assert f"'{OTP}'" in str(error)

    def test_can_be_forced(self, otp: PluginType) -> None:
        outcome = set_status(ids("primary", "secondary", "spare"), DISABLED, force=True)

        assert set(statuses(otp).values()) == {"disable"}
        assert outcome.resolves[0].after is None

    def test_does_not_count_an_item_whose_code_is_gone_as_usable(self, otp: PluginType) -> None:
        PluginItem.objects.create(plugin_type=otp, module="apps.gone", name="lost")

        refused(lambda: set_status(ids("primary", "secondary", "spare"), DISABLED), NothingUsableError)

    def test_takes_items_of_several_types(self, registry: None) -> None:
        synced_chain("carrier", pigeon=1, raven=2)
        selection = ItemSelection(ids=(IDS["primary"], item("pigeon").pk))

        outcome = set_status(selection, DISABLED)

        assert [resolution.plugin_type.name for resolution in outcome.resolves] == ["carrier", "otp"]
        assert set(PluginType.objects.values_list("chain_revision", flat=True)) == {outcome.revision}

    @pytest.mark.parametrize("force", [True, False])
    def test_as_a_dry_run_leaves_no_trace(self, force: bool) -> None:
        before = counter_pair(), item("primary").revision

        outcome = set_status(ids("primary"), DISABLED, dry_run=True, force=force)

        assert (counter_pair(), item("primary").revision) == before
        assert item("primary").status == "active"
        assert Revision.objects.count() == before[0][0]
        assert (outcome.revision, outcome.dry_run) == (None, True)
        assert names_of(outcome.changed) == ["primary"]
        assert outcome.items[0].item.revision == before[1]
        assert outcome.resolves[0].after == SECONDARY
        assert type(get_plugin_instance(AbstractOTP)).__name__ == "Primary"

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_of_people_where_the_host_does(self) -> None:
        refused(lambda: set_status(ids("primary"), DISABLED, origin=PEOPLE), ReasonRequiredError)

        assert set_status(ids("primary"), DISABLED, origin=Origin(channel=Channel.API, reason="INC-1")).revision
        assert set_status(ids("primary"), ACTIVE, origin=Origin()).revision

    def test_refuses_a_reason_that_is_too_long(self) -> None:
        error = refused(
            lambda: set_status(ids("primary"), DISABLED, origin=Origin(reason="x" * 501)), InvalidValueError
        )

        assert error.field == "reason"

    def test_refuses_a_status_that_it_does_not_know(self) -> None:
        with pytest.raises(ValueError, match=r"off"):
            set_status(ItemSelection(module="apps.x"), "off")  # A word that the type checker would refuse.


def shift(items: ItemSelection, by: int, **options: Any) -> Outcome:
    return services.shift_priority(items=items, by=by, origin=OPERATOR, **options)


class TestShiftPriority:
    def test_adds_to_each_item_s_own_priority(self) -> None:
        with revisions_made() as made:
            outcome = shift(ids("primary", "secondary"), -5)

        assert [item(name).priority for name in ("primary", "secondary", "spare")] == [5, 15, 0]
        assert changes_of(made[0]) == {
            str(PRIMARY): ({"priority": 10}, {"priority": 5}),
            str(SECONDARY): ({"priority": 20}, {"priority": 15}),
        }
        assert outcome.revision == item("secondary").revision == made[0].number

    @pytest.mark.parametrize(("by", "bound"), [(100_000, PRIORITY_MAX), (-100_000, PRIORITY_MIN)])
    def test_stops_at_the_bounds(self, by: int, bound: int) -> None:
        shift(ids("primary"), by)
        assert item("primary").priority == bound

        before = counter_pair()
        outcome = shift(ids("primary"), by)

        assert names_of(outcome.unchanged) == ["primary"]
        assert counter_pair() == before

    def test_by_nothing_writes_nothing(self) -> None:
        before = counter_pair()

        assert shift(ids("primary"), 0).revision is None
        assert counter_pair() == before

    def test_refuses_an_id_without_row(self) -> None:
        refused(lambda: shift(ItemSelection(ids=(uuid4(),)), 1), UnknownItemsError)

    def test_as_a_dry_run_leaves_no_trace(self) -> None:
        before = counter_pair()

        outcome = shift(ids("primary"), 100, dry_run=True)

        assert (counter_pair(), item("primary").priority) == (before, 10)
        assert outcome.items[0].after == {"priority": 110}
        assert outcome.resolves[0].after == SECONDARY


class TestItemEdit:
    @pytest.mark.parametrize("priority", [PRIORITY_MIN - 1, PRIORITY_MAX + 1])
    def test_refuses_a_priority_outside_the_bounds(self, priority: int) -> None:
        with pytest.raises(InvalidValueError, match=r"outside -32768 to 32767; lower wins") as caught:
            ItemEdit(item=uuid4(), priority=priority)

        assert caught.value.field == "priority"

    @pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
    def test_refuses_a_description_that_not_every_database_keeps(self, text: str) -> None:
        with pytest.raises(InvalidValueError, match="no database keeps") as caught:
            ItemEdit(item=uuid4(), description=text)
        with pytest.raises(InvalidValueError, match="no database keeps"):
            services.update_type(plugin_type=OTP.row_id, description=text, origin=OPERATOR)

        assert caught.value.field == "description"

    def test_sets_what_it_states(self) -> None:
        assert ItemEdit(item=uuid4()).values() == {}
        assert ItemEdit(item=uuid4(), priority=0, description="").values() == {"priority": 0, "description": ""}


def edit(name: str, **values: Any) -> ItemEdit:
    return ItemEdit(item=IDS[name], **values)


def edit_items(*edits: ItemEdit, **options: Any) -> Outcome:
    return services.edit_items(edits=edits, origin=OPERATOR, **options)


class TestEditItems:
    def test_applies_every_edit_as_one_revision(self) -> None:
        with revisions_made() as made:
            outcome = edit_items(
                edit("spare", status=ACTIVE, priority=-1),
                edit("primary", status=DISABLED),
                edit("secondary", description="New"),
            )

        (revision,) = made
        assert changes_of(revision) == {
            str(SPARE): ({"status": "reserve", "priority": 0}, {"status": "active", "priority": -1}),
            str(PRIMARY): ({"status": "active"}, {"status": "disable"}),
            str(SECONDARY): ({"description": "The second choice"}, {"description": "New"}),
        }
        assert names_of(outcome.items) == ["spare", "primary", "secondary"]
        assert {item(name).revision for name in IDS} == {revision.number}
        assert outcome.resolves[0].after == SPARE

    def test_reports_items_that_are_so_already_unchanged(self) -> None:
        outcome = edit_items(edit("primary", priority=10), edit("secondary", priority=5))

        assert (names_of(outcome.changed), names_of(outcome.unchanged)) == (["secondary"], ["primary"])
        assert item("primary").revision != outcome.revision

    def test_writes_nothing_where_all_are_so_already(self) -> None:
        before = counter_pair()

        assert edit_items(edit("primary", priority=10, status=ACTIVE), edit("spare")).revision is None
        assert edit_items().items == []
        assert counter_pair() == before

    def test_refuses_two_edits_of_one_item(self) -> None:
        error = refused(lambda: edit_items(edit("primary", priority=1), edit("primary", priority=2)), InvalidValueError)

        assert error.field == "items"

    def test_refuses_an_item_without_row(self) -> None:
        refused(lambda: edit_items(edit("primary", priority=1), ItemEdit(item=uuid4(), priority=1)), UnknownItemsError)

    def test_refuses_all_where_one_was_made_on_the_sight_of_another_revision(self) -> None:
        current = item("primary").revision

        error = refused(
            lambda: edit_items(
                edit("secondary", priority=1, revision=item("secondary").revision),
                edit("primary", priority=1, revision=current - 1),
            ),
            StaleRevisionError,
        )

        assert error.stale == {str(PRIMARY): current}
        assert f"{PRIMARY} (now at revision {current})" in str(error)

    def test_accepts_the_revision_that_the_row_has(self) -> None:
        assert edit_items(edit("primary", priority=1, revision=item("primary").revision)).revision

    def test_refuses_to_leave_a_type_without_usable_item_unless_forced(self) -> None:
        edits = [edit(name, status=DISABLED) for name in IDS]

        refused(lambda: edit_items(*edits), NothingUsableError)

        assert edit_items(*edits, force=True).revision

    def test_as_a_dry_run_leaves_no_trace(self) -> None:
        before = counter_pair()

        outcome = edit_items(edit("primary", status=DISABLED), edit("spare", priority=9), dry_run=True)

        assert (counter_pair(), item("primary").status, item("spare").priority) == (before, "active", 0)
        assert outcome.resolves[0].after == SECONDARY


def update_item(change: ItemEdit, **options: Any) -> Outcome:
    return services.update_item(edit=change, origin=OPERATOR, **options)


class TestUpdateItem:
    def test_applies_the_edit(self) -> None:
        with revisions_made() as made:
            outcome = update_item(edit("primary", status=RESERVED, priority=3, description="New"))

        stored = item("primary")
        assert (stored.status, stored.priority, stored.description) == ("reserve", 3, "New")
        assert stored.revision == outcome.revision == made[0].number
        assert outcome.items[0].before == {"status": "active", "priority": 10, "description": "The first choice"}

    def test_writes_nothing_where_it_is_so_already(self) -> None:
        before = counter_pair()

        outcome = update_item(edit("primary", status=ACTIVE))

        assert (outcome.revision, counter_pair()) == (None, before)
        assert names_of(outcome.unchanged) == ["primary"]

    def test_refuses_an_item_without_row(self) -> None:
        refused(lambda: update_item(ItemEdit(item=uuid4(), priority=1)), UnknownItemsError)

    def test_refuses_an_archived_item_whose_code_is_elsewhere(self, registry: None) -> None:
        PluginItem.objects.filter(name="primary").update(archived=timezone.now())
        plugin_registry.remove_item(PRIMARY)

        with pytest.raises(UnknownItemsError):
            update_item(edit("primary", priority=1))

    def test_switches_off_an_archived_item_that_serves(self) -> None:
        # An old release's prune has archived it while this one has its code.
        PluginItem.objects.filter(name="primary").update(archived=timezone.now())
        assert type(get_plugin_instance(AbstractOTP)).__name__ == "Primary"

        outcome = update_item(edit("primary", status=DISABLED))

        assert [each.after for each in outcome.resolves] == [SECONDARY]
        assert type(get_plugin_instance(AbstractOTP)).__name__ == "Secondary"

    def test_goes_on_at_one_of_the_revisions_that_the_caller_accepts(self) -> None:
        assert update_item(edit("primary", priority=1), if_match=[99, item("primary").revision]).revision

    @pytest.mark.parametrize("accepted", [[], [99]])
    def test_refuses_to_go_on_at_another_revision(self, accepted: list[int]) -> None:
        current = item("primary").revision

        error = refused(lambda: update_item(edit("primary", priority=1), if_match=accepted), PreconditionFailedError)

        assert error.current == current
        assert f"is at revision {current} now" in str(error)

    def test_judges_the_condition_before_it_finds_that_nothing_differs(self) -> None:
        refused(lambda: update_item(edit("primary", priority=10), if_match=[99]), PreconditionFailedError)

    def test_refuses_an_edit_made_on_the_sight_of_another_revision(self) -> None:
        refused(lambda: update_item(edit("primary", priority=1, revision=99)), StaleRevisionError)

    def test_refuses_to_leave_a_type_without_usable_item_unless_forced(self) -> None:
        set_status(ids("secondary", "spare"), DISABLED)

        error = refused(lambda: update_item(edit("primary", status=DISABLED)), NothingUsableError)

        assert f"'{OTP}'" in str(error)
        assert update_item(edit("primary", status=DISABLED), force=True).revision

    def test_as_a_dry_run_leaves_no_trace(self) -> None:
        before = counter_pair()

        outcome = update_item(edit("primary", status=DISABLED), dry_run=True)

        assert (outcome.revision, counter_pair()) == (None, before)
        assert outcome.resolves[0].after == SECONDARY


def update_type(plugin_type: UUID = OTP.row_id, **options: Any) -> services.TypeOutcome:
    return services.update_type(plugin_type=plugin_type, origin=OPERATOR, **options)


class TestUpdateType:
    def test_gives_the_type_a_description(self, otp: PluginType) -> None:
        with revisions_made() as made:
            outcome = update_type(description="New")

        stored = PluginType.objects.get(pk=otp.pk)
        assert (stored.description, outcome.plugin_type.description, outcome.changed) == ("New", "New", True)
        assert stored.revision == stored.chain_revision == outcome.revision == made[0].number
        assert changes_of(made[0]) == {str(OTP): ({"description": otp.description}, {"description": "New"})}
        assert made[0].reason == "INC-12"

    @pytest.mark.parametrize("description", [None, "One-time password delivery"])
    def test_writes_nothing_where_it_has_it_already(self, description: str | None) -> None:
        before = counter_pair()

        outcome = update_type(description=description)

        assert (outcome.revision, outcome.changed, counter_pair()) == (None, False, before)

    def test_refuses_an_unknown_type(self) -> None:
        unknown = uuid4()

        error = refused(lambda: update_type(unknown, description="New"), UnknownPluginTypeError)

        assert repr(str(unknown)) in str(error)

    def test_goes_on_at_a_revision_that_the_caller_accepts_only(self, otp: PluginType) -> None:
        error = refused(lambda: update_type(description="New", if_match=[99]), PreconditionFailedError)

        assert error.current == otp.revision
        assert update_type(description="New", if_match=[otp.revision]).revision

    def test_as_a_dry_run_leaves_no_trace(self, otp: PluginType) -> None:
        before = counter_pair()

        outcome = update_type(description="New", dry_run=True)

        assert (outcome.revision, outcome.changed, counter_pair()) == (None, True, before)
        assert PluginType.objects.get(pk=otp.pk).description == otp.description


class TestFind:
    @pytest.mark.parametrize("reference", [str(OTP), str(OTP.row_id), OTP.row_id.hex])
    def test_type_by_key_or_id(self, otp: PluginType, reference: str) -> None:
        assert services.find_type(reference) == otp

    @pytest.mark.parametrize("reference", ["otp", "apps.x:otp", str(UUID(int=5)), "", str(PRIMARY)])
    def test_refuses_a_type_that_is_not_there(self, reference: str) -> None:
        with pytest.raises(UnknownPluginTypeError) as caught:
            services.find_type(reference)

        assert repr(reference) in str(caught.value)

    @pytest.mark.parametrize("reference", [str(PRIMARY), str(PRIMARY.row_id)])
    def test_item_by_key_or_id(self, primary: PluginItem, reference: str, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            assert services.find_item(reference).key == primary.key

    @pytest.mark.parametrize("reference", ["primary", f"{OTP}/{MODULE}:nobody", str(UUID(int=5)), "", str(OTP)])
    def test_refuses_an_item_that_is_not_there(self, reference: str) -> None:
        with pytest.raises(UnknownItemsError) as caught:
            services.find_item(reference)

        assert caught.value.unknown == [reference]

    def test_leaves_archived_rows_out_whose_code_is_elsewhere(self, registry: None) -> None:
        PluginItem.objects.filter(name="primary").update(archived=timezone.now())
        PluginType.objects.update(archived=timezone.now())
        assert services.find_item(str(PRIMARY)).key == PRIMARY
        plugin_registry.remove_item(PRIMARY)

        with pytest.raises(UnknownItemsError):
            services.find_item(str(PRIMARY))
        with pytest.raises(UnknownPluginTypeError):
            services.find_type(str(OTP))


class TestManyItems:
    COUNT = 10_000

    def test_cost_a_constant_number_of_queries_and_one_per_batch_of_records(self, otp: PluginType) -> None:
        rows = [
            PluginItem(id=uuid4(), plugin_type=otp, module="apps.many", name=str(number))
            for number in range(self.COUNT)
        ]
        unrecorded(PluginItem, "default").bulk_create(rows, batch_size=BATCH)
        selection = ItemSelection(module="apps.many")
        few = self.queries(lambda: set_status(ids("primary"), RESERVED))
        fields = [field for field in Change._meta.concrete_fields if not field.primary_key]
        insertable = min(BATCH, connection.ops.bulk_batch_size(fields, rows))
        batches = ceil(self.COUNT / insertable)
        if connection.vendor == "mysql":  # There a module's name alone selects more than the rows that fit.
            batches += ceil(self.COUNT / BATCH)

        outcomes: list[Outcome] = []
        many = self.queries(lambda: outcomes.append(set_status(selection, DISABLED)))

        assert len(outcomes[0].changed) == Change.objects.filter(revision=outcomes[0].revision).count() == self.COUNT
        assert many <= few + batches
        assert PluginItem.objects.filter(module="apps.many", status="disable").count() == self.COUNT

    def queries(self, act: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            act()
        return len(captured)
