"""Processes that follow one database: what they cost it, and how late they are."""

from typing import Any

from tests.benchmarks.rig import Bench

PROCESSES = (1, 100, 1000)
STALENESS = (0.1, 0.5, 1.0, 2.0)


def table(bench: Bench) -> list[dict[str, Any]]:
    """Return, per number of processes and ``MAX_STALENESS``, what was measured."""
    if bench.postgresql is None:
        return []
    subject = bench.ours(database=bench.new_postgresql())
    subject.call("preparing:migrate")
    subject.call("following:prepare")
    return [
        {
            "processes": processes,
            "max_staleness": staleness,
            **subject.call("following:follow", processes=processes, max_staleness=staleness),
        }
        for processes in PROCESSES
        for staleness in STALENESS
    ]
