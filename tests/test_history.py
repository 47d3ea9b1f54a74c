from typing import Any

import pytest
from django.db import transaction

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.exceptions import HistoryGoneError
from plugin_system.models import PluginType, Revision, RevisionCounter
from plugin_system.origins import Origin
from plugin_system.services import HistoryQuery, check_cursor, first_cursor, list_changes, list_revisions
from tests.factories import OTP, PRIMARY, SECONDARY, counter_pair, item, synced_chain

pytestmark = pytest.mark.django_db


def numbers(**members: Any) -> list[int]:
    return [each.number for each in list_revisions(HistoryQuery(**members))]


def disabled(name: str, **origin: Any) -> int:
    """Disable an item and return the number of the revision."""
    selection = services.ItemSelection(ids=(item(name).pk,))
    number = services.set_status(
        items=selection, status=PluginStatus.DISABLED, origin=Origin(**origin), force=True
    ).revision
    assert number is not None
    return number


class TestListRevisions:
    def test_is_in_the_order_of_commits_with_all_changes(self) -> None:
        start = counter_pair()[0]
        for name in ("secondary", "primary"):
            disabled(name)

        found = list(list_revisions(HistoryQuery(since=start)))

        assert [each.number for each in found] == [start + 1, start + 2]
        assert [[change.key for change in each.changes.all()] for each in found] == [[str(SECONDARY)], [str(PRIMARY)]]

    @pytest.mark.parametrize(
        "member",
        [{"actor": "ann"}, {"channel": Channel.ADMIN}, {"request_id": "req-7"}],
        ids=["actor", "channel", "request_id"],
    )
    def test_is_narrowed_by_who_did_it_through_which_door(self, member: dict[str, Any]) -> None:
        disabled("secondary", actor="bob", channel=Channel.API, request_id="req-8")
        number = disabled("primary", actor="ann", channel=Channel.ADMIN, request_id="req-7")

        assert numbers(**member) == [number]

    def test_is_narrowed_to_an_item_and_still_has_the_rest_of_the_revision(self) -> None:
        start = counter_pair()[0]
        ids = (item("primary").pk, item("secondary").pk)
        services.set_status(
            items=services.ItemSelection(ids=ids), status=PluginStatus.RESERVED, origin=Origin(actor="ann")
        )
        disabled("secondary")

        (found,) = list_revisions(HistoryQuery(item=item("primary").pk, since=start))

        assert len(found.changes.all()) == 2

    def test_is_narrowed_to_a_type_with_its_items_and_not_to_one_of_a_like_name(
        self, otp: PluginType, registry: None
    ) -> None:
        start = counter_pair()[0]
        synced_chain("otp_two", pigeon=1)
        disabled("pigeon")
        own = disabled("primary")
        described = services.update_type(plugin_type=otp.pk, description="Codes", origin=Origin()).revision

        assert numbers(plugin_type=OTP, since=start) == [own, described]

    def test_has_what_happened_to_rows_that_are_gone(self) -> None:
        row = item("primary")
        number = disabled("primary")
        row.delete()

        assert numbers(plugin_type=OTP)[-2:] == [number, number + 1]
        assert numbers(item=row.pk)[-2:] == [number, number + 1]

    def test_takes_two_queries(self, django_assert_num_queries: Any) -> None:
        for name in ("primary", "secondary", "spare"):
            disabled(name)

        with django_assert_num_queries(2):
            for revision in list_revisions(HistoryQuery(plugin_type=OTP)):
                assert revision.changes.all()


class TestListChanges:
    def test_has_one_entry_per_row_with_its_revision(self, django_assert_num_queries: Any) -> None:
        start = counter_pair()[0]
        for name in ("secondary", "primary"):
            disabled(name, actor="ann")

        with django_assert_num_queries(1):
            found = [(each.key, each.revision.actor) for each in list_changes(HistoryQuery(since=start, actor="ann"))]

        assert found == [(str(SECONDARY), "ann"), (str(PRIMARY), "ann")]

    def test_is_narrowed_to_rows(self) -> None:
        disabled("secondary")
        number = disabled("primary")

        found = list_changes(HistoryQuery(item=item("primary").pk, channel=Channel.CODE))

        assert [each.revision_id for each in found] == [number]


class TestCursor:
    def test_misses_nothing_however_close_two_changes_are(self) -> None:
        start = counter_pair()[0]
        with transaction.atomic():
            first, second = disabled("secondary"), disabled("primary")
        Revision.objects.filter(number__gt=start).update(created_at=Revision.objects.get(number=first).created_at)

        assert numbers(since=start) == [first, second]
        assert numbers(since=first) == [second]
        assert check_cursor(start) == second

    def test_is_gone_when_it_is_ahead(self) -> None:
        newest = counter_pair()[0]

        with pytest.raises(HistoryGoneError, match=f"from revision {newest + 1}.*start from 0") as caught:
            check_cursor(newest + 1)

        assert caught.value.start == 0

    def test_is_gone_when_a_revision_after_it_is(self) -> None:
        start = counter_pair()[0]
        for name in ("secondary", "primary", "spare"):
            disabled(name)
        Revision.objects.filter(number=start + 2).delete()

        with pytest.raises(HistoryGoneError) as caught:
            check_cursor(start + 1)

        assert caught.value.start == first_cursor() == start + 2
        assert check_cursor(start + 2) == start + 3

    def test_starts_at_the_newest_where_all_is_forgotten(self) -> None:
        newest = counter_pair()[0]
        Revision.objects.all().delete()

        assert first_cursor() == newest
        assert check_cursor(newest) == newest

    def test_starts_at_the_beginning_of_a_database_without_history(self) -> None:
        Revision.objects.all().delete()
        RevisionCounter.objects.all().delete()

        assert first_cursor() == 0
        assert check_cursor(0) == 0

    def test_is_checked_in_one_query(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            check_cursor(0)
