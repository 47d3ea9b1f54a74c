"""What goes wrong during a run: each fault takes its time, and leaves a window that says whom it concerned."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic, sleep
from typing import Any

from tests.concurrency import acts
from tests.concurrency.checking import Window
from tests.concurrency.crew import Crew
from tests.concurrency.servers import LOCK_TIMEOUT

FROZEN = 5.0
CUT = 1.5
FULL = 2.0


def everybody(name: str) -> bool:
    return True


def nobody(name: str) -> bool:
    return False


def writers(name: str) -> bool:
    return name.startswith("writer")


class Faults:
    """Makes faults, and remembers when they were."""

    def __init__(self, crew: Crew) -> None:
        self.crew, self.server = crew, crew.server
        self.windows: list[Window] = []
        if self.server.kind == "sqlite":
            impatient = self.crew.slots[0].name
            self.windows.append(Window(
                kind="impatient", began=0.0, ended=inf, fails=lambda name: name.startswith(impatient), error="is locked"
            ))  # fmt: skip

    def kill(self) -> None:
        """Kill a writer or a reader."""
        self.crew.kill(self.crew.random.choice(self.crew.slots))

    def crash(self) -> None:
        """Crash the server; where there is none, kill every process at once."""
        with self._window("crash", hides=everybody, fails=everybody):
            if self.server.kind == "sqlite":
                # Stopped first: none does anything after the death of the first.
                for slot in self.crew.slots:
                    os.kill(slot.process, signal.SIGSTOP)
                for slot in self.crew.slots:
                    self.crew.kill(slot)
            else:
                self.server.crash()  # type: ignore[attr-defined]

    def freeze(self) -> None:
        """Stop the server for a while; where there is none, a writer, that may hold the lock but hides no row."""
        if self.server.kind == "sqlite":
            with self._window("freeze", fails=everybody):
                os.kill(self.crew.slots[0].process, signal.SIGSTOP)
                sleep(FROZEN)
                os.kill(self.crew.slots[0].process, signal.SIGCONT)
        else:
            with self._window("freeze", hides=everybody, fails=everybody), self.server.frozen():  # type: ignore[attr-defined]
                sleep(FROZEN)

    def cut(self) -> None:
        """Cut the connections of some, and mend the network later."""
        assert self.crew.network is not None
        with self._window("cut", hides=self.crew.is_proxied, fails=self.crew.is_proxied):
            self.crew.network.cut()
            sleep(CUT)
            self.crew.network.mend()

    def lock(self) -> None:
        """Hold the counter's lock for longer than writers wait."""
        worker = self.crew.new_worker()
        try:
            with self._window("lock", fails=writers):
                worker.call(acts.hold_lock, seconds=LOCK_TIMEOUT * 1.5)
        finally:
            worker.kill()

    def fill_disk(self) -> None:
        """Let the database file grow no more."""
        full = self.crew.folder / "first" / "full"
        with self._window("disk full", fails=writers):
            full.touch()
            sleep(FULL)
            full.unlink()

    def schedule(self, seconds: float, kills: int) -> list[tuple[float, Callable[[], Any]]]:
        """Return what happens when, in seconds from the start: the great faults spread evenly, kills all the while."""
        random = self.crew.random
        special = [self.fill_disk, self.fill_disk] if self.server.kind == "sqlite" else [self.cut, self.cut]
        great = [self.crash, self.crash, self.crash, self.freeze, self.lock, *special, self.server.back_up]
        random.shuffle(great)
        step = seconds / (len(great) + 1)
        events = [(step * (number + 0.5), fault) for number, fault in enumerate(great)]
        events += [(random.uniform(0.02, 0.97) * seconds, self.kill) for _ in range(kills)]
        return sorted(events, key=lambda event: event[0])

    @contextmanager
    def _window(
        self, kind: str, *, hides: Callable[[str], bool] = nobody, fails: Callable[[str], bool] = nobody
    ) -> Iterator[None]:
        began = monotonic()
        yield
        self.windows.append(Window(kind=kind, began=began, ended=monotonic(), hides=hides, fails=fails))
