"""What one process knows of the rows, and for how long: the freshness rules, against the clock of the test."""

import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Event, Thread, current_thread
from typing import Any

import pytest
from django.db import Error, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings

from plugin_system import following, services
from plugin_system.choices import PluginStatus
from plugin_system.exceptions import NothingUsableError, SnapshotTooOldError
from plugin_system.failures import last_failure
from plugin_system.helpers import (
    aget_plugin_instance,
    get_plugin_class,
    get_plugin_instance,
    require_plugin_instance,
)
from plugin_system.models import PluginItem
from plugin_system.observation import _is_being_read
from plugin_system.rows import CounterState, read_counter
from plugin_system.snapshot import follower_of
from tests.conftest import Clock
from tests.factories import (
    OTP,
    SECONDARY,
    close_connections,
    counter_pair,
    create_savepoint,
    in_loop,
    in_thread,
    item,
    new_class,
    replace_primary,
    set_status,
)
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary, Secondary, Spare

pytestmark = pytest.mark.usefixtures("committed")

Queries = Callable[[int], AbstractContextManager[Any]]
ACTIVE, DISABLED = PluginStatus.ACTIVE, PluginStatus.DISABLED


def serving() -> type | None:
    """Return the class of what the process resolves to."""
    instance = get_plugin_instance(OTP.name, OTP.manager)
    return None if instance is None else type(instance)


