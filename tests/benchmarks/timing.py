"""Clocks and counters inside a subject's process."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.db import connection

Sample = dict[str, Any]

_READS = ("SELECT", "EXPLAIN", "WITH")
_FRAMES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")


@dataclass
class Statements:
    """The statements that one stretch of work sent to the database."""

    texts: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    @property
    def queries(self) -> int:
        return len(self.texts)

    @property
    def writes(self) -> int:
        return sum(1 for text in self.texts if not text.lstrip("( ").startswith((*_READS, *_FRAMES)))

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.texts.append(sql)
        self.parameters.append(params)
        return execute(sql, params, many, context)


@contextmanager
def counted() -> Iterator[Statements]:
    """Yield what the block sends to the database, as it does."""
    statements = Statements()
    with connection.execute_wrapper(statements):
        yield statements


def long_work(work: Callable[[], Any]) -> Sample:
    """Run ``work`` once; its queries are counted while it runs, which costs each of them about 0.2 µs."""
    gc.collect()
    with counted() as statements:
        start = perf_counter()
        work()
        seconds = perf_counter() - start
    return {"value": seconds, "queries": statements.queries, "writes": statements.writes}


def best_of(measure: Callable[[], Sample], repeats: int = 3) -> Sample:
    """Return the quickest of several samples: whatever else the machine does can only make one slower."""
    return min((measure() for _ in range(repeats)), key=lambda sample: float(sample["value"]))


def short_work(work: Callable[[], Any], *, calls: int, loops: int, repeats: int = 5) -> Sample:
    """
    Run ``work``, which makes ``calls`` calls, ``loops`` times in a row, and return the seconds of one call.

    The best of ``repeats`` such rows counts: whatever else the machine does can only make it slower. A first run,
    untimed, warms up, and a second one counts the queries.
    """
    work()
    with counted() as statements:
        work()
    seconds = min(_row(work, loops) for _ in range(repeats)) / calls / loops
    return {"value": seconds, "queries": statements.queries / calls, "writes": statements.writes / calls}


def _row(work: Callable[[], Any], loops: int) -> float:
    counts = range(loops)
    start = perf_counter()
    for _ in counts:
        work()
    return perf_counter() - start
