"""Many threads of one process, and its forked children, see what one thread alone would."""

from time import monotonic

import pytest

from tests.processes.acts import crowds, operating, registering, resolving, syncing
from tests.processes.conftest import Start
from tests.processes.databases import ISOLATION_LEVELS, KIND, Database
from tests.processes.rig import Worker, until

THREADS = 8


class TestThreads:
    def test_that_were_idle_all_see_the_change_at_once(self, start: Start, operator: Worker) -> None:
        max_staleness, statuses = 0.2, ["disable", "active"] * 3
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=max_staleness)
        resolving_ = follower.begin(crowds.resolve_together, threads=THREADS, rounds=len(statuses))
        for status in statuses:
            resolving_.wait_for("idle")
            committed = operator.call(operating.set_status, name="primary", status=status)
            until(lambda: monotonic() > committed + max_staleness, "The bound")  # noqa: B023
            resolving_.proceed()
        assert resolving_.result() == [["secondary"], ["primary"]] * 3

    def test_go_on_while_one_of_them_waits_for_the_database(self, database: Database, start: Start) -> None:
        server = {}
        if KIND == "sqlite":  # Only there can a reader be kept waiting.
            database.use_rollback_journal()  # type: ignore[attr-defined]
            server = {"OPTIONS": {"init_command": None}}
        follower, operator = start(server=server, PLUGIN_SYSTEM_MAX_STALENESS=0.3), start(server=server)
        resolving_ = follower.begin(crowds.resolve_busily, threads=THREADS, seconds=1.8)
        resolving_.wait_for("resolving")
        locking = operator.begin(operating.lock_counter)
        locking.wait_for("locked")
        locked_at = monotonic()
        until(lambda: monotonic() > locked_at + 1.2, "The end of the lock")
        locking.proceed().result()
        durations = resolving_.result()
        waited = [duration for each in durations for duration in each if duration > 0.5]
        others = [duration for each in durations for duration in each if duration <= 0.5]
        assert len(waited) == 1
        assert max(others) < 0.25
        assert sum(len(each) > 100 for each in durations) == THREADS

    @pytest.mark.parametrize("max_staleness", [0.0, 0.02])
    def test_never_see_an_earlier_state_than_another_before(
        self, max_staleness: float, start: Start, operator: Worker
    ) -> None:
        items = 40
        operator.call(registering.register, start=0, stop=items)
        operator.call(syncing.sync)
        climbing = start(PLUGIN_SYSTEM_MAX_STALENESS=max_staleness).begin(crowds.climb, threads=THREADS, items=items)
        climbing.wait_for("climbing")
        operator.call(registering.disable_one_after_the_other, count=items - 1)
        seen = climbing.result()
        assert seen["last"] == items - 1
        assert seen["steps"] > items / 4
        assert seen["backwards"] == 0


class TestReading:
    @pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
    def test_never_mixes_the_number_of_one_revision_with_the_rows_of_another(
        self, isolation: str | None, start: Start, operator: Worker
    ) -> None:
        items = 60
        operator.call(registering.register, start=0, stop=items)
        operator.call(syncing.sync)
        reading = start(isolation=isolation).begin(crowds.read_on, items=items)
        reading.wait_for("reading")
        operator.call(registering.disable_one_after_the_other, count=items - 1, pause=0)
        seen = reading.result()
        assert seen["left"] == 1
        assert seen["states"] > items / 4
        assert seen["mixed"] == 0


class TestForkedChild:
    def test_lives_and_follows_whatever_was_locked(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0.2)
        forking = follower.begin(crowds.fork_while_locked)
        forking.wait_for("forked")
        operator.call(operating.set_status, name="primary", status="disable")
        assert forking.proceed().result() == "secondary"
        assert follower.call(resolving.serving) == "secondary"
