"""
The invariants, checked from what the processes and the database have recorded; knows nothing of the code under test.

The records are replayed from the first revision on. At each number, what was acknowledged under it must be there, and
what readers have answered by it must be what its state says.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, groupby, pairwise
from typing import Any

# Seconds after the end of an outage until which a process may not have noticed it: two of back-off, one to connect.
GRACE = 3.0
MOST_FAULTS = 20

State = dict[str, dict[str, Any]]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    The time of a fault.

    ``hides`` are the processes that cannot reach the database; ``fails`` those that may fail, with an error that
    contains ``error``.
    """

    kind: str
    began: float
    ended: float
    hides: Callable[[str], bool] = lambda name: False
    fails: Callable[[str], bool] = lambda name: False
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What is wrong, each a sentence, and how much was looked at."""

    faults: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, sentence: str) -> None:
        self.figures[kind] += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{kind}: {sentence}")


FAULTS = ["gaps", "out of order", "lost updates", "lost writes", "unknown states", "backwards", "stale", "unexplained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything recorded in one history of the database, from one backup or none to the end."""

    history: dict[str, Any]
    writes: list[Line]
    reads: list[Line]
    failures: list[Line]
    windows: list[Window]
    item_keys: list[str]
    max_staleness: Callable[[str], float]


def check(records: Records) -> Verdict:
    """Return what is wrong with the records."""
    verdict = Verdict()
    _check_numbers(records, verdict)
    _check_order(records, verdict)
    _check_replay(records, verdict)
    _check_readers(records, verdict)
    _check_staleness(records, verdict)
    _check_failures(records, verdict)
    return verdict


def _check_numbers(records: Records, verdict: Verdict) -> None:
    numbers = [number for number, *_ in records.history["revisions"]]
    verdict.figures["commits"] = len(numbers)
    for before, after in pairwise([0, *numbers]):
        if after != before + 1:
            verdict.add("gaps", f"revision {after} follows {before}")
    if records.history["counter"][0] != (numbers[-1] if numbers else 0):
        verdict.add("gaps", f"the counter is at {records.history['counter'][0]}, the last revision is {numbers[-1]}")


def _acknowledged(records: Records) -> list[Line]:
    return [line for line in records.writes if line["says"] == "done" and line["number"] is not None]


def _check_order(records: Records, verdict: Verdict) -> None:
    """A write that was started after another was acknowledged has the higher number."""
    done = sorted(_acknowledged(records), key=lambda line: line["ended"])
    ends = [line["ended"] for line in done]
    highest = list(accumulate((line["number"] for line in done), max))
    for line in done:
        earlier = bisect_left(ends, line["started"])
        # A write that found nothing to do names the state that it found.
        if earlier and highest[earlier - 1] > line["number"]:
            verdict.add("out of order", f"{line['token']} is {line['number']}, after {highest[earlier - 1]} was done")


def states(history: dict[str, Any]) -> Iterator[tuple[int, State, list[str]]]:
    """Yield each revision's number, the state after it, and what it changed that was not so before."""
    state: State = {}
    changes = {number: list(group) for number, group in groupby(history["changes"], key=lambda each: each[0])}
    for number, *_ in history["revisions"]:
        wrong = []
        for _, key, before, after in changes.get(number, []):
            row = state.get(key, {"archived": False})
            if before is not None and any(row.get(name) != value for name, value in before.items()):
                wrong.append(f"revision {number} found {key} as {before}, it was {row}")
            state[key] = {**row, **(after or {})}
        yield number, state, wrong


def best(state: State, item_keys: Iterable[str], lane: str) -> str | None:
    """Return the key of the item that serves the lane in this state."""
    keys = [key for key in item_keys if key.startswith(f"{lane}/") and key in state]
    for status in ("active", "reserve"):
        ranked = [(state[key]["priority"], *key.partition("/")[2].split(":"), key) for key in keys
                  if state[key]["status"] == status]  # fmt: skip
        if ranked:
            return str(min(ranked)[-1])
    return None


def _check_replay(records: Records, verdict: Verdict) -> None:
    acknowledged, answers = _by_number(_acknowledged(records)), _by_number(records.reads)
    tokens = {reason: number for number, _, reason in records.history["revisions"] if reason}
    reasons = {number: reason for reason, number in tokens.items()}
    state: State = {}
    known = set()
    for number, state, wrong in states(records.history):
        known.add(number)
        for sentence in wrong:
            verdict.add("lost updates", sentence)
        for line in acknowledged.get(number, []):
            _check_write(line, state, reasons, verdict)
        for line in answers.get(number, []):
            _check_answers(line, state, records.item_keys, verdict)
    for line in (line for number in {*acknowledged} - known for line in acknowledged[number]):
        verdict.add("lost writes", f"{line['token']} was acknowledged as {line['number']}, which is not there")
    for line in (line for number in {*answers} - known for line in answers[number]):
        verdict.add("unknown states", f"{line['by']} saw revision {line['number']}, which never was")
    _check_rows(records, state, verdict)
    _check_undone(records, tokens, verdict)


