"""Which item serves, and why: pure functions over rows, without database and clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from plugin_system.choices import PluginStatus, Verdict

# Anything with the attributes module, name, status and priority: model rows, tuples. Not a Protocol: model fields are
# descriptors, which mypy does not match with one.
RowT = TypeVar("RowT")

_RANKS: dict[str, int] = {PluginStatus.ACTIVE.value: 0, PluginStatus.RESERVED.value: 1, PluginStatus.DISABLED.value: 2}
_ELIGIBLE = frozenset({PluginStatus.ACTIVE.value, PluginStatus.RESERVED.value})


def rank(row: Any) -> tuple[int, int, str, str]:
    """Return the sort key of candidates: status, priority, then module and name, never the id."""
    return _RANKS.get(row.status, len(_RANKS)), row.priority, row.module, row.name


def in_order(rows: Iterable[RowT]) -> list[RowT]:
    """Return the rows in the order in which they come to serve."""
    return sorted(rows, key=rank)


def is_eligible(row: Any) -> bool:
    """Whether an operator lets this row serve, now or as a reserve."""
    return row.status in _ELIGIBLE


def choose(rows: Iterable[RowT], loads: Callable[[RowT], bool]) -> RowT | None:
    """Return the first eligible row, in order, whose code loads; ``None`` when there is none."""
    return next((row for row in in_order(rows) if is_eligible(row) and loads(row)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why the code of a row cannot serve in this process."""

    verdict: Verdict
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[RowT]):
    """A row with its verdict: one word for machines, one sentence for people."""

    row: RowT
    verdict: Verdict
    explanation: str


def explain(
    rows: Iterable[RowT], obstacle_of: Callable[[RowT], Obstacle | None], note_of: Callable[[RowT], str] = lambda _: ""
) -> list[Candidate[RowT]]:
    """
    Return every row, in order, with its verdict.

    ``obstacle_of`` says why a row's code cannot serve. ``note_of`` says who decided on the row, when and why, in half a
    sentence such as ``by ops 2 h ago: INC-12``, or nothing.
    """
    candidates: list[Candidate[RowT]] = []
    winner: Any = None
    for row in in_order(rows):
        obstacle = obstacle_of(row)
        # A disabled item is not even tried: that it failed before tells an operator nothing.
        if obstacle is not None and (is_eligible(row) or obstacle.verdict is not Verdict.BROKEN):
            verdict, text = obstacle.verdict, obstacle.explanation
        elif not is_eligible(row):
            verdict, text = Verdict.DISABLED, ""
        elif winner is None:
            verdict, text = Verdict.SELECTED, _why_selected(row)
            winner = row
        else:
            verdict, text = _why_not(row, winner)
        candidates.append(Candidate(row=row, verdict=verdict, explanation=_with_note(text, row, note_of(row))))
    return candidates


def _with_note(text: str, row: Any, note: str) -> str:
    """Return the sentences on why the row serves or does not, and on who decided that; a disabled row has no why."""
    decided = f"{'Set' if is_eligible(row) else 'Disabled'} {note}." if note else ""
    return " ".join(part for part in (text, decided) if part) or "Disabled."


def _why_selected(row: Any) -> str:
    if row.status == PluginStatus.RESERVED:
        return f"Serves as reserve: nothing active can; first of the reserves with priority {row.priority}."
    return f"Serves: first of the active items with priority {row.priority}."


def _why_not(row: Any, winner: Any) -> tuple[Verdict, str]:
    if row.status == PluginStatus.RESERVED and winner.status == PluginStatus.ACTIVE:
        return Verdict.RESERVE, f"In reserve: waits until nothing active can serve; priority {row.priority}."
    if row.priority == winner.priority:
        return Verdict.OUTRANKED, f"Priority {row.priority} ties with {winner.name!r}, which comes first by name."
    return Verdict.OUTRANKED, f"Priority {row.priority} loses to {winner.priority} of {winner.name!r}; lower wins."
