"""The results: as JSON, as a page for people, and in the terminal."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django

from tests.benchmarks import servers, summary
from tests.benchmarks.environments import PEER, PEERS
from tests.benchmarks.rig import Row
from tests.benchmarks.targets import Spread, in_words, most, ratios, spread


@dataclass
class Section:
    """A finished table: ``label`` is what is judged, ``base`` what it is held against."""

    title: str
    rows: list[Row]
    label: str = "ours"
    base: str = "limit"


@dataclass
class Results:
    """Everything that one run found."""

    versions: dict[str, str]
    seconds: float = 0.0
    sections: list[Section] = field(default_factory=list)
    plans: dict[str, Any] = field(default_factory=dict)
    following: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdicts(self) -> list[tuple[Section, Row, Any]]:
        """Every row with what was reached."""
        return [
            (section, row, row.target.judge(row.samples, row.unit, section.label, section.base))
            for section in self.sections
            for row in section.rows
        ]


def versions(postgresql: dict[str, Any] | None) -> dict[str, str]:
    """Return what was measured with, and on what kind of machine; nothing that names the machine."""
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "django": django.__version__,
        "rest framework": version("djangorestframework"),
        "sqlite": sqlite3.sqlite_version,
        PEER: ", ".join(PEERS),
        "machine": f"{_cores()} × {_processor()}, {platform.system()}",
    }
    return found if postgresql is None else {**found, "postgresql": servers.version(postgresql)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def as_json(results: Results) -> str:
    """Return all that was measured."""
    document = {
        "versions": results.versions,
        "seconds": round(results.seconds),
        "rows": [
            {
                "section": section.title,
                "name": row.name,
                "measures": row.measures,
                "unit": row.unit,
                "judged": section.label,
                "against": section.base,
                "target": verdict.target,
                "reached": verdict.reached,
                "met": verdict.met,
                "ratio": _ratio(section, row),
                "contenders": {
                    label: {
                        **asdict(spread(row.samples, label)),
                        "queries": most(row.samples, label, "queries"),
                        "writes": most(row.samples, label, "writes"),
                        "samples": [each["value"] for each in samples],
                    }
                    for label, samples in row.samples.items()
                },
            }
            for section, row, verdict in results.verdicts
        ],
        "plans": results.plans,
        "following": results.following,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _ratio(section: Section, row: Row) -> dict[str, float] | None:
    return asdict(ratios(row.samples, section.label, section.base)) if section.base in row.samples else None


def as_page(results: Results) -> str:
    """Return the results in Markdown."""
    parts = [
        "# Results of the last run\n",
        "Written by `make bench`; do not edit. The README beside this file says what the rows mean.\n",
        "\n".join(f"- {name}: {value}" for name, value in results.versions.items()),
        f"- duration: {results.seconds:.0f} s\n",
        "A time is the median over the rounds, in brackets the quartiles; a ratio the median of the rounds' ratios.\n",
    ]
    for section in results.sections:
        parts += [f"## {section.title}\n", *_table(section), ""]
    return "\n".join([*parts, *_following(results.following), *_plans(results.plans)])


def _table(section: Section) -> list[str]:
    others = [
        label
        for label in dict.fromkeys(label for row in section.rows for label in row.samples)
        if label not in {section.label, section.base}
    ]
    heads = ["what", section.label, section.base, "ratio", "target", "met", "queries", *others]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return lines + [f"| {' | '.join(_cells(section, row, others))} |" for row in section.rows]


def _cells(section: Section, row: Row, others: list[str]) -> list[str]:
    verdict = row.target.judge(row.samples, row.unit, section.label, section.base)
    queries = [most(row.samples, label, "queries") for label in (section.label, section.base)]
    return [
        row.name,
        _time(row, section.label),
        _time(row, section.base),
        verdict.reached,
        verdict.target,
        summary.MET[verdict.met],
        " / ".join(f"{count:g}" for count in queries if count is not None),
        *(_with_queries(row, label) for label in others),
    ]


def _time(row: Row, label: str) -> str:
    if label not in row.samples:
        return ""
    found: Spread = spread(row.samples, label)
    middle, low, high = (in_words(value, row.unit) for value in (found.median, found.low, found.high))
    return middle if low == high else f"{middle} ({low} – {high})"


def _with_queries(row: Row, label: str) -> str:
    if label not in row.samples:
        return ""
    count = most(row.samples, label, "queries")
    middle = in_words(spread(row.samples, label).median, row.unit)
    return middle if count is None else f"{middle}, {count:g} queries"


def _following(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return ["## Processes following one database\n", "Not measured: no PostgreSQL server answered.\n"]
    heads = [
        "processes", "`MAX_STALENESS`", "reads/s wanted", "reads/s made", "of one core",
        "a change is seen after, median", "at the latest",
    ]  # fmt: skip
    lines = [
        "## Processes following one database\n",
        "PostgreSQL; every process resolves all the time, so that it compares as often as `MAX_STALENESS` allows.\n",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
    ]
    for row in found:
        core = "" if row["core"] is None else f"{row['core']:.1%}"
        seen = [in_words(row[name]) if row[name] is not None else "not seen" for name in ("median", "longest")]
        numbers = [f"{row[name]:,.0f}" for name in ("wanted", "value")]
        cells = [f"{row['processes']:,}", f"{row['max_staleness']:g} s", *numbers, core, *seen]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _plans(plans: dict[str, Any]) -> list[str]:
    lines = ["## Query plans at 100 000 items\n"] if plans else []
    for vendor, works in plans.items():
        for work, statements in works.items():
            lines.append(f"### {vendor}: {work}\n")
            for each in statements:
                whole = f" Reads the whole of {', '.join(each['reads_whole'])}." if each["reads_whole"] else ""
                lines += [f"`{_shortened(each['statement'])}`{whole}\n", "```", *each["plan"], "```", ""]
    return lines


def _shortened(statement: str) -> str:
    text = " ".join(statement.split()).replace("`", "").replace('"', "")
    return text if len(text) <= 300 else f"{text[:90]} ... {text[-200:]}"


def write(results: Results) -> None:
    """Write both files beside the benchmark, and the table in the README."""
    summary.RESULTS.write_text(as_json(results), encoding="utf-8")
    (summary.HERE / "RESULTS.md").write_text(as_page(results), encoding="utf-8")
    summary.write()
