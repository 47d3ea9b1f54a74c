"""The table in the project's README: made from the results of the last run, and replaced by each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.targets import in_words

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.json"
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- The last run of make bench: -->", "<!-- End of the last run. -->"
PEERS = ("1.1.0", "2.0.9")
# The README has these rows, and each that missed its target; RESULTS.md has all.
SHOWN = (
    "by names, active, 200 types × 20 items",
    "`MAX_STALENESS = 0`",
    "`aget_plugin_instance`, fresh",
    "first sync, 10 000 items",
    "unchanged sync, 10 000 items",
    "snapshot reload, 10 000 items",
    "bulk status, 10 000 rows by service",
    "API: list of 100 rows",
    "API: resolve-active, 20 candidates",
    "admin: list of items, 50 a page",
    "PostgreSQL: resolve, `MAX_STALENESS = 0`",
    "PostgreSQL: single write",
)
MET = {True: "yes", False: "**no**", None: ""}


def read_results() -> dict[str, Any]:
    """Return the results of the last run."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def table(results: dict[str, Any]) -> str:
    """Return the run's date and versions, and its most telling rows."""
    versions = results["versions"]
    made_with = ", ".join(f"{name} {value}" for name, value in versions.items() if name not in {"date", "machine"})
    heads = ["what", "ours", "limit", "ratio", "target", "met", *PEERS]
    lines = [
        f"{versions['date']}, {made_with}; {versions['machine']}.",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(_cells(row))} |" for row in results["rows"] if _is_shown(row)),
    ]
    return "\n".join(lines)


def written_into(readme: str, results: dict[str, Any]) -> str:
    """Return the text with the table in its place."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def write() -> None:
    """Put the table of the last run into the README."""
    README.write_text(written_into(README.read_text(encoding="utf-8"), read_results()), encoding="utf-8")


def _is_shown(row: dict[str, Any]) -> bool:
    return row["name"] in SHOWN or row["met"] is False


def _cells(row: dict[str, Any]) -> Iterator[str]:
    yield row["name"]
    yield _median(row, row["judged"])
    yield _median(row, row["against"])
    yield row["reached"]
    yield row["target"]
    yield MET[row["met"]]
    for peer in PEERS:
        yield _median(row, peer)


def _median(row: dict[str, Any], label: str) -> str:
    found = row["contenders"].get(label)
    return "" if found is None else in_words(found["median"], row["unit"])


if __name__ == "__main__":
    write()