def elsewhere(name: str, status: str, *, counter: str | None = "value = value + 1, nonce = 'elsewhere'") -> None:
    """Commit a change of status as another process does: nothing tells this one."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plugin_system_pluginitem SET status = %s WHERE name = %s", [status, name])
        if counter is not None:
            cursor.execute(f"UPDATE plugin_system_revisioncounter SET {counter} WHERE id = 1")


@pytest.fixture
def queries(django_assert_num_queries: Any) -> Queries:
    """Require a number of queries of a block."""
    return django_assert_num_queries


@pytest.fixture
def warm(clock: Clock) -> Clock:
    """The clock of a process that has resolved just now."""
    assert serving() is Primary
    return clock


class TestWarmProcess:
    @pytest.mark.parametrize(
        "resolve",
        [
            lambda: type(get_plugin_instance("otp", "tests.host.otp")),
            lambda: type(get_plugin_instance(AbstractOTP)),
            lambda: get_plugin_class("otp", "tests.host.otp"),
            lambda: get_plugin_class(AbstractOTP),
        ],
    )
    def test_asks_the_database_nothing(self, warm: Clock, queries: Queries, resolve: Callable[[], type]) -> None:
        warm.advance(0.8)

        with queries(0):
            assert resolve() is Primary

    def test_asks_nothing_for_names_that_it_does_not_know(self, warm: Clock, queries: Queries) -> None:
        with queries(0):
            assert get_plugin_instance("nothing", "tests.host.otp") is None

    def test_does_not_remember_names_that_it_does_not_know(self, warm: Clock) -> None:
        view = follower_of("default").view
        assert view is not None
        before = len(view.choices), len(view.classes)

        for number in range(50):
            get_plugin_instance(f"guess-{number}", "tests.host.otp")

        assert (len(view.choices), len(view.classes)) == before

    def test_was_made_with_one_query(self, queries: Queries) -> None:
        with queries(1):
            serving()


@pytest.mark.parametrize("seconds", [0.2, 1.0, 30.0])
class TestMaxStaleness:
    @pytest.fixture(autouse=True)
    def bound(self, seconds: float) -> Iterator[None]:
        with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=seconds):
            yield

    def test_bounds_how_late_a_change_is_seen(self, warm: Clock, seconds: float) -> None:
        elsewhere("primary", DISABLED)
        warm.advance(seconds)

        assert serving() is Secondary

    def test_lets_a_process_answer_from_memory_meanwhile(self, warm: Clock, queries: Queries, seconds: float) -> None:
        elsewhere("primary", DISABLED)
        warm.advance(seconds * 0.85)

        with queries(0):
            assert serving() is Primary

    def test_passes_with_one_comparison_where_nothing_changed(
        self, warm: Clock, queries: Queries, seconds: float
    ) -> None:
        warm.advance(seconds)

        with queries(1):
            assert serving() is Primary
        with queries(0):
            assert serving() is Primary

    def test_passes_with_one_comparison_and_one_load_after_a_change(
        self, warm: Clock, queries: Queries, seconds: float
    ) -> None:
        elsewhere("primary", DISABLED)
        warm.advance(seconds)

        with queries(2):
            assert serving() is Secondary
        with queries(0):
            assert serving() is Secondary

    def test_is_counted_from_before_the_query(self, warm: Clock, queries: Queries, seconds: float) -> None:
        def be_slow(execute: Any, *arguments: Any) -> Any:
            answer = execute(*arguments)
            warm.advance(seconds)
            return answer

        warm.advance(seconds)
        with connection.execute_wrapper(be_slow):
            serving()

        with queries(1):
            serving()


class TestMaxStalenessOfZero:
    @pytest.fixture(autouse=True)
    def bound(self) -> Iterator[None]:
        with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=0):
            yield

    def test_compares_with_one_query_on_every_call(self, warm: Clock, queries: Queries) -> None:
        for _ in range(3):
            with queries(1):
                assert serving() is Primary

    def test_sees_a_change_at_once(self, warm: Clock) -> None:
        elsewhere("primary", DISABLED)

        assert serving() is Secondary


class TestComparison:
    def test_sees_the_same_number_with_other_content(self, warm: Clock) -> None:
        elsewhere("primary", DISABLED, counter="nonce = 'another history'")
        warm.advance(1)

        assert serving() is Secondary

    def test_sees_a_lower_number_of_a_restored_database(self, warm: Clock) -> None:
        set_status("secondary", DISABLED)
        assert serving() is Primary
        elsewhere("primary", DISABLED, counter="value = 0, nonce = 'backup'")
        warm.advance(1)

        assert serving() is Spare

    def test_sees_a_counter_that_is_gone(self, warm: Clock) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM plugin_system_revisioncounter")
        elsewhere("primary", DISABLED, counter=None)
        warm.advance(1)

        assert serving() is Secondary
        warm.advance(1)
        assert serving() is Secondary

    def test_takes_counter_and_rows_from_one_statement(self, queries: Queries) -> None:
        statements: list[str] = []

        def note(execute: Any, sql: str, *arguments: Any) -> Any:
            statements.append(sql)
            return execute(sql, *arguments)

        connection.ensure_connection()
        with connection.execute_wrapper(note):
            serving()

        (statement,) = statements
        assert "plugin_system_revisioncounter" in statement
        assert "plugin_system_pluginitem" in statement


class TestResync:
    def test_sees_uncounted_changes_in_the_end(self, warm: Clock) -> None:
        elsewhere("primary", DISABLED, counter=None)

        for _ in range(53):
            warm.advance(1)
            assert serving() is Primary
        warm.advance(60 * 1.1 - 53)
        assert serving() is Secondary

    @override_settings(PLUGIN_SYSTEM_RESYNC=5)
    def test_is_as_often_as_the_host_says(self, clock: Clock) -> None:
        serving()
        elsewhere("primary", DISABLED, counter=None)
        clock.advance(4)
        assert serving() is Primary
        clock.advance(1.5)

        assert serving() is Secondary

    def test_costs_one_query_less_than_a_change(self, warm: Clock, queries: Queries) -> None:
        warm.advance(70)

        with queries(1):
            assert serving() is Primary


class TestTouch:
    def test_makes_this_process_reload_at_once(self, warm: Clock) -> None:
        elsewhere("primary", DISABLED, counter=None)

        services.touch()

        assert serving() is Secondary

    def test_makes_others_reload_and_records_nothing(self, warm: Clock) -> None:
        number, nonce = counter_pair()

        services.touch()

        assert counter_pair()[0] == number
        assert counter_pair()[1] != nonce


class TestOwnCommit:
    @pytest.mark.parametrize(
        "disable",
        [
            lambda: set_status("primary", DISABLED),
            lambda: PluginItem.objects.filter(name="primary").update(status=DISABLED),
            lambda: item("primary").delete(),
        ],
    )
    def test_is_seen_at_once(self, warm: Clock, disable: Callable[[], Any]) -> None:
        disable()

        assert serving() is Secondary

    def test_in_another_thread_is_seen_at_once(self, warm: Clock) -> None:
        in_thread(lambda: set_status("primary", DISABLED))

        assert serving() is Secondary

    def test_during_a_comparison_makes_the_next_resolve_compare_again(self, warm: Clock, queries: Queries) -> None:
        def commit_meanwhile(execute: Any, *arguments: Any) -> Any:
            answer = execute(*arguments)
            follower_of("default").expire()
            return answer

        warm.advance(1)
        with connection.execute_wrapper(commit_meanwhile):
            serving()

        with queries(1):
            serving()

    def test_of_a_change_of_nothing_keeps_the_rows_in_memory(self, warm: Clock) -> None:
        view = follower_of("default").view

        item("primary").save()
        assert serving() is Primary

        assert follower_of("default").view is view


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Elsewhere a query that is being read shows no past moment.")
class TestQueryThatIsBeingRead:
    def test_is_noticed_by_the_first_look_of_a_connection(self) -> None:
        second = connection.copy()
        try:
            with second.cursor() as cursor:
                cursor.execute("SELECT name FROM plugin_system_pluginitem")
                cursor.fetchone()
                assert _is_being_read(second)
                cursor.fetchall()
            assert not _is_being_read(second)
        finally:
            # Its own close() spares a database in memory, as it would end with it.
            BaseDatabaseWrapper.close(second)


class TestSlowFailure:
    """A constructor can take half a minute to fail; what an operator lets serve meanwhile did not fail."""

    @pytest.mark.parametrize("call", [get_plugin_instance, lambda kind: in_loop(aget_plugin_instance, kind)])
    def test_is_not_laid_to_what_serves_by_then(
        self, registry: None, clock: Clock, caplog: pytest.LogCaptureFixture, call: Any
    ) -> None:
        def be_switched_off(self: Any) -> None:
            in_thread(lambda: set_status("primary", DISABLED))
            raise RuntimeError("no answer in 30 s")

        replace_primary(new_class(Primary, "Slow", __init__=be_switched_off))
        assert get_plugin_class(AbstractOTP).__name__ == "Slow"

        assert type(call(AbstractOTP)) is Secondary
        (record,) = caplog.records
        assert "tests.factories.Slow'> cannot be instantiated; by now another plugin serves" in record.message
        assert "no answer in 30 s" in caplog.text
        assert last_failure(SECONDARY) is None


class TestOwnTransaction:
    """A transaction of this thread that has written."""

    def test_sees_its_own_write_and_publishes_nothing(self, warm: Clock) -> None:
        view = follower_of("default").view

        with transaction.atomic():
            set_status("primary", DISABLED)
            assert serving() is Secondary
            assert get_plugin_class(AbstractOTP) is Secondary
            assert in_thread(serving) is Primary
            assert follower_of("default").view is view

        assert serving() is Secondary
        assert in_thread(serving) is Secondary

    def test_that_is_rolled_back_leaves_things_as_they_were(self, warm: Clock, queries: Queries) -> None:
        view = follower_of("default").view
        with transaction.atomic():
            set_status("primary", DISABLED)
            assert serving() is Secondary
            transaction.set_rollback(True)

        with queries(1):
            assert serving() is Primary
        with queries(0):
            assert serving() is Primary
        assert follower_of("default").view is view

    def test_that_is_rolled_back_to_a_savepoint_has_not_written(self, warm: Clock, queries: Queries) -> None:
        with transaction.atomic():
            with transaction.atomic():
                set_status("primary", DISABLED)
                assert serving() is Secondary
                transaction.set_rollback(True)

            assert serving() is Primary
            with queries(0):
                assert serving() is Primary

    def test_that_is_rolled_back_to_a_savepoint_by_hand_reads_what_is_left(self, warm: Clock) -> None:
        with transaction.atomic():
            savepoint = create_savepoint()
            set_status("primary", DISABLED)
            assert serving() is Secondary
            transaction.savepoint_rollback(savepoint)

            assert serving() is Primary

    def test_that_keeps_an_earlier_write_sees_that_one(self, warm: Clock) -> None:
        with transaction.atomic():
            set_status("primary", DISABLED)
            with transaction.atomic():
                set_status("secondary", DISABLED)
                assert serving() is Spare
                transaction.set_rollback(True)

            assert serving() is Secondary

    def test_that_comes_back_with_the_number_of_one_rolled_back_is_told_apart(self, warm: Clock) -> None:
        with transaction.atomic():
            set_status("primary", DISABLED)
            number = counter_pair()[0]
            transaction.set_rollback(True)
        set_status("secondary", DISABLED)

        assert counter_pair()[0] == number
        assert serving() is Primary
        set_status("primary", DISABLED)
        assert serving() is Spare

    def test_does_not_make_a_dry_run_visible(self, warm: Clock) -> None:
        set_status("primary", DISABLED, dry_run=True)

        assert serving() is Primary

    def test_that_asks_for_an_unknown_type_gets_none(self, warm: Clock) -> None:
        with transaction.atomic():
            set_status("primary", DISABLED)

            assert get_plugin_instance("nothing", "tests.host.otp") is None


class TestHostTransaction:
    """A transaction of the host's that has not written to the control plane."""

    def test_is_not_harmed_by_a_comparison_that_fails(self, warm: Clock) -> None:
        with transaction.atomic():
            warm.advance(1)
            with connection.execute_wrapper(unreachable):
                assert serving() is Primary

            assert item("primary").status == ACTIVE

    def test_is_not_asked_where_a_rollback_is_due(self, warm: Clock) -> None:
        with transaction.atomic():
            transaction.set_rollback(True)
            warm.advance(1)

            assert serving() is Primary


