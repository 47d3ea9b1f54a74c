"""Writes that host code makes through the ORM: each is one revision, with channel ``code``."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F, ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import NotLoadableError
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from tests.factories import (
    MANAGER,
    MODULE,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    counter_pair,
    create_savepoint,
    in_loop,
    item,
    revisions_made,
    sync,
    synced_chain,
)
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary, Secondary
from tests.host.prefs.models import Preference

pytestmark = pytest.mark.django_db

DISABLED, RESERVED, ACTIVE = PluginStatus.DISABLED.value, PluginStatus.RESERVED.value, PluginStatus.ACTIVE.value


def row_of(key: ItemKey, **values: Any) -> dict[str, Any]:
    """Return what a record says of a new or deleted item."""
    return {"status": ACTIVE, "priority": 0, "description": "", "archived": False, **values}


def new_item(otp: PluginType, name: str = "third", **values: Any) -> PluginItem:
    return PluginItem(plugin_type=otp, module=MODULE, name=name, **values)


THIRD = ItemKey(OTP, MODULE, "third")
Act = Callable[[], Any]


def recorded(act: Act) -> tuple[Revision, dict[str, tuple[Any, Any]]]:
    """Return the one revision that ``act`` makes, and its changes."""
    with revisions_made() as made:
        act()
    (revision,) = made
    assert revision.channel == "code"
    return revision, changes_of(revision)


def unrecorded(act: Act) -> None:
    """Require that ``act`` leaves no trace: not even the counter's nonce may differ."""
    before = counter_pair()
    act()
    assert counter_pair() == before


class TestSave:
    def test_of_an_item_is_one_revision(self, primary: PluginItem) -> None:
        primary.status, primary.priority = PluginStatus.DISABLED, 3

        revision, changes = recorded(primary.save)

        assert changes == {str(PRIMARY): ({"status": ACTIVE, "priority": 10}, {"status": DISABLED, "priority": 3})}
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]

    def test_stamps_row_type_and_object(self, primary: PluginItem) -> None:
        primary.priority = 3

        revision, _ = recorded(primary.save)

        assert primary.revision == item("primary").revision == revision.number
        assert item("primary").plugin_type.chain_revision == revision.number
        assert item("primary").plugin_type.revision < revision.number
        assert item("secondary").revision < revision.number

    def test_of_a_type_is_one_revision(self, otp: PluginType) -> None:
        otp.description = "New"

        revision, changes = recorded(otp.save)

        assert changes == {str(OTP): ({"description": "One-time password delivery"}, {"description": "New"})}
        stored = PluginType.objects.get(pk=otp.pk)
        assert stored.revision == stored.chain_revision == otp.revision == otp.chain_revision == revision.number
        assert revision.resolves == []

    def test_of_a_new_item_gives_it_the_id_of_its_key(self, otp: PluginType) -> None:
        row = new_item(otp, priority=-5)

        _, changes = recorded(row.save)

        assert row.pk == THIRD.row_id
        assert changes == {str(THIRD): (None, row_of(THIRD, priority=-5))}

    def test_of_a_new_type_gives_it_the_id_of_its_key(self) -> None:
        row = PluginType(manager=MANAGER, name="carrier", description="Carries")

        _, changes = recorded(row.save)

        assert row.pk == TypeKey(MANAGER, "carrier").row_id
        key = f"{MANAGER}:carrier"
        assert changes == {key: (None, {"description": "Carries", "archived": False})}

    def test_keeps_an_id_that_is_given(self, otp: PluginType) -> None:
        own = uuid.uuid4()

        new_item(otp, pk=own).save()

        assert item("third").pk == own

    def test_takes_expressions(self, primary: PluginItem) -> None:
        primary.priority = F("priority") + 5

        _, changes = recorded(primary.save)

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 15})}

    def test_of_some_fields_records_those(self, primary: PluginItem) -> None:
        primary.status, primary.priority = PluginStatus.DISABLED, 3

        revision, changes = recorded(lambda: primary.save(update_fields=["priority"]))

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}
        assert item("primary").revision == revision.number

    def test_without_difference_takes_no_number(self, primary: PluginItem, otp: PluginType) -> None:
        unrecorded(primary.save)
        unrecorded(otp.save)

    def test_of_a_stale_object_does_not_take_the_revision_back(self, primary: PluginItem) -> None:
        item("primary").save()
        fresh = item("primary")
        fresh.priority = 3
        revision, _ = recorded(fresh.save)

        primary.priority = 3
        unrecorded(primary.save)

        assert primary.revision == item("primary").revision == revision.number

    def test_of_a_stale_type_does_not_take_the_chain_s_revision_back(
        self, otp: PluginType, primary: PluginItem
    ) -> None:
        primary.priority = 3
        revision, _ = recorded(primary.save)

        unrecorded(otp.save)

        assert PluginType.objects.get(pk=otp.pk).chain_revision == revision.number

    def test_of_a_stale_object_records_what_it_overwrites(self, primary: PluginItem) -> None:
        other = item("primary")
        other.status = PluginStatus.DISABLED
        other.save()
        primary.priority = 3

        _, changes = recorded(primary.save)

        assert changes == {str(PRIMARY): ({"status": DISABLED, "priority": 10}, {"status": ACTIVE, "priority": 3})}

    def test_that_fails_leaves_no_trace(self, otp: PluginType) -> None:
        row = new_item(otp, "primary", pk=uuid.uuid4())

        def act() -> None:
            with pytest.raises(IntegrityError), transaction.atomic():
                row.save()

        unrecorded(act)

    def test_may_archive_and_restore(self, primary: PluginItem) -> None:
        primary.archived = timezone.now()
        _, changes = recorded(primary.save)
        assert changes == {str(PRIMARY): ({"archived": False}, {"archived": True})}

        primary.archived = None
        _, changes = recorded(primary.save)
        assert changes == {str(PRIMARY): ({"archived": True}, {"archived": False})}

    def test_can_be_awaited(self, primary: PluginItem) -> None:
        primary.priority = 3

        _, changes = recorded(lambda: in_loop(primary.asave))

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}


