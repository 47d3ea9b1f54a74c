from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_delete
from django.test import override_settings
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import HistoryGoneError, InvalidValueError, ReasonRequiredError
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.rows import unrecorded
from plugin_system.services import forget_history, purge_archived
from tests.factories import (
    MANAGER,
    MODULE,
    OPERATOR,
    PRIMARY,
    SPARE,
    changes_of,
    counter_pair,
    item,
    revisions_made,
    set_status,
    sync,
    synced_chain,
)
from tests.host.prefs.models import Preference

DAY = timedelta(days=1)
LOST = TypeKey(MANAGER, "lost")


def lose(count: int = 2, *, days: float = 10) -> PluginType:
    """Make a plugin type with items, take its code away, and let its rows have been archived for some days."""
    kind = synced_chain("lost", **{f"item{number}": number for number in range(count)})
    plugin_registry.remove_type(LOST)
    sync(prune_missing=True)
    archived = timezone.now() - timedelta(days=days)
    for model in (PluginType, PluginItem):
        unrecorded(model, "default").filter(archived__isnull=False).update(archived=archived)
    return kind


def lost_item(number: int) -> ItemKey:
    return ItemKey(LOST, MODULE, f"item{number}")


def purge(**options: Any) -> services.Purge:
    return purge_archived(**{"older_than": DAY, "origin": OPERATOR, "dry_run": False, **options})


@pytest.mark.django_db
@pytest.mark.usefixtures("registry")
class TestPurgeArchived:
    def test_deletes_what_is_archived_for_longer_as_one_revision(self) -> None:
        lose()

        with revisions_made() as made:
            outcome = purge()

        (revision,) = made
        assert outcome.revision == revision.number
        assert outcome.purged == [lost_item(0), lost_item(1), LOST]
        assert not PluginItem.all_objects.filter(plugin_type__name="lost").exists()
        assert not PluginType.all_objects.filter(name="lost").exists()
        assert changes_of(revision)[str(lost_item(1))] == (
            {"status": "active", "priority": 1, "description": "Flies", "archived": True},
            None,
        )
        assert (revision.actor, revision.reason) == ("ops", "INC-12")

    def test_only_shows_it_unless_told_otherwise(self) -> None:
        lose()

        with revisions_made() as made:
            outcome = purge_archived(older_than=DAY, origin=OPERATOR)

        assert made == []
        assert (outcome.dry_run, outcome.revision) == (True, None)
        assert outcome.purged == [lost_item(0), lost_item(1), LOST]
        assert PluginItem.all_objects.filter(plugin_type__name="lost").count() == 2

    def test_leaves_what_is_not_archived_and_what_is_not_for_long(self) -> None:
        lose(days=0.5)

        with revisions_made() as made:
            outcome = purge()

        assert (made, outcome.purged, outcome.kept) == ([], [], {})
        assert PluginItem.all_objects.count() == 5

    def test_keeps_a_row_that_the_host_protects_and_names_it(self) -> None:
        lose()
        Preference.objects.create(owner="ann", item=item("item0"))

        for dry_run in (True, False):
            outcome = purge(dry_run=dry_run)

            assert outcome.purged == [lost_item(1)]
            assert outcome.kept == {
                lost_item(0): f"Rows of {Preference._meta.label} refer to it; change or delete those first.",
                LOST: "It still has items; they must go first.",
            }

        assert PluginItem.all_objects.filter(name="item0").exists()

    def test_counts_the_hosts_rows_that_go_along(self) -> None:
        lose()
        Preference.objects.create(owner="ann").favourites.add(item("item0"), item("item1"))

        shown, outcome = purge(dry_run=True), purge()

        assert shown.taken_along == outcome.taken_along == {Preference.favourites.through._meta.label: 2}
        assert Preference.objects.get().favourites.count() == 0

    def test_tells_no_receiver_of_the_host_s_what_it_only_shows(self) -> None:
        lose()
        told: list[str] = []

        def delete_a_file(instance: PluginItem, **_: Any) -> None:
            told.append(instance.name)

        post_delete.connect(delete_a_file, sender=PluginItem)
        try:
            shown = purge(dry_run=True)
            assert told == []
            assert purge().purged == shown.purged
            assert sorted(told) == ["item0", "item1"]
        finally:
            post_delete.disconnect(delete_a_file, sender=PluginItem)

    def test_keeps_a_row_whose_code_is_here(self) -> None:
        definition = plugin_registry.find_item(SPARE)
        assert definition is not None
        plugin_registry.remove_item(SPARE)
        sync(prune_missing=True)
        plugin_registry.add_item(definition)

        outcome = purge(older_than=timedelta(0))

        assert outcome.purged == []
        assert outcome.kept == {SPARE: "Its code is registered in this process; the next sync brings it back."}

    def test_keeps_a_type_with_an_item_that_is_archived_for_less(self) -> None:
        lose()
        unrecorded(PluginItem, "default").filter(name="item1").update(archived=timezone.now())

        outcome = purge()

        assert outcome.purged == [lost_item(0)]
        assert list(outcome.kept) == [LOST]

    def test_keeps_the_last_record_of_what_is_gone(self) -> None:
        lose()

        outcome = purge()

        last = Change.objects.filter(key=str(lost_item(0))).latest("pk")
        assert (last.revision_id, last.after) == (outcome.revision, None)

    def test_lets_a_row_come_back_with_the_same_id(self) -> None:
        lose()
        row_id = item("item0").pk
        purge()

        synced_chain("lost", item0=5)

        assert item("item0").pk == row_id

    @pytest.mark.parametrize("age", [timedelta(seconds=-1), timedelta(days=999_999_999)])
    def test_refuses_an_age_that_makes_no_sense(self, age: timedelta) -> None:
        with pytest.raises(InvalidValueError, match="makes no sense"):
            purge(older_than=age)

    @pytest.mark.parametrize("count", [3, 60])
    def test_takes_the_same_queries_for_few_and_for_many_rows(self, count: int, django_assert_num_queries: Any) -> None:
        lose(count)

        with django_assert_num_queries(27):
            outcome = purge()

        assert len(outcome.purged) == count + 1


