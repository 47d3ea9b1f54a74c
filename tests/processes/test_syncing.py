"""Any number of processes sync at once, and die while they do: all or nothing is done, once."""

from time import monotonic
from typing import Any

import pytest

from tests.processes.acts import operating, registering, resolving, syncing
from tests.processes.conftest import Start
from tests.processes.databases import ISOLATION_LEVELS, KIND, SERIALIZABLE
from tests.processes.rig import Call, Worker, results

PROCESSES = 8
LEVELS = [*ISOLATION_LEVELS, *([SERIALIZABLE] if KIND == "postgresql" else [])]
# What changes in every process's code before it syncs, how it syncs, and how many revisions that makes in all.
ROUNDS: list[tuple[list[tuple[Any, dict[str, Any]]], dict[str, Any], int]] = [
    ([(registering.register, {"start": 0, "stop": 300})], {}, 1),
    ([(registering.register, {"start": 250, "stop": 350, "description": "New", "priority": 7})], {"mode": "update"}, 1),
    ([(registering.forget, {"start": 0, "stop": 100})], {"prune_missing": True}, 1),
    (
        [
            (registering.register, {"start": 0, "stop": 60}),
            (registering.forget, {"start": 300, "stop": 350}),
            (registering.register, {"start": 350, "stop": 400}),
        ],
        {"mode": "update", "prune_missing": True},
        1,
    ),
    ([], {"mode": "update", "prune_missing": True}, 0),
]


class TestSyncOfManyProcesses:
    @pytest.mark.parametrize("isolation", LEVELS)
    def test_ends_equal_without_an_error_and_with_one_revision(self, isolation: str | None, start: Start) -> None:
        workers = [start(isolation=isolation) for _ in range(PROCESSES)]
        workers[0].call(syncing.forget_everything)
        revisions = 0
        for changes, options, made in ROUNDS:
            for act, arguments in changes:
                change_all(workers, act, arguments)
            outcomes = sync_all(workers, **options)
            assert len({outcome["fingerprint"] for outcome in outcomes}) == 1
            assert sum(outcome["revision"] is not None for outcome in outcomes) == made
            revisions += made
            state = workers[0].call(syncing.everything)
            assert state["revisions"] == list(range(1, revisions + 1))
            assert state["counter"][0] == revisions
        numbers = results([worker.begin(registering.serving_number) for worker in workers])
        assert set(numbers) == {0}
        # The host project's three, and those of the fourth round.
        assert state["present"] == 3 + 60 + 200 + 50

    @pytest.mark.parametrize("isolation", ISOLATION_LEVELS)
    def test_and_of_operators_loses_nobodys_change(self, isolation: str | None, start: Start) -> None:
        workers = [start(isolation=isolation) for _ in range(4)]
        change_all(workers, registering.register, {"start": 0, "stop": 50})
        names = ["primary", "secondary", "spare"]
        calls = [worker.begin(syncing.sync, mode="update") for worker in workers[:1]]
        calls += [
            worker.begin(operating.set_status, name=name, status="disable", door=door)
            for worker, name, door in zip(workers[1:], names, ["service", "save", "update"], strict=True)
        ]
        results(calls)
        assert {name: workers[0].call(operating.statuses)[name] for name in names} == dict.fromkeys(names, "disable")
        # The first sync, that of the migration, is revision 1.
        assert workers[0].call(syncing.everything)["revisions"] == [1, 2, 3, 4, 5]


class TestKilledProcess:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE plugin_system_revisioncounter",
            "INSERT INTO plugin_system_plugintype",
            "INSERT INTO plugin_system_pluginitem",
            "INSERT INTO plugin_system_revision",
            "INSERT INTO plugin_system_change",
        ],
    )
    def test_in_a_sync_leaves_nothing_and_the_next_completes(
        self, statement: str, start: Start, operator: Worker
    ) -> None:
        before = operator.call(syncing.everything)
        doomed = start()
        doomed.call(registering.register, start=0, stop=600)
        doomed.begin(syncing.sync_until, statement=statement).wait_for("stopped")
        doomed.kill()
        assert operator.call(syncing.everything) == before
        operator.call(registering.register, start=0, stop=600)
        outcome = operator.call(syncing.sync)
        assert outcome["revision"] == before["counter"][0] + 1
        assert outcome["counts"]["create"] == 601

    @pytest.mark.parametrize("statement", ["UPDATE plugin_system_pluginitem", "INSERT INTO plugin_system_change"])
    def test_in_a_bulk_change_leaves_nothing(self, statement: str, start: Start, operator: Worker) -> None:
        before = operator.call(syncing.everything)
        doomed = start()
        doomed.begin(syncing.set_all_until, statement=statement, status="disable").wait_for("stopped")
        doomed.kill()
        assert operator.call(syncing.everything) == before
        assert operator.call(resolving.serving) == "primary"
        operator.call(operating.set_status, name="primary", status="disable")
        assert operator.call(syncing.everything)["counter"][0] == before["counter"][0] + 1

    def test_after_the_commit_leaves_all(self, start: Start, operator: Worker) -> None:
        doomed = start()
        doomed.call(operating.set_status, name="primary", status="disable")
        doomed.kill()
        assert operator.call(resolving.serving) == "secondary"


def change_all(workers: list[Worker], act: Any, arguments: dict[str, Any]) -> None:
    """Change what every process registers, each other one in the opposite order."""
    calls: list[Call] = []
    for number, worker in enumerate(workers):
        backwards = {"backwards": number % 2 == 1} if act is registering.register else {}
        calls.append(worker.begin(act, **arguments, **backwards))
    results(calls)


def sync_all(workers: list[Worker], **options: Any) -> list[Any]:
    """Let every process sync at the same moment."""
    at = monotonic() + 0.1
    return results([worker.begin(syncing.sync, at=at, **options) for worker in workers])