class TestDjangosOwnWrites:
    def test_through_the_types_items_are_recorded_and_noticed(self, primary: PluginItem, registry: None) -> None:
        kind = synced_chain("carrier", dove=5)
        assert get_plugin_instance(AbstractOTP).__class__ is Primary
        with revisions_made() as made:
            kind.items.add(primary)
        assert [each.channel for each in made] == ["code"]
        assert get_plugin_instance(AbstractOTP).__class__ is Secondary

    def test_take_the_counters_lock_before_they_lock_rows(self, primary: PluginItem) -> None:
        acts: tuple[Act, ...] = (
            lambda: PluginItem.objects.update_or_create(pk=primary.pk, defaults={"priority": 77}),
            lambda: PluginItem.objects.select_for_update().get(pk=primary.pk),
        )
        for act in acts:
            with transaction.atomic(), CaptureQueriesContext(connection) as queries:
                act()
            first = next(each["sql"] for each in queries if "SAVEPOINT" not in each["sql"])
            assert "plugin_system_revisioncounter" in first

    def test_that_lock_outside_a_transaction_are_refused_as_ever(self, primary: PluginItem) -> None:
        rows = PluginItem.objects.select_for_update().filter(pk=primary.pk)
        with transaction.atomic():
            assert rows.get() == primary