def unreachable(execute: Any, sql: str, *arguments: Any) -> Any:
    """Be a database that is gone, for the control plane."""
    if "plugin_system" in sql:
        raise OperationalError("server closed the connection")
    return execute(sql, *arguments)


class TestDatabaseGone:
    def test_is_an_error_where_nothing_is_known_yet(self) -> None:
        with connection.execute_wrapper(unreachable), pytest.raises(Error, match=r"server closed the connection"):
            serving()

        assert follower_of("default").age is None
        assert serving() is Primary

    def test_lets_the_last_known_state_serve(self, warm: Clock) -> None:
        with connection.execute_wrapper(unreachable):
            for _ in range(5):
                warm.advance(10)
                assert serving() is Primary

    def test_is_no_other_error_for_who_must_have_a_plugin(self, warm: Clock) -> None:
        PluginItem.objects.update(status=DISABLED)
        assert serving() is None

        with (
            connection.execute_wrapper(unreachable),
            pytest.raises(NothingUsableError, match=r"nothing usable; the database cannot be asked why: Operat"),
        ):
            require_plugin_instance(AbstractOTP)

    def test_is_warned_of_once_and_told_when_over(self, warm: Clock, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "plugin_system.following")

        for _ in range(2):
            with connection.execute_wrapper(unreachable):
                for _ in range(3):
                    warm.advance(10)
                    serving()
            warm.advance(10)
            serving()

        assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"] * 2
        assert "'default' cannot be reached (server closed the connection)" in caplog.messages[0]
        assert "10.0 s old" in caplog.messages[0]

    def test_is_asked_again_after_a_growing_pause_of_at_most_two_seconds(self, warm: Clock) -> None:
        asked: list[float] = []

        def note(execute: Any, sql: str, *arguments: Any) -> Any:
            if "plugin_system" in sql:
                asked.append(warm.now)
            return unreachable(execute, sql, *arguments)

        warm.advance(1)
        with connection.execute_wrapper(note):
            for _ in range(2000):
                serving()
                warm.advance(0.01)

        pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
        assert max(pauses) < 2.02
        assert pauses[0] < 0.12
        assert pauses[5] > 0.9
        assert len(asked) < 30

    def test_does_not_keep_a_process_behind_once_it_is_back(self, warm: Clock) -> None:
        with connection.execute_wrapper(unreachable):
            warm.advance(100)
            serving()
        elsewhere("primary", DISABLED)
        warm.advance(2)

        assert serving() is Secondary

    def test_is_forgotten_with_a_commit_of_this_process(self, warm: Clock) -> None:
        with connection.execute_wrapper(unreachable):
            warm.advance(100)
            serving()

        set_status("primary", DISABLED)

        assert serving() is Secondary

    def test_shows_in_the_age_of_what_is_known(self, warm: Clock) -> None:
        follower = follower_of("default")
        assert follower.age == 0
        with connection.execute_wrapper(unreachable):
            warm.advance(100)
            serving()
            assert follower.age == 100
        warm.advance(2)
        serving()

        assert follower.age == 0

    @override_settings(PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR=30)
    def test_is_an_error_where_what_is_known_is_older_than_the_host_allows(self, clock: Clock) -> None:
        serving()
        with connection.execute_wrapper(unreachable):
            clock.advance(30)
            assert serving() is Primary
            for _ in range(3):  # Whether it is time to ask the database again or not.
                clock.advance(0.05)
                with pytest.raises(SnapshotTooOldError, match=r"30\.\d s old.*_ON_ERROR allows 30\.0 s") as caught:
                    serving()
                assert isinstance(caught.value.__cause__, OperationalError)
        clock.advance(2)

        assert serving() is Primary


