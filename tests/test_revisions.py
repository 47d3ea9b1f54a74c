"""The one write path: the counter first, then the rows, then the record, all or nothing."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plugin_system import revisions, services
from plugin_system.choices import Channel, PluginStatus, RowKind
from plugin_system.exceptions import InvalidValueError, NothingUsableError, ReasonRequiredError
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.revisions import Draft, RowChange, Written, write_revision
from plugin_system.rows import unrecorded
from tests.factories import OTP, PRIMARY, SECONDARY, SPARE, changes_of, counter_pair, item, revisions_made

PEOPLE = [Channel.API, Channel.ADMIN, Channel.COMMAND]
CODE = [Channel.CODE, Channel.MIGRATE]


def lower_primary(draft: Draft) -> str:
    """Change one row, as a service does."""
    draft.watch({OTP})
    unrecorded(PluginItem, "default").filter(name="primary").update(priority=50, revision=draft.number)
    change = RowChange(
        kind=RowKind.ITEM, key=PRIMARY, row_id=PRIMARY.row_id, before={"priority": 10}, after={"priority": 50}
    )
    draft.changes.append(change)
    return "lowered"


def switch_all_off(draft: Draft) -> None:
    draft.watch({OTP})
    unrecorded(PluginItem, "default").update(status=PluginStatus.DISABLED)
    change = RowChange(kind=RowKind.ITEM, key=PRIMARY, row_id=PRIMARY.row_id, before={}, after={})
    draft.changes.append(change)


def look(draft: Draft) -> int:
    """Change nothing."""
    draft.watch({OTP})
    return draft.number


def write(act: Callable[[Draft], Any] = lower_primary, **options: Any) -> Written[Any]:
    return write_revision(act, **{"origin": Origin(), "using": "default", **options})


@pytest.mark.django_db
class TestWriteRevision:
    def test_locks_the_counter_with_its_first_statement(self) -> None:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            write()

        statements = [each["sql"] for each in captured if "SAVEPOINT" not in each["sql"].upper()]
        assert statements[0].startswith("UPDATE")
        assert "plugin_system_revisioncounter" in statements[0]

    def test_returns_what_came_of_it(self) -> None:
        number, _ = counter_pair()

        written = write()

        assert (written.result, written.number) == ("lowered", number + 1)
        assert [change.key for change in written.changes] == [PRIMARY]
        (resolution,) = written.resolutions
        assert (resolution.plugin_type, resolution.before, resolution.after) == (OTP, PRIMARY, SECONDARY)

    def test_records_who_when_where_why_and_what(self) -> None:
        origin = Origin(channel=Channel.API, actor="ops", actor_id="7", reason="INC-12", request_id="req-1")
        before = timezone.now()

        with revisions_made() as made:
            write(origin=origin)

        (revision,) = made
        assert (revision.channel, revision.actor, revision.actor_id) == ("api", "ops", "7")
        assert (revision.reason, revision.request_id) == ("INC-12", "req-1")
        assert before <= revision.created_at <= timezone.now()
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]
        assert changes_of(revision) == {str(PRIMARY): ({"priority": 10}, {"priority": 50})}
        (change,) = Change.objects.filter(revision=revision)
        assert (change.kind, change.row_id) == ("item", PRIMARY.row_id)

    def test_stamps_the_chain_of_the_type(self) -> None:
        written = write()

        assert PluginType.objects.get(name="otp").chain_revision == written.number

    def test_keeps_as_much_of_a_name_as_fits(self) -> None:
        with revisions_made() as made:
            write(origin=Origin(actor="a" * 300, request_id="r" * 300))

        assert (len(made[0].actor), len(made[0].request_id)) == (254, 100)

    def test_gives_the_number_back_where_nothing_differs(self) -> None:
        before = counter_pair()

        written = write(look)

        assert written.result == before[0] + 1
        assert (written.number, written.changes) == (None, [])
        assert counter_pair() == before
        assert not Revision.objects.filter(number__gt=before[0]).exists()

    def test_gives_every_revision_a_nonce_of_its_own(self) -> None:
        nonces = {counter_pair()[1]}
        for _ in range(3):
            write()
            nonces.add(counter_pair()[1])

        assert len(nonces) == 4

    def test_numbers_revisions_without_gaps(self) -> None:
        with revisions_made():
            for act in (lower_primary, look, lower_primary, look, lower_primary):
                write(act)

    def test_leaves_no_trace_where_the_act_fails(self) -> None:
        def fail(draft: Draft) -> None:
            lower_primary(draft)
            raise ZeroDivisionError

        before = counter_pair()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write(fail)

        assert counter_pair() == before
        assert item("primary").priority == 10

    def test_leaves_no_trace_where_the_record_fails(self) -> None:
        number, nonce = counter_pair()
        Revision.objects.create(number=number + 1, created_at=timezone.now(), channel="code")

        with pytest.raises(IntegrityError), transaction.atomic():
            write()

        assert counter_pair() == (number, nonce)
        assert item("primary").priority == 10


@pytest.mark.django_db
class TestDryRun:
    def test_leaves_no_trace(self) -> None:
        before = counter_pair()

        write(dry_run=True)

        assert counter_pair() == before
        assert item("primary").priority == 10
        assert not Revision.objects.filter(number__gt=before[0]).exists()

    def test_tells_what_would_come_of_it(self) -> None:
        written = write(dry_run=True)

        assert (written.result, written.number) == ("lowered", None)
        assert [change.key for change in written.changes] == [PRIMARY]
        assert written.resolutions[0].after == SECONDARY

    def test_meets_the_guard_as_well(self) -> None:
        with pytest.raises(NothingUsableError):
            write(switch_all_off, dry_run=True)


@pytest.mark.django_db
class TestGuard:
    def test_refuses_to_take_the_last_usable_item_and_names_the_type(self) -> None:
        before = counter_pair()

        with pytest.raises(NothingUsableError, match=rf"'{OTP}'.*activate another item first, or force it"):
            write(switch_all_off)

        assert counter_pair() == before
        assert item("primary").status == "active"

    def test_can_be_forced(self) -> None:
        written = write(switch_all_off, force=True)

        assert [each.after for each in written.resolutions] == [None]

    def test_does_not_mind_a_type_that_had_nothing_usable_before(self) -> None:
        write(switch_all_off, force=True)

        assert write(lower_primary).number is not None


class TestActor:
    def test_may_have_a_long_text_for_a_key(self, db: None) -> None:
        key = f"{'x' * 200}@example.com"
        services.set_status(
            items=services.ItemSelection(ids=(PRIMARY.row_id,)),
            status=PluginStatus.DISABLED,
            origin=Origin(actor="ann", actor_id=key),
        )
        assert Revision.objects.latest("number").actor_id == key


class TestOrigin:
    @pytest.mark.parametrize("channel", Channel)
    def test_takes_a_reason_of_500_characters(self, channel: Channel) -> None:
        Origin(channel=channel, reason="x" * 500).validate()

    @pytest.mark.parametrize("channel", Channel)
    def test_refuses_a_longer_reason(self, channel: Channel) -> None:
        with pytest.raises(InvalidValueError, match="501 characters; at most 500") as caught:
            Origin(channel=channel, reason="x" * 501).validate()

        assert caught.value.field == "reason"

    @pytest.mark.parametrize("channel", PEOPLE)
    @pytest.mark.parametrize("reason", ["", "  "])
    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_refuses_people_without_reason_where_the_host_demands_one(self, channel: Channel, reason: str) -> None:
        with pytest.raises(ReasonRequiredError, match="Say why"):
            Origin(channel=channel, reason=reason).validate()

    @pytest.mark.parametrize("channel", CODE)
    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_never_demands_a_reason_of_code(self, channel: Channel) -> None:
        Origin(channel=channel).validate()

    @pytest.mark.parametrize("channel", PEOPLE)
    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_needs_no_reason_for_a_dry_run_which_leaves_no_record(self, channel: Channel) -> None:
        Origin(channel=channel).validate(dry_run=True)

    @pytest.mark.parametrize("channel", Channel)
    def test_needs_no_reason_by_default(self, channel: Channel) -> None:
        Origin(channel=channel).validate()

    @pytest.mark.django_db
    def test_is_judged_before_anything_is_written(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0), pytest.raises(InvalidValueError):
            write(origin=Origin(reason="x" * 501))


def database_error(**facts: Any) -> OperationalError:
    """Return an error as a driver's is wrapped by Django."""
    cause = DatabaseError(*facts.pop("args", ()))
    vars(cause).update(facts)
    error = OperationalError("collision")
    error.__cause__ = cause
    return error