class TestRename:
    """What changes a row's key is the end of one row and the beginning of another, to whoever follows by key."""

    def test_of_an_item_is_recorded_under_both_keys(self, primary: PluginItem) -> None:
        primary.name = "third"

        revision, changes = recorded(primary.save)

        values = row_of(THIRD, priority=10, description="The first choice")
        assert changes == {str(PRIMARY): (values, None), str(THIRD): (None, values)}
        assert item("third").revision == revision.number
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]

    def test_by_update_is_recorded(self) -> None:
        rows = PluginItem.objects.filter(module=MODULE)

        _, changes = recorded(lambda: rows.update(module="apps.other"))

        assert sorted(changes) == sorted(
            f"{OTP}/{module}:{name}" for module in (MODULE, "apps.other") for name in ("primary", "secondary")
        )
        assert get_plugin_instance(*OTP[::-1]).__class__.__name__ == "Spare"

    def test_leaves_the_old_key_to_whoever_registers_it_next(self, primary: PluginItem) -> None:
        primary.name, primary.status = "third", DISABLED
        primary.save()

        sync()

        assert item("primary").pk != primary.pk == item("third").pk
        assert (item("third").status, item("primary").status) == ("disable", "active")

    def test_of_a_type_leaves_the_old_keys_to_whoever_registers_them_next(self, otp: PluginType) -> None:
        otp.name = "passwords"
        otp.save()

        sync()

        assert PluginType.objects.count() == 2
        assert PluginItem.objects.count() == 6
        assert type(get_plugin_instance(AbstractOTP)).__name__ == "Primary"

    def test_is_not_written_over_by_a_new_row_of_the_old_key(self, otp: PluginType, primary: PluginItem) -> None:
        primary.name, primary.status = "third", DISABLED
        primary.save()

        with pytest.raises(IntegrityError), transaction.atomic():
            PluginItem(plugin_type=otp, module=MODULE, name="primary").save()

        assert item("third").status == "disable"

    def test_to_another_type_touches_both(self, primary: PluginItem, registry: None) -> None:
        other = synced_chain("carrier")
        primary.plugin_type = other

        revision, changes = recorded(primary.save)

        assert set(changes) == {str(PRIMARY), f"{other.key}/{MODULE}:primary"}
        assert set(PluginType.objects.filter(chain_revision=revision.number)) == {
            other,
            *PluginType.objects.filter(name="otp"),
        }

    def test_of_a_type_is_recorded(self, otp: PluginType) -> None:
        otp.name = "code"

        revision, changes = recorded(otp.save)

        assert set(changes) == {str(OTP), f"{MANAGER}:code"}
        assert PluginType.objects.get(pk=otp.pk).chain_revision == revision.number
        assert get_plugin_instance(*OTP[::-1]) is None


class TestUpdate:
    def test_is_one_revision_for_all_rows(self, otp: PluginType) -> None:
        rows = PluginItem.objects.filter(plugin_type=otp)

        revision, changes = recorded(lambda: rows.update(status=RESERVED))

        assert changes == {
            str(PRIMARY): ({"status": ACTIVE}, {"status": RESERVED}),
            str(SECONDARY): ({"status": ACTIVE}, {"status": RESERVED}),
        }
        assert set(rows.filter(revision=revision.number).values_list("name", flat=True)) == {"primary", "secondary"}
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}]

    def test_returns_the_number_of_rows(self, otp: PluginType) -> None:
        assert PluginItem.objects.filter(plugin_type=otp).update(description="Same") == 3

    def test_takes_expressions(self) -> None:
        _, changes = recorded(lambda: PluginItem.objects.filter(module=MODULE).update(priority=F("priority") * 2))

        assert changes == {
            str(PRIMARY): ({"priority": 10}, {"priority": 20}),
            str(SECONDARY): ({"priority": 20}, {"priority": 40}),
        }

    def test_records_rows_that_leave_the_filter(self) -> None:
        _, changes = recorded(lambda: PluginItem.objects.filter(status=ACTIVE).update(status=DISABLED))

        assert set(changes) == {str(PRIMARY), str(SECONDARY)}

    def test_without_difference_takes_no_number(self) -> None:
        unrecorded(lambda: PluginItem.objects.filter(name="primary").update(priority=10))

    def test_without_rows_takes_no_number(self) -> None:
        unrecorded(lambda: PluginItem.objects.filter(name="nobody").update(priority=3))

    def test_leaves_archived_rows_to_the_manager_that_has_them(self, primary: PluginItem) -> None:
        PluginItem.objects.filter(pk=primary.pk).update(archived=timezone.now())

        unrecorded(lambda: PluginItem.objects.filter(pk=primary.pk).update(priority=3))
        _, changes = recorded(lambda: PluginItem.all_objects.filter(pk=primary.pk).update(priority=3))

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}

    def test_of_types_is_recorded(self) -> None:
        _, changes = recorded(lambda: PluginType.objects.update(description="New"))

        assert changes == {str(OTP): ({"description": "One-time password delivery"}, {"description": "New"})}

    def test_through_the_type_is_recorded(self, otp: PluginType) -> None:
        _, changes = recorded(lambda: otp.items.filter(name="primary").update(priority=3))

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}

    def test_can_be_awaited(self) -> None:
        rows = PluginItem.objects.filter(name="primary")

        _, changes = recorded(lambda: in_loop(rows.aupdate, priority=3))

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}


