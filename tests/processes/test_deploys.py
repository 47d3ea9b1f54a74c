"""Releases follow each other while the pods of both sync, all at once or in turn, in opposite orders."""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.processes.acts import deploying, registering, syncing
from tests.processes.conftest import Start
from tests.processes.databases import ISOLATION_LEVELS, KIND, SERIALIZABLE
from tests.processes.rig import Worker, results
from tests.processes.test_syncing import sync_all
from tests.results import as_table, write_section

PODS = 8
ROUNDS = 5
LEVELS = [*ISOLATION_LEVELS, *([SERIALIZABLE] if KIND == "postgresql" else [])]
# Release n registers the items from n times this on, up to the number below.
STEP, ITEMS = 10, 60
DECIDED = {"primary": "disable", "secondary": "reserve", "spare": "disable"}


@pytest.fixture(scope="module")
def figures() -> Iterator[list[list[Any]]]:
    """A row per isolation level; written where ``PLUGIN_SYSTEM_TEST_RESULTS`` says."""
    rows: list[list[Any]] = []
    yield rows
    if "PLUGIN_SYSTEM_TEST_RESULTS" in os.environ:
        columns = ["isolation", "pods", "rounds", "syncs", "errors", "revisions", "expected", "decisions lost"]
        write_section(f"Deploys on {KIND}", as_table(columns, rows))


def release(workers: list[Worker], number: int) -> None:
    """Let the processes be of this release, each other one with its items in the opposite order."""
    start, stop = number * STEP, number * STEP + ITEMS
    results([worker.begin(registering.forget_all) for worker in workers])
    facts = {"start": start, "stop": stop, "description": f"Release {number}"}
    results(
        [worker.begin(registering.register, backwards=index % 2 == 1, **facts) for index, worker in enumerate(workers)]
    )


class TestDeploy:
    @pytest.mark.parametrize("isolation", LEVELS)
    def test_makes_one_revision_and_loses_no_decision(
        self, isolation: str | None, start: Start, figures: list[list[Any]]
    ) -> None:
        random = Random(1)
        workers = [start(isolation=isolation) for _ in range(PODS)]
        operator = workers[0]
        operator.call(deploying.decide, **DECIDED)
        decided = operator.call(deploying.rows)
        release(workers, 0)
        made = [sum_of_revisions(sync_all(workers))]
        revisions = operator.call(syncing.everything)["counter"][0]
        syncs, lost = PODS, 0
        for number in range(1, ROUNDS + 1):
            random.shuffle(workers)
            release(workers[: PODS // 2], number)
            operator.call(registering.disable, number=number * STEP)
            revisions += 1
            # Both releases at once: the rows of the new one are made, once.
            made.append(sum_of_revisions(sync_all(workers, prune=True)))
            # In turn, in any order: nothing is left to do, and nobody takes back what another did.
            again = [worker.call(syncing.sync, prune=True) for worker in random.sample(workers, PODS)]
            assert sum_of_revisions(again) == 0
            # The old release is gone: what the new code states is written, once.
            release(workers, number)
            made.append(sum_of_revisions(sync_all(workers, mode="update", prune=True)))
            assert sum_of_revisions(sync_all(workers, mode="update", prune=True)) == 0
            rows = operator.call(deploying.rows)
            lost += sum(rows[name][1] != status for name, status in DECIDED.items())
            lost += sum(rows[f"item-{each * STEP:04}"][1] != "disable" for each in range(1, number + 1))
            syncs += 4 * PODS
        assert made == [1] * (2 * ROUNDS + 1)
        state = operator.call(syncing.everything)
        revisions += 2 * ROUNDS
        assert state["revisions"] == list(range(1, revisions + 1))
        assert lost == 0
        assert {name: rows[name][:2] for name in DECIDED} == {name: decided[name][:2] for name in DECIDED}
        figures.append([isolation or "-", PODS, ROUNDS, syncs, 0, sum(made), 2 * ROUNDS + 1, lost])


def sum_of_revisions(outcomes: list[Any]) -> int:
    """Return how many of the syncs wrote a revision."""
    return sum(outcome["revision"] is not None for outcome in outcomes)
