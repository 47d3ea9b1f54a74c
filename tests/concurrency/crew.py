"""The processes of the rig: who writes and who reads, and whoever takes a dead one's place."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.concurrency import acts
from tests.concurrency.servers import LOCK_TIMEOUT, Server
from tests.processes.proxy import Proxy
from tests.processes.rig import Call, Worker

WRITERS, READERS = 5, 4
# Seconds.
LONGEST_PATIENCE = 30
# Seconds; each reader has one of these.
MAX_STALENESSES = [0.0, 0.1, 0.5, 1.0]


@dataclass(slots=True)
class Slot:
    """A place that one process after the other takes."""

    name: str
    level: str | None
    max_staleness: float
    # Reaches the database through the network that can be cut.
    proxied: bool
    # Seconds for which it waits for a lock.
    patience: int
    # Reads from the standby by the router of its host.
    routed: bool
    generation: int = 0
    worker: Worker | None = None
    call: Call | None = None

    @property
    def process(self) -> int:
        """The id of the process that has the place."""
        assert self.worker is not None
        return self.worker.wait_until_started()

    @property
    def writes(self) -> bool:
        return self.name.startswith("writer")


class Crew:
    """Starts, kills and replaces the processes."""

    def __init__(self, server: Server, nursery: str, folder: Path, random: Random) -> None:
        self.server, self.nursery, self.folder, self.random = server, nursery, folder, random
        self.network = None if server.kind == "sqlite" else Proxy(server.settings())
        self.slots = [self._slot("writer", number) for number in range(WRITERS)]
        self.slots += [self._slot("reader", number) for number in range(READERS)]
        self.kills = 0

    def _slot(self, role: str, number: int) -> Slot:
        levels = self.server.levels
        return Slot(
            name=f"{role}-{number}",
            # One of each above read committed, where there is a choice.
            level=levels[-1] if number == 1 else levels[0],
            max_staleness=MAX_STALENESSES[number % len(MAX_STALENESSES)],
            proxied=self.network is not None and number == 1,
            # Who waits for a lock on SQLite is not in a queue, and must be prepared to wait for long.
            patience=LOCK_TIMEOUT if self.server.kind != "sqlite" or number == 0 else LONGEST_PATIENCE,
            routed=self.server.has_standby and number in {2, 3},
        )

    def new_worker(self, slot: Slot | None = None) -> Worker:
        """Start a process: that of the slot, or one that looks after the database."""
        if slot is None:
            return Worker(self.nursery, {"DATABASES": {"default": self.server.settings(patience=LONGEST_PATIENCE)}})
        port = self.network.port if slot.proxied and self.network else None
        databases = {"default": self.server.settings(slot.level, port, slot.patience)}
        settings: dict[str, Any] = {"DATABASES": databases, "PLUGIN_SYSTEM_MAX_STALENESS": slot.max_staleness}
        if slot.routed:
            databases["replica"] = self.server.settings(slot.level, self.server.standby_port)  # type: ignore[attr-defined]
            settings["DATABASE_ROUTERS"] = ["tests.concurrency.routing.ToStandby"]
        return Worker(self.nursery, settings)

    def fill(self, slot: Slot) -> None:
        """Have a new process take the slot's place."""
        slot.generation += 1
        slot.worker = self.new_worker(slot)
        self.set_to_work(slot, self.folder / "first")

    def set_to_work(self, slot: Slot, folder: Path) -> None:
        """Begin what the slot is there for; writers write their journals into ``folder``."""
        assert slot.worker is not None
        name = f"{slot.name}.{slot.generation}"
        if slot.writes:
            seed = self.random.randrange(2**32)
            slot.call = slot.worker.begin(acts.write_until_told, name=name, seed=seed, folder=str(folder))
        else:
            slot.call = slot.worker.begin(acts.read_until_told, name=name, folder=str(self.folder / "reads"))

    def kill(self, slot: Slot) -> None:
        """End the slot's process as the kernel does, and start another."""
        assert slot.worker is not None
        slot.worker.kill()
        self.kills += 1
        self.fill(slot)

    def finish(self, *, writers: bool) -> None:
        """Wait until those who have been told to stop have stopped."""
        for slot in self.slots:
            if slot.writes is writers and slot.call is not None:
                slot.call.result()

    def dismiss(self) -> None:
        """End every process."""
        for slot in self.slots:
            if slot.worker is not None:
                slot.worker.kill()
        if self.network is not None:
            self.network.cut()

    def is_proxied(self, name: str) -> bool:
        """Whether the process of that name is behind the network that can be cut."""
        return any(slot.proxied for slot in self.slots if name.partition(".")[0] == slot.name)

    def max_staleness(self, name: str) -> float:
        """Return the setting of the process of that name."""
        return next(slot.max_staleness for slot in self.slots if name.partition(".")[0] == slot.name)