@pytest.mark.usefixtures("committed", "registry")
class TestTheDatabaseRefuses:
    """A table that Django does not know of refers to a row."""

    @pytest.fixture(autouse=True)
    def foreign_table(self, committed: None) -> Iterator[None]:
        column = PluginItem._meta.pk.db_type(connection)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE foreign_reference (item {column} NOT NULL, "
                "FOREIGN KEY (item) REFERENCES plugin_system_pluginitem (id))"
            )
            yield
            cursor.execute("DROP TABLE foreign_reference")

    def test_and_just_that_row_is_kept(self) -> None:
        lose(7)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foreign_reference (item) SELECT id FROM plugin_system_pluginitem WHERE name = 'item4'"
            )

        outcome = purge()

        assert outcome.purged == [lost_item(number) for number in (0, 1, 2, 3, 5, 6)]
        assert list(outcome.kept) == [LOST, lost_item(4)]
        assert outcome.kept[lost_item(4)].startswith("The database refuses: ")
        assert {row.name for row in PluginItem.all_objects.filter(plugin_type__name="lost")} == {"item4"}


def age_history(days: float = 10) -> None:
    Revision.objects.update(created_at=timezone.now() - timedelta(days=days))


def numbers() -> list[int]:
    return list(Revision.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
class TestForgetHistory:
    def test_forgets_old_revisions_that_later_ones_have_followed(self) -> None:
        start = counter_pair()[0]
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED, PluginStatus.ACTIVE):
            set_status("primary", status)
        age_history()

        outcome = forget_history(older_than=DAY, dry_run=False)

        assert (outcome.revisions, outcome.changes) == (2, 2)
        assert numbers() == [*range(1, start + 1), start + 3]

    def test_never_forgets_the_last_record_of_a_row(self, registry: None) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(5)})
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("item3", status)
        last = {each.row_id: each.pk for each in Change.objects.order_by("pk")}
        age_history()

        forget_history(older_than=DAY, dry_run=False)

        assert set(last.values()) <= set(Change.objects.values_list("pk", flat=True))

    @pytest.mark.parametrize("later", [{"priority": 3}, {"description": "Other"}], ids=lambda later: next(iter(later)))
    def test_never_forgets_who_disabled_an_item(self, later: dict[str, Any], otp: PluginType) -> None:
        set_status("primary", PluginStatus.DISABLED)
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, **later), origin=OPERATOR)
        age_history()

        assert forget_history(older_than=DAY, dry_run=False).revisions == 0
        assert services.explain_type(otp).candidates[-1].explanation == "Disabled by ops 10 d ago: INC-12."

    def test_leaves_a_revision_whole_or_not_at_all(self) -> None:
        ids = (item("primary").pk, item("secondary").pk)
        both = services.set_status(
            items=services.ItemSelection(ids=ids), status=PluginStatus.RESERVED, origin=OPERATOR
        ).revision
        set_status("primary", PluginStatus.ACTIVE)
        age_history()

        forget_history(older_than=DAY, dry_run=False)

        assert Change.objects.filter(revision=both).count() == 2

    def test_leaves_what_is_not_old(self) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("primary", status)

        assert forget_history(older_than=DAY, dry_run=False).revisions == 0

    def test_only_counts_unless_told_otherwise(self) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("primary", status)
        age_history()
        before = numbers()

        shown = forget_history(older_than=DAY)

        assert numbers() == before
        done = forget_history(older_than=DAY, dry_run=False)
        assert (shown.revisions, shown.changes, shown.first_cursor) == (1, 1, done.first_cursor)
        assert (shown.dry_run, done.dry_run) == (True, False)

    def test_tells_from_where_the_history_can_be_followed(self) -> None:
        start = counter_pair()[0]
        assert services.first_cursor() == 0
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED, PluginStatus.ACTIVE):
            set_status("primary", status)
        age_history()

        outcome = forget_history(older_than=DAY, dry_run=False)

        assert outcome.first_cursor == services.first_cursor() == start + 2
        assert services.check_cursor(start + 2) == start + 3
        with pytest.raises(HistoryGoneError) as caught:
            services.check_cursor(start + 1)
        assert caught.value.start == start + 2

    def test_leaves_the_note_on_who_decided(self, otp: PluginType) -> None:
        set_status("primary", PluginStatus.RESERVED)
        set_status("primary", PluginStatus.DISABLED)
        age_history()

        forget_history(older_than=DAY, dry_run=False)

        (note,) = [each.explanation for each in services.explain_type(otp).candidates if each.row.key == PRIMARY]
        assert note == "Disabled by ops 10 d ago: INC-12."

    def test_refuses_an_age_that_makes_no_sense(self) -> None:
        with pytest.raises(InvalidValueError):
            forget_history(older_than=timedelta(days=-1))

    def test_leaves_a_line_in_the_log_that_says_who_why_and_how_much(self, caplog: pytest.LogCaptureFixture) -> None:
        start = counter_pair()[0]
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED, PluginStatus.ACTIVE):
            set_status("primary", status)
        age_history()

        forget_history(older_than=DAY, origin=OPERATOR, dry_run=False)

        (record,) = caplog.records
        assert (record.name, record.levelname) == ("plugin_system.services.forgetting", "WARNING")
        assert record.getMessage() == (
            f"2 revisions of the history, with 2 changes, up to revision {start + 2}, were forgotten on 'default' "
            "by 'ops' (code): 'INC-12'"
        )

    def test_cannot_have_its_line_in_the_log_forged(self, caplog: pytest.LogCaptureFixture) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("primary", status)
        age_history()

        forget_history(older_than=DAY, origin=Origin(actor="a\nb", reason="c\r\nd"), dry_run=False)

        assert r"by 'a\nb' (code): 'c\r\nd'" in caplog.text

    def test_leaves_no_line_where_nothing_is_forgotten(self, caplog: pytest.LogCaptureFixture) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE):
            set_status("primary", status)
        forget_history(older_than=DAY, origin=OPERATOR, dry_run=False)
        age_history()
        forget_history(older_than=DAY, origin=OPERATOR)

        assert caplog.records == []

    def test_leaves_a_line_of_what_is_gone_before_it_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        start = counter_pair()[0]
        self._change_often(600)

        def refuse_late_ones(instance: Revision, **_: Any) -> None:
            if instance.number > start + 550:
                raise LookupError("A receiver of the host's fails.")

        post_delete.connect(refuse_late_ones, sender=Revision)
        try:
            with pytest.raises(LookupError):
                forget_history(older_than=DAY, origin=OPERATOR, dry_run=False)
        finally:
            post_delete.disconnect(refuse_late_ones, sender=Revision)

        assert f"500 revisions of the history, with 500 changes, up to revision {start + 500}," in caplog.text

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_of_people_where_the_host_does(self) -> None:
        silent = Origin(channel=Channel.COMMAND, actor="ops")

        with pytest.raises(ReasonRequiredError):
            forget_history(older_than=DAY, origin=silent, dry_run=False)
        assert forget_history(older_than=DAY, origin=silent).dry_run
        assert not forget_history(older_than=DAY, dry_run=False).dry_run

    @pytest.mark.parametrize(("revisions", "queries"), [(100, 10), (499, 14), (1100, 30)])
    def test_takes_a_bounded_number_of_queries_per_500_revisions(
        self, revisions: int, queries: int, django_assert_num_queries: Any
    ) -> None:
        self._change_often(revisions + 1)

        with django_assert_num_queries(queries):
            outcome = forget_history(older_than=DAY, dry_run=False)

        assert outcome.revisions == revisions

    def _change_often(self, times: int) -> None:
        row, start = item("primary"), counter_pair()[0] + 1
        old = timezone.now() - 2 * DAY
        made = [Revision(number=start + each, created_at=old, channel="code") for each in range(times)]
        Revision.objects.bulk_create(made)
        changes = [
            Change(revision=each, kind="item", key=str(row.key), row_id=row.pk, before={"priority": 0}, after={})
            for each in made
        ]
        Change.objects.bulk_create(changes)
        RevisionCounter.objects.update(value=start + times - 1)
