"""
The gate: ``python -m tests.model.gate`` makes every seeded fault in a copy of the core and lets the machine look for it.

Prints a table and ends with 1 if a fault is not found, or if the machine finds one where none was made.
"""  # noqa: E501

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple

from tests.model.mutants import MUTANTS, ROOT, Mutant

FOUND = 3
EXAMPLES = 150
SEEDS = (0, 1)
DATABASE = os.environ.get("PLUGIN_SYSTEM_TEST_DATABASE", "sqlite")


class Verdict(NamedTuple):
    """What became of one fault; ``right`` says whether that is what must become of it."""

    fault: str
    right: bool
    word: str
    seconds: float
    by: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of the name of the faults to make")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if mutant.only in {None, DATABASE} and arguments.only in mutant.fault]
    started = monotonic()
    verdicts = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for verdict in pool.map(judge, [None, *mutants]):
            verdicts.append(verdict)
            print(f"{verdict.word:9} {verdict.seconds:5.1f} s  {verdict.fault}\n{'':19}{verdict.by}", flush=True)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} right, on {DATABASE}, in {monotonic() - started:.0f} s.")
    return 1 if wrong else 0


def judge(mutant: Mutant | None) -> Verdict:
    """Look for the fault, or, given none, see that nothing is found."""
    fault = "None: the core as it is" if mutant is None else mutant.fault
    started = monotonic()
    with TemporaryDirectory() as directory:
        tree = Path(directory)
        shutil.copytree(ROOT / "plugin_system", tree / "plugin_system", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("api", "tests"):
            (tree / name).symlink_to(ROOT / name)
        if mutant is not None:
            mutant.apply(tree / "plugin_system")
        by = "nothing found"
        for seed in SEEDS:
            code, by = hunt(tree, seed)
            if code:
                break
    seconds = monotonic() - started
    if code not in {0, FOUND}:
        return Verdict(fault, False, "BROKEN", seconds, by)
    if mutant is None:
        return Verdict(fault, not code, "FOUND" if code else "sound", seconds, by)
    return Verdict(fault, bool(code), "found" if code else "NOT FOUND", seconds, by)


def hunt(tree: Path, seed: int) -> tuple[int, str]:
    """Run the machine on the tree; return the exit code and what it found."""
    command = [sys.executable, "-m", "tests.model.hunting", "--examples", str(EXAMPLES), "--seed", str(seed)]
    path = os.pathsep.join([str(tree), str(tree / "api")])
    ended = subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    said = (ended.stdout if ended.returncode == FOUND else ended.stderr).strip().splitlines()
    if ended.returncode == 0:
        return 0, "nothing found"
    return ended.returncode, said[0 if ended.returncode == FOUND else -1][:150] if said else "no word"


if __name__ == "__main__":
    sys.exit(main())
