"""``python -m tests.benchmarks``: measure, print, and write the results beside the benchmark."""

import argparse
import importlib
import sys
from time import perf_counter

from tests.benchmarks import rig
from tests.benchmarks.environments import PEERS, EnvironmentNotMadeError, peer_python

SECTIONS = {"resolving": 15, "working": 7, "pages": 7}


def main() -> None:
    options = _options()
    peers = [] if options.no_peers else list(PEERS)
    for version in peers:
        peer_python(version)
    started = perf_counter()
    for name, rounds in SECTIONS.items():
        if options.only and name not in options.only:
            continue
        section = importlib.import_module(f"tests.benchmarks.sections.{name}")
        begun = perf_counter()
        with rig.bench(peers=peers, postgresql=None, rounds=rounds) as bench:
            rows = section.rows(bench)
            print(name, "prepared", perf_counter() - begun)
            rig.take_turns(rows, options.rounds or rounds)
        from tests.benchmarks.targets import in_words, spread
        for row in rows:
            v = row.target.judge(row.samples, row.unit, "ours", "limit")
            print(row.name, "|", v.reached, "|", v.target, "|", v.met, "|", {k: in_words(spread(row.samples, k).median, row.unit) for k in row.samples}, {k: s[0].get("queries") for k, s in row.samples.items()})
        print(perf_counter()-begun)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--no-peers", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except EnvironmentNotMadeError as error:
        sys.exit(str(error))
