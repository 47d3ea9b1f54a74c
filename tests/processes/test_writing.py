"""Writes of many processes and threads wait for each other, and for as long as the host allows."""

from time import monotonic

import pytest

from tests.processes.acts import operating, resolving, syncing, writing
from tests.processes.conftest import Start
from tests.processes.databases import ISOLATION_LEVELS, KIND
from tests.processes.rig import Worker, results

WRITERS = 20
LIMITS = {"sqlite": None, "postgresql": "SET lock_timeout = '200ms'", "mariadb": "SET innodb_lock_wait_timeout = 1"}


class TestParallelWriters:
    @pytest.mark.parametrize("processes", [1, 5])
    @pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
    def test_with_one_condition_one_succeeds(self, isolation: str | None, processes: int, start: Start) -> None:
        workers = [start(isolation=isolation) for _ in range(processes)]
        seen = workers[0].call(writing.revision_of, name="primary")
        threads = WRITERS // processes
        at = monotonic() + 0.2
        # None is the priority that the item has: that would change nothing, and be accepted beside another.
        outcomes = results(
            [
                worker.begin(
                    writing.update_together, name="primary", if_match=seen, threads=threads, first=first, at=at
                )
                for first, worker in zip(range(1000, 2000, 100), workers, strict=False)
            ]
        )
        accepted = [priority for outcome in outcomes for priority in outcome["accepted"]]
        assert len(accepted) == 1
        assert sum(len(outcome["refused"]) for outcome in outcomes) == WRITERS - 1
        assert workers[-1].call(writing.priority_of, name="primary") == accepted[0]
        assert workers[-1].call(writing.numbers) == [seen, seen + 1]

    @pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
    def test_lose_nothing_and_leave_no_gap(self, isolation: str | None, start: Start) -> None:
        workers = [start(isolation=isolation) for _ in range(4)]
        before = workers[0].call(writing.priority_of, name="primary")
        results([worker.begin(writing.change_often, name="primary", times=10) for worker in workers])
        assert workers[0].call(writing.priority_of, name="primary") == before + 40
        assert workers[0].call(writing.numbers) == list(range(1, 42))

    @pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
    def test_have_their_turn_however_busy_the_lock_is(self, isolation: str | None, start: Start) -> None:
        others = [start(isolation=ISOLATION_LEVELS[0]) for _ in range(3)]
        keeping = [other.begin(writing.keep_lock_busy, name="spare") for other in others]
        for each in keeping:
            each.wait_for("busy")
        writer = start(isolation=isolation)
        writer.call(writing.change_often, name="primary", times=5)
        changes = sum(results(each.proceed() for each in keeping)) + 5
        assert writer.call(writing.numbers) == list(range(1, changes + 2))


class TestWriteThatWaitsTooLong:
    def test_raises_and_leaves_no_trace(self, start: Start, operator: Worker) -> None:
        server = {"OPTIONS": {"timeout": 0.2}} if KIND == "sqlite" else {}
        writer = start(server=server)
        before = operator.call(syncing.everything)
        holding = operator.begin(operating.set_status_slowly, name="secondary", status="disable", commits=False)
        holding.wait_for("written")
        assert writer.call(writing.write_against_a_lock, limit=LIMITS[KIND]) == {
            "failure": "OperationalError",
            "before": "primary",
            "serving": "primary",
            "pending": 0,
        }
        holding.proceed().result()
        assert writer.call(syncing.everything) == before
        assert writer.call(operating.set_status, name="primary", status="disable")
        assert operator.call(syncing.everything)["revisions"] == [1, 2]
        assert writer.call(resolving.serving) == "secondary"
