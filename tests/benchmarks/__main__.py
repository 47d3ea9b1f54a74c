"""Measure ourselves beside the limit and the peers, print what was found, and write it beside the benchmark."""

import argparse
import sys
from time import perf_counter

from tests.benchmarks import report, rig, servers
from tests.benchmarks.environments import PEERS, EnvironmentNotMadeError, peer_python
from tests.benchmarks.sections import following, growth, pages, resolving, working

# How often each contender of a section measures, unless its row says that it is slow.
ROUNDS = {resolving: 11, working: 5, pages: 7, growth: 7}
NAMES = {module.__name__.rpartition(".")[2]: module for module in (*ROUNDS, following)}


def main() -> int:
    options = _options()
    peers = [] if options.no_peers else list(PEERS)
    for version in peers:
        peer_python(version)
    postgresql = servers.find_postgresql()
    results = report.Results(report.versions(postgresql))
    started = perf_counter()
    for name, section in NAMES.items():
        if options.only and name not in options.only:
            continue
        print(f"{perf_counter() - started:4.0f} s  {name} ...", file=sys.stderr, flush=True)
        with rig.bench(peers=peers, postgresql=postgresql) as bench:
            if section is following:
                results.following = following.table(bench)
                continue
            rows = section.rows(bench)
            rig.take_turns(rows, options.rounds or ROUNDS[section])
            labels = (section.OURS, section.BASE) if section is growth else ("ours", "limit")
            results.sections.append(report.Section(section.TITLE, rows, *labels))
            results.plans |= bench.plans
    results.seconds = perf_counter() - started
    print(report.as_page(results))
    if not options.only:
        report.write(results)
    missed = [row.name for _, row, verdict in results.verdicts if verdict.met is False]
    print(f"{results.seconds:.0f} s. Missed: {'; '.join(missed) or 'nothing'}.", file=sys.stderr)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="just this section; writes no results")
    parser.add_argument("--rounds", type=int, help="so many rounds in each section")
    parser.add_argument("--no-peers", action="store_true", help="do not install and measure the peers")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EnvironmentNotMadeError as error:
        sys.exit(str(error))
