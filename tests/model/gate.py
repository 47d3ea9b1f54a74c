"""
The gate: ``python -m tests.model.gate`` makes each seeded fault in a copy of the core and lets the machine look for it.

Prints a table, and ends with 1 if a fault is not found, or if the machine finds one where none was made.
"""

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple

from tests.model.hunting import FOUND
from tests.model.mutants import MUTANTS, ROOT, Mutant

DATABASE = os.environ.get("PLUGIN_SYSTEM_TEST_DATABASE", "sqlite")
# Examples for each fault, and for the core as it is.
EXAMPLES = 300


class Verdict(NamedTuple):
    """What became of one fault; ``right`` says whether that is what must become of it."""

    fault: str
    right: bool
    word: str
    seconds: float
    by: str

    def __str__(self) -> str:
        return f"{self.word:9} {self.seconds:5.1f} s  {self.fault}\n{'':19}by {self.by}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="a part of the name of the faults to make")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if mutant.only in {None, DATABASE} and arguments.only in mutant.fault]
    started = monotonic()
    verdicts = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for judged in as_completed(pool.submit(judge, mutant, arguments.seed) for mutant in [None, *mutants]):
            verdicts.append(judged.result())
            print(verdicts[-1], flush=True)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} right, on {DATABASE}, in {monotonic() - started:.0f} s.")
    print(*(f"WRONG: {verdict.word}: {verdict.fault}" for verdict in wrong), sep="\n")
    return 1 if wrong else 0


def judge(mutant: Mutant | None, seed: int) -> Verdict:
    """Look for the fault, or, given none, see that nothing is found."""
    started = monotonic()
    with TemporaryDirectory() as directory:
        tree = Path(directory)
        shutil.copytree(ROOT / "plugin_system", tree / "plugin_system", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("api", "tests"):
            (tree / name).symlink_to(ROOT / name)
        if mutant is not None:
            mutant.apply(tree / "plugin_system")
        code, by = hunt(tree, seed)
    seconds = monotonic() - started
    fault = "None: the core as it is" if mutant is None else mutant.fault
    if code not in {0, FOUND}:
        return Verdict(fault, False, "BROKEN", seconds, by)
    if mutant is None:
        return Verdict(fault, not code, "FOUND" if code else "sound", seconds, by)
    return Verdict(fault, bool(code), "found" if code else "NOT FOUND", seconds, by)


def hunt(tree: Path, seed: int) -> tuple[int, str]:
    """Run the machine on the tree; return the exit code and the last line of what it says."""
    command = [sys.executable, "-m", "tests.model.hunting", "--examples", str(EXAMPLES), "--seed", str(seed)]
    path = os.pathsep.join([str(tree), str(tree / "api")])
    ended = subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    said = (ended.stdout if ended.returncode in {0, FOUND} else ended.stderr).strip().splitlines()
    return ended.returncode, said[-1][:120] if said else "no word"


if __name__ == "__main__":
    sys.exit(main())
