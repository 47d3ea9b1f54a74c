"""Resolving, and the least that could do its work."""

import asyncio
import threading
from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any

from django.db import connection
from django.test import override_settings

from plugin_system.helpers import aget_plugin_instance, get_plugin_instance
from plugin_system.models import RevisionCounter
from tests.benchmarks.acts.preparing import interfaces
from tests.benchmarks.plugins import APP, type_names
from tests.benchmarks.timing import Sample, best_of, short_work

CALLS = 200
LOOPS = 50
COMPARISONS = 50


def pairs_of(status: str) -> list[tuple[str, str]]:
    """Return as many pairs of names as there are calls, going round the types that there are."""
    names = type_names(status, len(interfaces[status]))
    return [(names[number % len(names)], APP) for number in range(CALLS)]


def interfaces_of(status: str) -> list[Any]:
    """Return as many interfaces as there are calls, going round the types that there are."""
    known = interfaces[status]
    return [known[number % len(known)] for number in range(CALLS)]


def by_names(status: str) -> Sample:
    """Resolve warm, by name and manager."""
    pairs = pairs_of(status)

    def work() -> None:
        for name, manager in pairs:
            get_plugin_instance(name, manager)

    return short_work(work, calls=CALLS, loops=LOOPS)


def by_names_limit(status: str) -> Sample:
    """Look a pair of names up in a dict and instantiate what is there."""
    pairs = pairs_of(status)
    classes: Any = {pair: type(get_plugin_instance(*pair)) for pair in pairs}

    def work() -> None:
        for name, manager in pairs:
            classes[name, manager]()

    return short_work(work, calls=CALLS, loops=LOOPS)


def by_interface(status: str) -> Sample:
    """Resolve warm, by interface."""
    asked = interfaces_of(status)

    def work() -> None:
        for interface in asked:
            get_plugin_instance(interface)

    return short_work(work, calls=CALLS, loops=LOOPS)


def by_interface_limit(status: str) -> Sample:
    """Look an interface up in a dict and instantiate what is there."""
    asked = interfaces_of(status)
    classes: Any = {interface: type(get_plugin_instance(interface)) for interface in asked}

    def work() -> None:
        for interface in asked:
            classes[interface]()

    return short_work(work, calls=CALLS, loops=LOOPS)


def compared_on_every_call(status: str) -> Sample:
    """Resolve with MAX_STALENESS = 0; in stretches too short for the system to give the core away meanwhile."""
    pairs = pairs_of(status)[:COMPARISONS]

    def work() -> None:
        for name, manager in pairs:
            get_plugin_instance(name, manager)

    with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=0):
        return short_work(work, calls=COMPARISONS, loops=1, repeats=30)


def compared_on_every_call_limit() -> Sample:
    """Read one row of two columns by its primary key, with a raw cursor."""
    sql = f"SELECT value, nonce FROM {RevisionCounter._meta.db_table} WHERE id = 1"

    def work() -> None:
        for _ in range(COMPARISONS):
            with connection.cursor() as cursor:
                cursor.execute(sql)
                cursor.fetchone()

    return short_work(work, calls=COMPARISONS, loops=1, repeats=30)


def in_threads(status: str, threads: int) -> Sample:
    """Resolve in many threads at once; the seconds are those of the whole over the number of calls."""
    pairs = pairs_of(status)

    def work() -> None:
        for name, manager in pairs:
            get_plugin_instance(name, manager)

    return best_of(lambda: _throughput(work, threads))


def in_threads_limit(status: str, threads: int) -> Sample:
    """Look up in a dict and instantiate, in many threads at once."""
    pairs = pairs_of(status)
    classes: Any = {pair: type(get_plugin_instance(*pair)) for pair in pairs}

    def work() -> None:
        for name, manager in pairs:
            classes[name, manager]()

    return best_of(lambda: _throughput(work, threads))


def _throughput(work: Callable[[], None], threads: int) -> Sample:
    """Return the seconds of the whole over the number of calls, of all threads together."""
    start_together = threading.Barrier(threads + 1)
    loops = 150

    def run() -> None:
        start_together.wait()
        for _ in range(loops):
            work()
        connection.close()

    started = [threading.Thread(target=run) for _ in range(threads)]
    work()
    for thread in started:
        thread.start()
    start_together.wait()
    start = perf_counter()
    for thread in started:
        thread.join()
    return {"value": (perf_counter() - start) / threads / loops / CALLS}


def beside_a_slow_refresh(status: str, threads: int, comparison: float) -> Sample:
    """
    Return the longest resolve of the threads that did not compare, while one that did waited for its database.

    The waits last ``comparison`` seconds, as over a slow network; three of them fall into the time measured.
    """
    (name, manager), longest = pairs_of(status)[0], []
    deadline = perf_counter() + 3

    def run() -> None:
        slow, mine = _SlowDatabase(comparison), 0.0
        with connection.execute_wrapper(slow):
            while perf_counter() < deadline:
                asked, start = slow.statements, perf_counter()
                get_plugin_instance(name, manager)
                if slow.statements == asked:
                    mine = max(mine, perf_counter() - start)
                sleep(0.0005)
        longest.append(mine)
        connection.close()

    started = [threading.Thread(target=run) for _ in range(threads)]
    with override_settings(PLUGIN_SYSTEM_MAX_STALENESS=1):
        get_plugin_instance(name, manager)
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
    return {"value": max(longest)}


class _SlowDatabase:
    """Answers as late as a database far away."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.statements += 1
        sleep(self.delay)
        return execute(*arguments)


def in_async_code(status: str) -> Sample:
    """Await ``aget_plugin_instance`` while the snapshot is fresh; a hop to a thread would leave the thread there."""
    pairs = pairs_of(status)

    async def work() -> float:
        start = perf_counter()
        for _ in range(LOOPS):
            for name, manager in pairs:
                await aget_plugin_instance(name, manager)
        return (perf_counter() - start) / LOOPS / CALLS

    for pair in pairs:
        get_plugin_instance(*pair)
    before = threading.active_count()
    seconds = min(asyncio.run(work()) for _ in range(5))
    return {"value": seconds, "queries": 0, "threads": threading.active_count() - before}


def in_async_code_limit(status: str) -> Sample:
    """Await a coroutine that looks up in a dict and instantiates."""
    pairs = pairs_of(status)
    classes: Any = {pair: type(get_plugin_instance(*pair)) for pair in pairs}

    async def look_up(name: str, manager: str) -> Any:
        return classes[name, manager]()

    async def work() -> float:
        start = perf_counter()
        for _ in range(LOOPS):
            for name, manager in pairs:
                await look_up(name, manager)
        return (perf_counter() - start) / LOOPS / CALLS

    return {"value": min(asyncio.run(work()) for _ in range(5))}