def _check_rows(records: Records, state: State, verdict: Verdict) -> None:
    for key, row in records.history["rows"].items():
        if row.items() - state[key].items():
            verdict.add("lost updates", f"{key} is {row}, by the records {state[key]}")


def _check_undone(records: Records, tokens: dict[str, int], verdict: Verdict) -> None:
    """What was refused or taken back is not recorded; what was not answered may be."""
    ended = {line["token"] for line in records.writes if line["says"] != "tries"}
    doubtful = {line["token"] for line in records.writes} - ended
    doubtful |= {line["token"] for line in records.writes if line["says"] == "failed"}
    verdict.figures["in doubt"] = len(doubtful)
    verdict.figures["in doubt and committed"] = len(doubtful & {*tokens})
    for line in records.writes:
        if line["says"] in {"refused", "taken back", "collided"}:
            verdict.figures[line["says"]] += 1
            if line["token"] in tokens:
                verdict.add(
                    "lost updates", f"{line['token']} was {line['says']}, and is revision {tokens[line['token']]}"
                )


def _by_number(lines: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.get("number") is not None:
            found[line["number"]].append(line)
    return found


def _check_write(line: Line, state: State, reasons: dict[int, str], verdict: Verdict) -> None:
    verdict.figures["acknowledged"] += 1
    if line["own"] and reasons.get(line["number"]) != line["token"]:
        verdict.add("lost writes", f"{line['token']} is not the reason of revision {line['number']}")
    for key, values in line["expected"].items():
        if any(state.get(key, {}).get(name) != value for name, value in values.items()):
            verdict.add(
                "lost writes", f"{line['token']} made {key} {values}; at {line['number']} it is {state.get(key)}"
            )


def _check_answers(line: Line, state: State, item_keys: list[str], verdict: Verdict) -> None:
    for lane, answer in line["answers"].items():
        verdict.figures["answers compared"] += 1
        right = best(state, item_keys, lane)
        if answer != right:
            verdict.add("unknown states", f"{line['by']} at {line['number']}: {lane} is {answer}, not {right}")


def _check_readers(records: Records, verdict: Verdict) -> None:
    nonces: dict[int, str] = {}
    for _, lines in groupby(records.reads, key=lambda line: line["by"]):
        number = 0
        for line in lines:
            verdict.figures["resolves"] += len(line["resolves"])
            slowest = max(ended - started for started, ended in line["resolves"])
            verdict.figures["slowest resolve, ms"] = max(verdict.figures["slowest resolve, ms"], round(slowest * 1000))
            if line["number"] < number:
                verdict.add("backwards", f"{line['by']} went from {number} to {line['number']}")
            number = line["number"]
            if nonces.setdefault(number, line["nonce"]) != line["nonce"]:
                verdict.add("unknown states", f"{line['by']} saw another nonce at {number}")
    counter, nonce = records.history["counter"]
    if nonces.get(counter, nonce) != nonce:
        verdict.add("unknown states", f"readers saw another nonce at {counter}")


def _check_staleness(records: Records, verdict: Verdict) -> None:
    done = sorted(_acknowledged(records), key=lambda line: line["number"])
    numbers = [line["number"] for line in done]
    # When each of them, or a later one, was acknowledged first: by then it was committed.
    committed = list(accumulate((line["ended"] for line in reversed(done)), min))[::-1]
    for line in records.reads:
        following = bisect_right(numbers, line["number"])
        answered = _last_that_could_ask(records, line)
        if following == len(numbers) or answered is None:
            continue
        verdict.figures["sightings judged for age"] += 1
        age = answered - committed[following]
        if age > records.max_staleness(line["by"]):
            verdict.add("stale", f"{line['by']} was at {line['number']} {age:.3f} s after {numbers[following]}")
        verdict.figures["oldest answer, ms"] = max(verdict.figures["oldest answer, ms"], round(age * 1000))


def _last_that_could_ask(records: Records, line: Line) -> float | None:
    """Return when the last of the resolves began during which no fault kept the process from the database, if any."""
    hidden = [
        (window.began, window.ended + GRACE + records.max_staleness(line["by"]))
        for window in records.windows
        if window.hides(line["by"])
    ]
    for started, ended in reversed(line["resolves"]):
        if not any(began < ended and started < over for began, over in hidden):
            return float(started)
    return None


def _check_failures(records: Records, verdict: Verdict) -> None:
    for line in records.failures:
        kinds = {window.kind for window in records.windows if _explains(window, line)}
        if kinds:
            verdict.figures["failed by a fault"] += 1
        else:
            verdict.add("unexplained", f"{line['by']} {line.get('act', 'resolve')}: {line['error'][:150]}")


def _explains(window: Window, line: Line) -> bool:
    concerned = window.fails(line["by"]) and window.error in line["error"]
    return concerned and line["ended"] > window.began and line["started"] < window.ended + GRACE
