"""Several threads of one process."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def in_background(act: Callable[[], T]) -> "Future[T]":
    """Run ``act`` in another thread, and return without waiting for its end."""
    with_one = ThreadPoolExecutor(1)
    future = with_one.submit(_closing, act)
    with_one.shutdown(wait=False)
    return future


def in_threads(count: int, act: Callable[[int], T]) -> list[T]:
    """Return what ``act`` returns in each of ``count`` threads, given their numbers."""
    with ThreadPoolExecutor(count) as executor:
        return list(executor.map(lambda number: _closing(lambda: act(number)), range(count)))


def _closing(act: Callable[[], T]) -> T:
    try:
        return act()
    finally:
        connections.close_all()
