"""What processes do whose threads resolve side by side, and children that they fork."""

import os
import select
import signal
from threading import Barrier, Event
from time import monotonic, sleep
from typing import Any

from django.db import connection, connections

from plugin_system.registry import plugin_registry
from plugin_system.rows import read_content
from plugin_system.snapshot import follower_of
from tests.processes.acts.registering import CROWD, register, serving_number
from tests.processes.acts.resolving import compared_just_now, serving, watch_on
from tests.processes.acts.threads import in_background, in_threads
from tests.processes.worker import checkpoint, say


def resolve_together(threads: int, rounds: int) -> list[list[str | None]]:
    """Resolve once in every thread at the same moment, whenever the test says so; return the names of each round."""
    barrier = Barrier(threads + 1)

    def resolve(_: int) -> list[str | None]:
        serving()
        names = []
        for _ in range(rounds):
            barrier.wait()
            names.append(serving())
            barrier.wait()
        return names

    crowd = in_background(lambda: in_threads(threads, resolve))
    for _ in range(rounds):
        checkpoint("idle")
        barrier.wait()
        barrier.wait()
    return [sorted(set(names)) for names in zip(*crowd.result(), strict=True)]


def resolve_busily(threads: int, seconds: float) -> list[list[float]]:
    """Resolve in several threads for a while; return how long each resolve took, by thread."""
    compared_just_now()
    say("resolving")
    deadline = monotonic() + seconds

    def resolve(_: int) -> list[float]:
        durations = []
        while (started := monotonic()) < deadline:
            serving()
            durations.append(monotonic() - started)
            sleep(0.002)
        return durations

    return in_threads(threads, resolve)


def climb(threads: int, items: int) -> dict[str, int]:
    """
    Resolve in several threads while another process disables the items one after the other, until the last serves.

    Return in how many steps that was seen, and how often a resolve was answered with an item from before one that
    another resolve, over by then, had been answered with.
    """
    register(0, items)
    assert serving_number() == 0
    say("climbing")
    deadline = monotonic() + 15

    def resolve(_: int) -> list[tuple[float, float, int]]:
        seen = []
        number = 0
        while number < items - 1 and monotonic() < deadline:
            started = monotonic()
            number = serving_number()
            seen.append((started, monotonic(), number))
            sleep(0.0005)
        return seen

    seen = sorted(event for events in in_threads(threads, resolve) for event in events)
    numbers = {number for _, _, number in seen}
    return {"last": max(numbers), "steps": len(numbers), "backwards": _steps_back(seen)}


def read_on(items: int) -> dict[str, int]:
    """
    Read counter and rows again and again, while another process disables one item with each revision, down to the last.

    Return how many states were read, and how many of them had the number of one revision and the rows of another.
    """
    register(0, items)
    first = read_content(connection)
    assert len(first.types[CROWD].items) == items
    say("reading")
    deadline = monotonic() + 15
    mixed, numbers = 0, set()
    left = items
    while left > 1 and monotonic() < deadline:
        content = read_content(connection)
        left = len(content.types[CROWD].items)
        numbers.add(content.counter.number)
        mixed += content.counter.number - first.counter.number != items - left
    return {"left": left, "states": len(numbers), "mixed": mixed}


def _steps_back(seen: list[tuple[float, float, int]]) -> int:
    """Count the resolves, in the order of their starts, that were answered with less than one that ended before."""
    ends = sorted((ended, number) for _, ended, number in seen)
    known = steps_back = position = 0
    for started, _, number in seen:
        while ends[position][0] < started:
            known = max(known, ends[position][1])
            position += 1
        steps_back += number < known
    return steps_back


def fork_while_locked() -> str | None:
    """
    Fork while other threads hold every lock of ours; return what the child answers once it follows a change.

    ``None`` when the child has not answered in time.
    """
    serving()
    held, release = Barrier(4), Event()
    follower = follower_of("default")

    def hold(lock: Any) -> None:
        with lock:
            held.wait()
            release.wait()

    locks = [follower._lock, follower._stamping, plugin_registry._lock]
    holders = [in_background(lambda lock=lock: hold(lock)) for lock in locks]
    held.wait()
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _follow_in_child(writing)
    release.set()
    for holder in holders:
        holder.result()
    checkpoint("forked")
    answered = select.select([reading], [], [], 10)[0]
    answer = os.read(reading, 1000).decode() if answered else None
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return answer


def _follow_in_child(writing: int) -> None:
    try:
        register(0, 1)  # Takes the registry's lock.
        watch_on("secondary", seconds=8)
        follower_of("default").expire()
        os.write(writing, str(serving()).encode())
    except BaseException as error:  # noqa: BLE001 - A forked process must not run on as its parent.
        os.write(writing, repr(error).encode())
    finally:
        os._exit(0)