class TestCreate:
    def test_is_recorded(self, otp: PluginType) -> None:
        revision, changes = recorded(lambda: PluginItem.objects.create(plugin_type=otp, module=MODULE, name="third"))

        assert changes == {str(THIRD): (None, row_of(THIRD))}
        assert item("third").revision == revision.number
        assert item("third").pk == THIRD.row_id

    def test_through_the_type_is_recorded(self, otp: PluginType) -> None:
        _, changes = recorded(lambda: otp.items.create(module=MODULE, name="third"))

        assert changes == {str(THIRD): (None, row_of(THIRD))}

    def test_by_get_or_create_is_recorded_once(self, otp: PluginType) -> None:
        def act() -> PluginItem:
            return PluginItem.objects.get_or_create(plugin_type=otp, module=MODULE, name="third")[0]

        _, changes = recorded(act)
        assert changes == {str(THIRD): (None, row_of(THIRD))}
        unrecorded(act)

    def test_by_update_or_create_is_recorded(self, otp: PluginType) -> None:
        def act(priority: int) -> Act:
            values = {"plugin_type": otp, "module": MODULE, "name": "third"}
            return lambda: PluginItem.objects.update_or_create(**values, defaults={"priority": priority})

        _, created = recorded(act(3))
        _, updated = recorded(act(4))

        assert created == {str(THIRD): (None, row_of(THIRD, priority=3))}
        assert updated == {str(THIRD): ({"priority": 3}, {"priority": 4})}
        unrecorded(act(4))

    def test_by_async_variants_is_recorded(self, otp: PluginType) -> None:
        values = {"plugin_type": otp, "module": MODULE, "name": "third"}

        recorded(lambda: in_loop(PluginItem.objects.acreate, **values))
        unrecorded(lambda: in_loop(PluginItem.objects.aget_or_create, **values))
        recorded(lambda: in_loop(PluginItem.objects.aupdate_or_create, **values, defaults={"priority": 5}))


class TestBulkCreate:
    def test_is_one_revision(self, otp: PluginType) -> None:
        rows = [new_item(otp, name, priority=-1) for name in ("third", "fourth")]

        revision, changes = recorded(lambda: PluginItem.objects.bulk_create(rows))

        assert set(changes) == {str(THIRD), f"{OTP}/{MODULE}:fourth"}
        assert changes[str(THIRD)] == (None, row_of(THIRD, priority=-1))
        assert [item(name).revision for name in ("third", "fourth")] == [revision.number] * 2
        assert rows[0].pk == THIRD.row_id

    def test_of_types_is_recorded(self) -> None:
        _, changes = recorded(lambda: PluginType.objects.bulk_create([PluginType(manager=MANAGER, name="new")]))

        assert changes == {f"{MANAGER}:new": (None, {"description": "", "archived": False})}

    def test_in_batches_is_one_revision(self, otp: PluginType) -> None:
        rows = [new_item(otp, str(number)) for number in range(5)]

        _, changes = recorded(lambda: PluginItem.objects.bulk_create(rows, batch_size=2))

        assert len(changes) == 5

    def test_reads_the_plugin_types_at_once(self, otp: PluginType) -> None:
        counts = []
        for number in (3, 9):
            rows = [PluginItem(plugin_type_id=otp.pk, module=MODULE, name=f"new{number}-{n}") for n in range(number)]
            with CaptureQueriesContext(connection) as queries:
                PluginItem.objects.bulk_create(rows)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_that_ignores_conflicts_records_what_is_new(self, otp: PluginType) -> None:
        rows = [new_item(otp, "primary", priority=99), new_item(otp)]

        _, changes = recorded(lambda: PluginItem.objects.bulk_create(rows, ignore_conflicts=True))

        assert changes == {str(THIRD): (None, row_of(THIRD))}

    def test_that_updates_conflicts_records_what_changed(self, otp: PluginType) -> None:
        own = uuid.uuid4()
        new_item(otp, pk=own).save()
        rows = [new_item(otp, priority=7), new_item(otp, "primary", priority=8)]
        named = {"update_conflicts": True, "update_fields": ["priority"]}
        if connection.features.supports_update_conflicts_with_target:
            named["unique_fields"] = ["plugin_type", "module", "name"]

        revision, changes = recorded(lambda: PluginItem.objects.bulk_create(rows, **named))

        assert changes == {
            str(PRIMARY): ({"priority": 10}, {"priority": 8}),
            str(THIRD): ({"priority": 0}, {"priority": 7}),
        }
        assert (item("third").pk, item("third").revision) == (own, revision.number)

    def test_of_nothing_takes_no_number(self) -> None:
        unrecorded(lambda: PluginItem.objects.bulk_create([]))

    def test_can_be_awaited(self, otp: PluginType) -> None:
        recorded(lambda: in_loop(PluginItem.objects.abulk_create, [new_item(otp)]))