class TestThreads:
    def test_go_on_with_what_they_have_while_one_compares(self, warm: Clock) -> None:
        comparing, done = Event(), Event()

        def wait(execute: Any, *arguments: Any) -> Any:
            comparing.set()
            assert done.wait(10)
            return execute(*arguments)

        def compare() -> None:
            with connection.execute_wrapper(wait):
                in_this_thread.append(serving())
            close_connections()

        in_this_thread: list[type | None] = []
        elsewhere("primary", DISABLED)
        warm.advance(0.95)
        thread = Thread(target=compare)
        thread.start()
        assert comparing.wait(10)
        meanwhile = serving()
        done.set()
        thread.join()

        assert meanwhile is Primary
        assert in_this_thread == [Secondary]
        assert serving() is Secondary

    def test_compare_in_the_place_of_one_that_hangs(
        self, warm: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading, done = Event(), Event()

        def hang(connection: Any) -> CounterState:
            counter = read_counter(connection)
            if current_thread() is thread:
                reading.set()
                assert done.wait(10)
            return counter

        def compare() -> None:
            serving()
            close_connections()

        monkeypatch.setattr(following, "read_counter", hang)
        warm.advance(0.95)
        thread = Thread(target=compare)
        thread.start()
        assert reading.wait(10)
        elsewhere("primary", DISABLED)
        warm.advance(1.9)
        before = serving()
        warm.advance(0.2)
        after, view = serving(), follower_of("default").view
        done.set()
        thread.join()

        assert (before, after) == (Primary, Secondary)
        # What the one that hung has read is older, and counts for nothing.
        assert follower_of("default").view is view
        assert [record.levelname for record in caplog.records] == ["WARNING"]

    def test_read_for_themselves_where_nothing_is_known_yet(self, clock: Clock) -> None:
        comparing, done = Event(), Event()

        def wait(execute: Any, *arguments: Any) -> Any:
            comparing.set()
            assert done.wait(10)
            return execute(*arguments)

        def load() -> None:
            with connection.execute_wrapper(wait):
                serving()
            close_connections()

        thread = Thread(target=load)
        thread.start()
        assert comparing.wait(10)
        meanwhile = serving()
        assert follower_of("default").view is None
        done.set()
        thread.join()

        assert meanwhile is Primary


class TestSettingChanged:
    def test_is_followed_at_once(self, warm: Clock, queries: Queries) -> None:
        with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=0), queries(1):
            serving()
        with queries(1):
            serving()
        with queries(0):
            serving()