COLLISIONS = [
    pytest.param({"sqlstate": "40001"}, id="serialization failure"),
    pytest.param({"sqlstate": "40P01"}, id="deadlock on PostgreSQL"),
    pytest.param({"pgcode": "40001"}, id="serialization failure, by psycopg2"),
    pytest.param({"args": (1213, "Deadlock found")}, id="deadlock on MariaDB"),
    pytest.param({"args": (1020, "Record has changed")}, id="record changed on MariaDB"),
]


@pytest.mark.usefixtures("committed")
class TestCollision:
    @pytest.fixture(autouse=True)
    def naps(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """What the write path slept, without the sleep."""
        naps: list[float] = []
        monkeypatch.setattr(revisions, "time", SimpleNamespace(sleep=naps.append))
        return naps

    @pytest.mark.parametrize("facts", COLLISIONS)
    def test_is_tried_again(self, facts: dict[str, Any], naps: list[float]) -> None:
        attempts = []

        def collide_twice(draft: Draft) -> str:
            attempts.append(draft.number)
            if len(attempts) < 3:
                raise database_error(**facts)
            return lower_primary(draft)

        with revisions_made() as made:
            assert write(collide_twice).result == "lowered"

        assert [made[0].number] * 3 == attempts
        assert len(naps) == 2
        assert 0 < naps[0] < naps[1] * 2 < 1

    def test_is_given_up_in_the_end(self, naps: list[float]) -> None:
        attempts = []

        def collide(draft: Draft) -> None:
            attempts.append(draft)
            raise database_error(sqlstate="40001")

        before = counter_pair()
        with pytest.raises(OperationalError, match="collision"):
            write(collide)

        assert (len(attempts), len(naps)) == (12, 11)
        assert max(naps) <= 0.5
        assert counter_pair() == before

    def test_is_left_to_the_caller_s_transaction(self, naps: list[float]) -> None:
        attempts = []

        def collide(draft: Draft) -> None:
            attempts.append(draft)
            raise database_error(sqlstate="40001")

        with pytest.raises(OperationalError), transaction.atomic():
            write(collide)

        assert (len(attempts), naps) == (1, [])

    @pytest.mark.parametrize("facts", [{"args": (2006, "gone away")}, {"sqlstate": "57P01"}, {}])
    def test_is_not_any_other_failure(self, facts: dict[str, Any], naps: list[float]) -> None:
        attempts = []

        def fail(draft: Draft) -> None:
            attempts.append(draft)
            raise database_error(**facts)

        with pytest.raises(OperationalError):
            write(fail)

        assert (len(attempts), naps) == (1, [])


@pytest.mark.django_db
class TestDraft:
    def test_tells_what_every_watched_type_resolves_to(self) -> None:
        def act(draft: Draft) -> None:
            draft.watch(None)
            unrecorded(PluginItem, "default").exclude(name="spare").update(status=PluginStatus.DISABLED)

        (resolution,) = write(act).resolutions

        assert (resolution.before, resolution.after) == (PRIMARY, SPARE)
        assert resolution.as_json() == {"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SPARE)}

    def test_tells_nothing_where_nothing_is_watched(self) -> None:
        assert write(lambda draft: None).resolutions == []