class TestBulkUpdate:
    def test_is_one_revision(self, primary: PluginItem, secondary: PluginItem, spare: PluginItem) -> None:
        for number, row in enumerate([primary, secondary, spare]):
            row.priority, row.status = number, PluginStatus.DISABLED

        revision, changes = recorded(
            lambda: PluginItem.objects.bulk_update([primary, secondary, spare], ["priority"], batch_size=1)
        )

        assert changes == {
            str(PRIMARY): ({"priority": 10}, {"priority": 0}),
            str(SECONDARY): ({"priority": 20}, {"priority": 1}),
            str(SPARE): ({"priority": 0}, {"priority": 2}),
        }
        assert set(PluginItem.objects.values_list("revision", flat=True)) == {revision.number}

    def test_returns_the_number_of_rows(self, primary: PluginItem, spare: PluginItem) -> None:
        assert PluginItem.objects.bulk_update([primary, spare], ["priority"]) == 2

    def test_leaves_rows_outside_the_queryset_alone(self, primary: PluginItem, spare: PluginItem) -> None:
        primary.priority = spare.priority = 5

        _, changes = recorded(
            lambda: PluginItem.objects.filter(name="primary").bulk_update([primary, spare], ["priority"])
        )

        assert set(changes) == {str(PRIMARY)}

    def test_without_difference_takes_no_number(self, primary: PluginItem) -> None:
        unrecorded(lambda: PluginItem.objects.bulk_update([primary], ["priority", "status"]))
        unrecorded(lambda: PluginItem.objects.bulk_update([], ["priority"]))

    def test_can_be_awaited(self, primary: PluginItem) -> None:
        primary.priority = 3

        recorded(lambda: in_loop(PluginItem.objects.abulk_update, [primary], ["priority"]))


