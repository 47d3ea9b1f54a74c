"""
Many processes write and read while everything fails; afterwards the records say whether anything was lost.

    python -m tests.concurrency postgresql --seconds 120

Exits with 1 if an invariant was broken, an error has no explanation, or the run was not what it should be.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

from tests.concurrency import acts
from tests.concurrency.checking import FAULTS, Records, Verdict, Window, check
from tests.concurrency.crew import Crew
from tests.concurrency.faults import Faults, everybody
from tests.concurrency.journals import read_lines
from tests.concurrency.servers import SERVERS, Server
from tests.processes.acts import operating
from tests.processes.rig import nursery
from tests.results import as_table, write_section

# Seconds for which the database is written to after its backup has been restored.
AFTER_RESTORE = 5.0
# What a run of so many seconds or more must have had.
FULL_RUN, KILLS, CRASHES = 110, 24, 3


class Rig:
    """One run on one kind of database."""

    def __init__(self, server: Server, folder: Path, nursery_path: str, seed: int) -> None:
        self.server, self.folder = server, folder
        for name in ("first", "second", "reads"):
            (folder / name).mkdir()
        self.crew = Crew(server, nursery_path, folder, Random(seed))
        self.faults = Faults(self.crew)

    def run(self, seconds: float, kills: int) -> list[Verdict]:
        """Return what is wrong before and after the restoring of a backup."""
        self._look_after(operating.migrate)
        self._look_after(acts.register_and_sync)
        for slot in self.crew.slots:
            self.crew.fill(slot)
        self._let_it_happen(self.faults.schedule(seconds, kills), seconds)
        before = self._history("first")
        restored = self._restore()
        after = self._history("second")
        (self.folder / "reads" / "stop-readers").touch()
        self.crew.finish(writers=False)
        return self._verdicts(before, after, restored)

    def _let_it_happen(self, events: list[tuple[float, Callable[[], Any]]], seconds: float) -> None:
        began = monotonic()
        for at, happen in [*events, (seconds, lambda: None)]:
            sleep(max(0.0, began + at - monotonic()))
            happen()
        (self.folder / "first" / "stop-writers").touch()
        self.crew.finish(writers=True)
        # Every reader shall have come to the end.
        sleep(2.0)

    def _restore(self) -> Window:
        """Go back to the backup while the readers read, and let the same processes write on; return when that was."""
        began = monotonic()
        self.server.restore()
        ended = monotonic()
        for slot in self.crew.slots:
            if slot.writes:
                self.crew.set_to_work(slot, self.folder / "second")
        sleep(AFTER_RESTORE)
        (self.folder / "second" / "stop-writers").touch()
        self.crew.finish(writers=True)
        sleep(2.0)
        return Window(kind="restore", began=began, ended=ended, fails=everybody)

    def _look_after(self, act: Callable[..., Any], **arguments: Any) -> None:
        worker = self.crew.new_worker()
        try:
            worker.call(act, **arguments)
        finally:
            worker.kill()

    def _history(self, name: str) -> dict[str, Any]:
        path = self.folder / f"{name}.json"
        self._look_after(acts.write_history, path=str(path))
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def _verdicts(self, before: dict[str, Any], after: dict[str, Any], restored: Window) -> list[Verdict]:
        lines = list(read_lines(self.folder / "reads", "reader"))
        grace = self.server.restore_grace
        reads = split_reads(lines, before["counter"], restored, lambda name: grace + self.crew.max_staleness(name))
        failed = [line for line in lines if line["says"] == "failed"]
        verdicts = []
        for name, history in {"first": before, "second": after}.items():
            writes = list(read_lines(self.folder / name, "writer"))
            failures = [line for line in [*writes, *failed] if line["says"] == "failed"]
            failed = []
            facts = {"history": history, "writes": writes, "reads": reads[name], "failures": failures}
            keys = [str(key) for key in acts.KEYS]
            windows = [*self.faults.windows, restored]
            verdicts.append(
                check(Records(**facts, windows=windows, item_keys=keys, max_staleness=self.crew.max_staleness))
            )
        for line in reads["late"]:
            verdicts[1].add("stale", f"{line['by']} was at {line['number']}, of before the restored backup")
        verdicts[1].figures["commits"] -= count_shared(before, after)
        verdicts[1].figures["answers while half restored"] = len(reads["half"])
        return verdicts


def count_shared(before: dict[str, Any], after: dict[str, Any]) -> int:
    """Return how many revisions the second history has from the backup."""
    return sum(first == second for first, second in zip(before["revisions"], after["revisions"], strict=False))


def split_reads(
    lines: list[Any], last: list[Any], restored: Window, may_lag: Callable[[str], float]
) -> dict[str, list[Any]]:
    """
    Return the lines by what they belong to: before the backup was restored, or after, or ``late``.

    A reader may answer from before for as many seconds after the end of the restore as ``may_lag`` says.
    ``half`` are answers without a counter: on MariaDB a dump is no transaction, and the counter is its last table.
    """
    reads: dict[str, list[Any]] = {"first": [], "second": [], "late": [], "half": []}
    for line in (line for line in lines if line["says"] == "sees"):
        is_last = [line["number"], line["nonce"]] == last
        began, ended = line["resolves"][0][0], line["resolves"][-1][0]
        if ended < restored.began or (is_last and ended <= restored.ended + may_lag(line["by"])):
            reads["first"].append(line)
        elif is_last:
            reads["late"].append(line)
        elif not line["nonce"] and began < restored.ended:
            reads["half"].append(line)
        else:
            reads["second"].append(line)
    return reads


def figures_of(verdicts: list[Verdict], rig: Rig) -> Counter[str]:
    """Return what the run came to."""
    figures: Counter[str] = Counter()
    for verdict in verdicts:
        for name, number in verdict.figures.items():
            figures[name] = max(figures[name], number) if name.endswith("ms") else figures[name] + number
    figures["kills"] = rig.crew.kills
    figures.update(window.kind for window in rig.faults.windows)
    return figures


PROOFS = ("acknowledged", "answers compared", "sightings judged for age", "failed by a fault")


def shortcomings(figures: Counter[str], seconds: float, kind: str, commits: int) -> list[str]:
    """Return what the run had too little of to prove anything."""
    kinds = ["crash", "freeze", "lock", "disk full" if kind == "sqlite" else "cut"]
    short = [f"no {name} happened" for name in kinds if not figures[name]]
    short += [f"no {name}" for name in PROOFS if not figures[name]]
    bars = {"commits": commits}
    if seconds >= FULL_RUN:
        bars |= {"kills": KILLS, "crash": CRASHES}
    return short + [f"{name}: {figures[name]}, fewer than {bar}" for name, bar in bars.items() if figures[name] < bar]


ROWS = [
    "commits", "acknowledged", "kills", "crash", "freeze", "lock", "cut", "disk full", *FAULTS, "failed by a fault",
    "in doubt", "in doubt and committed", "refused", "collided", "taken back", "resolves", "answers compared",
    "sightings judged for age", "answers while half restored", "oldest answer, ms", "slowest resolve, ms",
]  # fmt: skip


def run(kind: str, seconds: float, seed: int, commits: int, folder: Path) -> int:
    """Make a server, run, and print and write the figures; return the exit code."""
    began = monotonic()
    server = SERVERS[kind](folder)
    try:
        server.start()
        own = Path(tempfile.mkdtemp(dir=folder))
        with nursery(own) as path:
            rig = Rig(server, own, path, seed)
            try:
                verdicts = rig.run(seconds, kills=max(8, round(seconds / 4)))
            finally:
                rig.crew.dismiss()
    finally:
        server.stop()
    figures = figures_of(verdicts, rig)
    faults = [fault for verdict in verdicts for fault in verdict.faults] + shortcomings(figures, seconds, kind, commits)
    facts = f"{server.version}, {len(rig.crew.slots)} processes, {seconds:.0f} s of writing, seed {seed}, "
    facts += f"{monotonic() - began:.0f} s in all. {'Failed.' if faults else 'Passed.'}"
    table = as_table(["figure", "value"], [[name, figures[name]] for name in ROWS])
    print(f"{facts}\n\n{table}", *faults, sep="\n")
    write_section(f"Concurrency on {kind}", f"{facts}\n\n{table}")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.concurrency", description=__doc__)
    parser.add_argument("database", choices=sorted(SERVERS))
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commits", type=int, default=1, help="fewer are a failure")
    parser.add_argument("--keep", action="store_true", help="leave the journals and the server's files")
    options = parser.parse_args()
    # So that whoever ends the rig ends its server too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # In memory where that can be: what a process has written outlives it there as on a disk, and costs no time.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="plugin-system-rig-", dir=memory))
    try:
        return run(options.database, options.seconds, options.seed, options.commits, folder)
    finally:
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
