"""Switching between providers while another process sends: when was switched to which, and what went astray."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from time import monotonic, sleep
from typing import Any, NamedTuple

from tests.processes.acts import sending
from tests.processes.rig import Worker

MAX_STALENESS = 1.0
FOR_EVER = float("inf")

Sent = list[tuple[float, str]]


class Turn(NamedTuple):
    """An act that switches, and the provider that serves from the end of it on."""

    began: float
    ended: float
    provider: str


class Turns:
    """What an operator has switched to, one after the other."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []

    def switch_to(self, provider: str, act: Callable[[], Any]) -> Any:
        """Do what lets another provider serve, and give everybody the time to have followed."""
        began = monotonic()
        answer = act()
        self._turns.append(Turn(began, monotonic(), provider))
        sleep(MAX_STALENESS + 0.5)
        return answer

    def astray(self, sent: Sent) -> Sent:
        """Return what was sent otherwise than the last act had said MAX_STALENESS before, or longer."""
        turns = pairwise([*self._turns, Turn(FOR_EVER, FOR_EVER, "")])
        return [
            (started, provider)
            for turn, following in turns
            for started, provider in sent
            if turn.ended + MAX_STALENESS < started < following.began and provider != turn.provider
        ]


@contextmanager
def every_code_arrives(worker: Worker, turns: Turns, *expected: str) -> Iterator[None]:
    """Send codes all through the block; none may fail, none go astray, and the providers serve in this order."""
    worker.call(sending.start_sending)
    yield
    report = worker.call(sending.stop_sending)
    sent = [(started, provider) for started, provider in report["sent"]]
    assert report["failures"] == []
    assert turns.astray(sent) == []
    assert _in_order(sent) == list(expected)
    assert len(sent) > 1000


def _in_order(sent: Sent) -> list[str]:
    """Return the providers in the order in which they came to serve."""
    names = ["", *(provider for _, provider in sent)]
    return [name for before, name in pairwise(names) if name != before]