class TestDelete:
    def test_of_an_item_is_one_revision(self, primary: PluginItem) -> None:
        revision, changes = recorded(primary.delete)

        assert changes == {str(PRIMARY): (row_of(PRIMARY, priority=10, description="The first choice"), None)}
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]
        assert PluginType.objects.get(name="otp").chain_revision == revision.number

    def test_of_a_type_takes_its_items_along_in_one_revision(self, otp: PluginType) -> None:
        revision, changes = recorded(otp.delete)

        assert set(changes) == {str(OTP), str(PRIMARY), str(SECONDARY), str(SPARE)}
        assert all(after is None for _, after in changes.values())
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": None}]

    def test_takes_its_database_by_position_as_djangos_does(self, primary: PluginItem) -> None:
        assert primary.delete("default")[0] == 1

    def test_by_queryset_is_one_revision(self) -> None:
        rows = PluginItem.objects.filter(status=ACTIVE)

        _, changes = recorded(rows.delete)

        assert set(changes) == {str(PRIMARY), str(SECONDARY)}

    def test_of_types_by_queryset_takes_their_items_along(self) -> None:
        _, changes = recorded(lambda: PluginType.objects.filter(name="otp").delete())

        assert set(changes) == {str(OTP), str(PRIMARY), str(SECONDARY), str(SPARE)}

    def test_says_what_it_deleted(self, primary: PluginItem) -> None:
        assert primary.delete() == (1, {"plugin_system.PluginItem": 1})

    def test_of_nothing_takes_no_number(self) -> None:
        unrecorded(lambda: PluginItem.objects.filter(name="nobody").delete())

    def test_that_a_host_s_reference_protects_leaves_no_trace(self, primary: PluginItem) -> None:
        Preference.objects.create(owner="ann", item=primary)

        def act() -> None:
            with pytest.raises(ProtectedError), transaction.atomic():
                primary.delete()
            with pytest.raises(ProtectedError), transaction.atomic():
                PluginType.objects.all().delete()

        unrecorded(act)
        assert item("primary").pk == primary.pk

    def test_takes_a_host_s_list_entries_along(self, primary: PluginItem, secondary: PluginItem) -> None:
        preference = Preference.objects.create(owner="ann")
        preference.favourites.set([primary, secondary])

        recorded(primary.delete)

        assert list(preference.favourites.all()) == [secondary]

    def test_can_be_awaited(self, primary: PluginItem) -> None:
        recorded(lambda: in_loop(primary.adelete))
        recorded(lambda: in_loop(PluginItem.objects.filter(name="secondary").adelete))


class TestHostReference:
    def test_is_no_write_of_the_control_plane(self, primary: PluginItem, secondary: PluginItem) -> None:
        def act() -> None:
            preference = Preference.objects.create(owner="ann", item=primary)
            preference.favourites.set([primary, secondary])
            preference.favourites.remove(primary)

        unrecorded(act)

    def test_still_leads_to_an_archived_item(self, primary: PluginItem) -> None:
        preference = Preference.objects.create(owner="ann", item=primary)
        primary.archived = timezone.now()
        primary.save()

        assert Preference.objects.get(pk=preference.pk).item == primary
        preference.full_clean(exclude=["favourites"])

    def test_by_list_leaves_archived_items_out(self, primary: PluginItem, secondary: PluginItem) -> None:
        preference = Preference.objects.create(owner="ann")
        preference.favourites.set([primary, secondary])
        primary.archived = timezone.now()
        primary.save()

        assert list(preference.favourites.all()) == [secondary]


class TestTransaction:
    def test_that_is_rolled_back_leaves_no_trace_and_its_number_is_used_again(self, primary: PluginItem) -> None:
        def act() -> None:
            primary.priority = 3
            with transaction.atomic():
                primary.save()
                transaction.set_rollback(True)

        number, nonce = counter_pair()
        unrecorded(act)
        assert not Revision.objects.filter(number__gt=number).exists()

        primary.priority = 4
        revision, changes = recorded(primary.save)
        assert revision.number == number + 1
        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 4})}
        assert counter_pair()[1] != nonce

    def test_may_roll_back_to_a_savepoint_and_go_on(self, primary: PluginItem, spare: PluginItem) -> None:
        def act() -> None:
            with transaction.atomic():
                savepoint = create_savepoint()
                PluginItem.objects.filter(pk=spare.pk).delete()
                transaction.savepoint_rollback(savepoint)
                primary.priority = 3
                primary.save()

        _, changes = recorded(act)

        assert changes == {str(PRIMARY): ({"priority": 10}, {"priority": 3})}
        assert Change.objects.filter(row_id=spare.pk, after__isnull=True).count() == 0

    def test_holds_one_revision_for_each_write(self, primary: PluginItem, secondary: PluginItem) -> None:
        with revisions_made() as made, transaction.atomic():
            for row in (primary, secondary):
                row.priority += 1
                row.save()

        assert [list(changes_of(each)) for each in made] == [[str(PRIMARY)], [str(SECONDARY)]]


