"""The rig's checks find what they are there to find, in records that are wrong in one place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.concurrency.checking import Records, Verdict, Window, check

LANE = "host:lane"
FIRST, SECOND = f"{LANE}/host:first", f"{LANE}/host:second"
STALENESS = 1.0


def records() -> Records:
    """Return records with which nothing is wrong: rows are made, the one that serves is disabled, then moved."""
    row = {"status": "active", "priority": 0}
    return Records(
        history={
            "counter": [3, "c"],
            "revisions": [[1, "code", ""], [2, "code", "w.2"], [3, "code", "w.3"]],
            "changes": [
                [1, FIRST, None, row],
                [1, SECOND, None, {**row, "priority": 1}],
                [2, FIRST, {"status": "active"}, {"status": "disable"}],
                [3, SECOND, {"priority": 1}, {"priority": 5}],
            ],
            "rows": {FIRST: {"status": "disable", "priority": 0}, SECOND: {"status": "active", "priority": 5}},
        },
        writes=[
            _tries("w.2", 10.0),
            _done("w.2", 2, 10.0, 10.1, {FIRST: {"status": "disable"}}),
            _tries("w.3", 20.0),
            _done("w.3", 3, 20.0, 20.1, {SECOND: {"priority": 5}}),
        ],
        reads=[_sees(1, "a", 9.0, 11.0, FIRST), _sees(2, "b", 11.1, 20.9, SECOND), _sees(3, "c", 21.0, 22.0, SECOND)],
        failures=[],
        windows=[],
        item_keys=[FIRST, SECOND],
        max_staleness=lambda name: STALENESS,
    )


def _tries(token: str, at: float) -> dict[str, Any]:
    return {"says": "tries", "by": "writer-0.1", "token": token, "at": at}


def _done(token: str, number: int, started: float, ended: float, expected: dict[str, Any]) -> dict[str, Any]:
    facts = {"number": number, "started": started, "ended": ended, "expected": expected}
    return {"says": "done", "by": "writer-0.1", "token": token, "own": True, **facts}


def _sees(number: int, nonce: str, first: float, last: float, answer: str | None) -> dict[str, Any]:
    facts = {"number": number, "nonce": nonce, "resolves": [[first, first], [last, last]], "answers": {LANE: answer}}
    return {"says": "sees", "by": "reader-0.1", **facts}


def resolve(records: Records, started: float, ended: float | None = None) -> None:
    """Let the first line go on until another resolve."""
    records.reads[0]["resolves"].append([started, ended or started])


def _failed(started: float, ended: float) -> dict[str, Any]:
    return {"says": "failed", "by": "reader-0.1", "started": started, "ended": ended, "error": "gone"}


def outage(began: float, ended: float) -> Window:
    return Window(kind="crash", began=began, ended=ended, hides=lambda name: True, fails=lambda name: True)


WRONG: dict[str, tuple[str, Callable[[Records], Any]]] = {
    "a number is missing": ("gaps", lambda records: records.history["revisions"].pop(1)),
    "the counter is ahead": ("gaps", lambda records: records.history.update(counter=[4, "c"])),
    "a later write has the lower number": ("out of order", lambda records: records.writes[3].update(ended=9.9)),
    "a change has another before": (
        "lost updates",
        lambda records: records.history["changes"][3][2].update(priority=2),
    ),
    "a row is not what its changes made": (
        "lost updates",
        lambda records: records.history["rows"][FIRST].update(status="active"),
    ),
    "a refused write is recorded": ("lost updates", lambda records: records.writes[1].update(says="refused")),
    "an acknowledged write is not recorded": ("lost writes", lambda records: records.writes[3].update(number=4)),
    "an acknowledged write is another's": ("lost writes", lambda records: records.writes[3].update(token="w.9")),
    "an acknowledged write had no effect": (
        "lost writes",
        lambda records: records.writes[3]["expected"][SECOND].update(priority=6),
    ),
    "an answer is not that of its state": (
        "unknown states",
        lambda records: records.reads[1]["answers"].update({LANE: FIRST}),
    ),
    "a reader saw what was rolled back": ("unknown states", lambda records: records.reads[2].update(number=4)),
    "readers saw two states of one number": ("unknown states", lambda records: records.reads[2].update(nonce="x")),
    "a reader went back": ("backwards", lambda records: records.reads.append(_sees(2, "b", 22.1, 22.2, SECOND))),
    "a reader was late": ("stale", lambda records: resolve(records, 11.2)),
    "a reader was late before an outage": (
        "stale",
        lambda records: (resolve(records, 11.2), resolve(records, 12.0), records.windows.append(outage(11.9, 12.5))),
    ),
    "a reader was late long after an outage": (
        "stale",
        lambda records: (resolve(records, 17.0), records.windows.append(outage(10.5, 12.0))),
    ),
    "a reader was late after an outage of others": (
        "stale",
        lambda records: (
            resolve(records, 12.2),
            records.windows.append(replace(outage(10.5, 12.0), hides=lambda name: name == "reader-1.1")),
        ),
    ),
    "something failed by itself": ("unexplained", lambda records: records.failures.append(_failed(5.0, 5.1))),
    "something failed long after a fault": (
        "unexplained",
        lambda records: (records.failures.append(_failed(9.0, 9.1)), records.windows.append(outage(5.0, 5.5))),
    ),
}


class TestCheck:
    def test_finds_nothing_where_nothing_is_wrong(self) -> None:
        verdict = check(records())
        assert verdict.faults == []
        assert {
            name: verdict.figures[name] for name in ("commits", "acknowledged", "answers compared", "resolves")
        } == {
            "commits": 3,
            "acknowledged": 2,
            "answers compared": 3,
            "resolves": 6,
        }
        assert verdict.figures["oldest answer, ms"] == 900

    @pytest.mark.parametrize(("kind", "spoil"), WRONG.values(), ids=WRONG)
    def test_finds_what_is_wrong(self, kind: str, spoil: Callable[[Records], Any]) -> None:
        verdict = self.spoilt(spoil)
        assert verdict.figures[kind], verdict.faults

    def test_excuses_who_could_not_reach_the_database(self) -> None:
        verdict = self.spoilt(
            lambda records: (
                resolve(records, 12.2),
                records.failures.append(_failed(11.0, 11.5)),
                records.windows.append(outage(10.5, 12.0)),
            )
        )
        assert verdict.faults == []
        assert verdict.figures["failed by a fault"] == 1

    def test_excuses_who_met_the_outage_when_it_was_its_turn(self) -> None:
        verdict = self.spoilt(
            lambda records: (resolve(records, 11.15, 11.25), records.windows.append(outage(11.2, 12.0)))
        )
        assert verdict.faults == []
        assert verdict.figures["oldest answer, ms"] == 900

    def spoilt(self, spoil: Callable[[Records], Any]) -> Verdict:
        found = records()
        spoil(found)
        return check(found)