class TestCounter:
    def test_is_one_row(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            RevisionCounter.objects.create(pk=2, nonce="x")

    def test_that_is_gone_comes_back_behind_the_last_kept_revision(self, primary: PluginItem) -> None:
        primary.priority = 3
        revision, _ = recorded(primary.save)
        RevisionCounter.objects.all().delete()

        primary.priority = 4
        primary.save()

        assert counter_pair()[0] == revision.number + 1


class TestConstraint:
    @pytest.mark.parametrize("priority", [PRIORITY_MIN - 1, PRIORITY_MAX + 1])
    def test_keeps_priority_within_its_bounds(self, priority: int) -> None:
        # Django's own integer fields refuse it before the database does; SQL does not.
        with pytest.raises(Exception, match=r"(?i)priority|range"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE plugin_system_pluginitem SET priority = %s WHERE name = %s",
                [priority, "primary"],
            )

        assert item("primary").priority == 10

    @pytest.mark.parametrize("priority", [PRIORITY_MIN, PRIORITY_MAX])
    def test_lets_priority_reach_its_bounds(self, primary: PluginItem, priority: int) -> None:
        primary.priority = priority
        primary.save()

        assert item("primary").priority == priority

    @pytest.mark.parametrize("status", ["", "reserved", "off"])
    def test_knows_three_statuses(self, status: str) -> None:
        def act() -> None:
            with pytest.raises(IntegrityError), transaction.atomic():
                PluginItem.objects.filter(name="primary").update(status=status)

        unrecorded(act)

    def test_keeps_keys_of_items_unique(self, otp: PluginType) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            new_item(otp, "primary", pk=uuid.uuid4()).save()

    def test_lets_another_module_offer_the_name(self, otp: PluginType) -> None:
        PluginItem(plugin_type=otp, module="apps.other", name="primary").save()

    def test_keeps_keys_of_types_unique(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            PluginType(pk=uuid.uuid4(), **OTP._asdict()).save()

    def test_is_known_to_forms(self, primary: PluginItem) -> None:
        primary.priority = PRIORITY_MAX + 1

        with pytest.raises(ValidationError, match=r"priority"):
            primary.full_clean()


class TestFixture:
    def test_brings_rows_back_that_processes_then_see(self, tmp_path: Path, primary: PluginItem) -> None:
        fixture = str(tmp_path / "plugins.json")
        call_command("dumpdata", "plugin_system", output=fixture, verbosity=0)
        primary.status = PluginStatus.DISABLED
        primary.save()
        assert isinstance(get_plugin_instance(*OTP[::-1]), Secondary)
        pair = counter_pair()

        call_command("loaddata", fixture, verbosity=0)

        assert item("primary").status == ACTIVE
        assert counter_pair() != pair
        assert isinstance(get_plugin_instance(*OTP[::-1]), Primary)

    def test_of_an_older_state_does_not_keep_later_writes_from_their_numbers(
        self, tmp_path: Path, primary: PluginItem
    ) -> None:
        fixture = str(tmp_path / "plugins.json")
        call_command("dumpdata", "plugin_system", output=fixture, verbosity=0)
        for priority in (1, 2):
            primary.priority = priority
            primary.save()
        last = counter_pair()[0]

        call_command("loaddata", fixture, verbosity=0)
        primary.priority = 4
        primary.save()

        assert counter_pair()[0] == last + 1

    def test_without_the_record_makes_processes_reload(self, tmp_path: Path, primary: PluginItem) -> None:
        fixture = str(tmp_path / "items.json")
        call_command("dumpdata", "plugin_system.PluginItem", output=fixture, verbosity=0)
        PluginItem.objects.filter(pk=primary.pk).update(priority=30)
        number, nonce = counter_pair()

        call_command("loaddata", fixture, verbosity=0)

        assert item("primary").priority == 10
        assert counter_pair()[0] == number
        assert counter_pair()[1] != nonce


class TestPluginType:
    def test_is_called_by_its_key(self, otp: PluginType) -> None:
        assert str(otp) == str(otp.key) == str(OTP)

    def test_knows_what_code_registers(self, otp: PluginType) -> None:
        assert otp.definition is not None
        assert PluginType(manager="apps.gone", name="x").definition is None

    def test_gives_the_item_that_serves(self, otp: PluginType, primary: PluginItem) -> None:
        found = otp.get_single_plugin()

        assert found == primary
        assert found is not None
        assert found.load_class() is Primary

    def test_gives_none_where_nothing_is_usable(self, otp: PluginType) -> None:
        PluginItem.objects.update(status=DISABLED)

        assert otp.get_single_plugin() is None

    def test_gives_what_its_own_function_chooses(self, registry: None) -> None:
        from plugin_system.register import register_plugin_type
        from tests.factories import type_registration

        row = synced_chain("carrier", pigeon=1, raven=2)
        definition = row.definition
        assert definition is not None

        def by_name(plugin_type: PluginType, name: str = "raven", *, default: Any = None) -> Any:
            return plugin_type.get_plugin_by_name(name) or default

        register_plugin_type(type_registration(interface=definition.interface, get_plugin=by_name))

        assert row.get_single_plugin() == item("raven")
        assert row.get_single_plugin("pigeon") == item("pigeon")
        assert row.get_single_plugin("nobody", default=item("pigeon")) == item("pigeon")
        assert row.get_single_plugin("nobody") is None

    def test_lists_the_active_items_that_load_best_first(self, registry: None) -> None:
        row = synced_chain("carrier", c=3, a=1, b=2, off={"status": "disable"}, spare={"status": "reserve"})
        PluginItem.objects.create(plugin_type=row, module=MODULE, name="gone", priority=-9)

        assert [each.name for each in row.get_active_plugins()] == ["a", "b", "c"]

    def test_lists_all_items_by_status(self, registry: None) -> None:
        row = synced_chain("carrier", c=3, a=1, off={"status": "disable"}, spare={"status": "reserve"})
        PluginItem.objects.filter(name="c").update(archived=timezone.now())

        found = row.get_all_plugins()

        assert {status: [each.name for each in rows] for status, rows in found.items()} == {
            ACTIVE: ["a"],
            RESERVED: ["spare"],
            DISABLED: ["off"],
        }

    def test_finds_an_active_item_by_name(self, otp: PluginType, secondary: PluginItem) -> None:
        assert otp.get_plugin_by_name("secondary") == secondary
        assert otp.get_plugin_by_name("spare") is None
        assert otp.get_plugin_by_name("nobody") is None

    def test_finds_the_best_of_several_items_of_that_name(self, registry: None) -> None:
        row = synced_chain("carrier", pigeon=5, raven={"name": "pigeon", "module": "tests.host.prefs", "priority": 1})

        found = row.get_plugin_by_name("pigeon")

        assert found is not None
        assert found.module == "tests.host.prefs"

    def test_answers_each_list_with_one_query(self, otp: PluginType, django_assert_num_queries: Any) -> None:
        for read in (otp.get_active_plugins, otp.get_all_plugins, lambda: otp.get_plugin_by_name("primary")):
            with django_assert_num_queries(1):
                found = read()
            if isinstance(found, list):
                with django_assert_num_queries(0):
                    assert [each.key for each in found] == [PRIMARY, SECONDARY]


class TestPluginItem:
    def test_is_called_by_its_key(self, primary: PluginItem) -> None:
        assert str(primary) == str(primary.key) == str(PRIMARY)

    def test_gives_its_class(self, primary: PluginItem) -> None:
        assert primary.load_class() is Primary
        assert primary.is_loadable

    def test_gives_an_instance_made_with_the_arguments(self, registry: None) -> None:
        from tests.factories import Carrier, new_class

        def remember(self: Any, *args: Any, **kwargs: Any) -> None:
            self.given = args, kwargs

        synced_chain("carrier", interface=Carrier, pigeon=new_class(__init__=remember))

        assert item("pigeon").load_instance(1, key=2).given == ((1,), {"key": 2})

    def test_whose_code_is_gone_says_so(self, otp: PluginType) -> None:
        row = otp.items.create(module="apps.gone", name="lost")

        assert not row.is_loadable
        with pytest.raises(NotLoadableError, match=r"'apps\.gone'.*or disable the item") as caught:
            row.load_class()
        assert f"{OTP}/apps.gone:lost" in str(caught.value)
        with pytest.raises(NotLoadableError):
            row.load_instance()
