"""Cost as the work grows: the same with 1 000 and with 100 000 rows, on SQLite and on PostgreSQL."""

from tests.benchmarks.rig import Bench, Row, Subject
from tests.benchmarks.targets import Target

TITLE = "Cost as the work grows, 1 000 to 100 000 items"
OURS, BASE = "100 000 items", "1 000 items"
SIZES = {BASE: 50, OURS: 5000}
ITEMS = 20
PATHS = {
    "API: first page of 100 items": "/api/v1/plugin-items/?page_size=100",
    "API: page filtered by plugin type": "/api/v1/plugin-items/?plugin_type=tests.benchmarks.host:active_7",
    "API: page filtered by status": "/api/v1/plugin-items/?status=active&page_size=100",
    "API: page of changes": "/api/v1/changes/?page_size=100",
    "API: resolve-active": "/api/v1/plugin-types/tests.benchmarks.host:active_7/resolve-active/",
}


def rows(bench: Bench) -> list[Row]:
    """Return the rows, their processes started and filled."""
    found: list[Row] = []
    for vendor in ("SQLite", *(["PostgreSQL"] if bench.postgresql else [])):
        subjects = {label: _subject(bench, vendor, types) for label, types in SIZES.items()}
        bench.plans[vendor] = subjects[OURS].call("growth:plans", paths=PATHS)
        found += _rows(vendor, subjects)
    return found


def _subject(bench: Bench, vendor: str, types: int) -> Subject:
    subject = bench.ours(database=None if vendor == "SQLite" else bench.new_postgresql())
    subject.call("growth:prepare", types=types, items=ITEMS)
    return subject


def _rows(vendor: str, subjects: dict[str, Subject]) -> list[Row]:
    acts = {
        "resolve, warm": ("growth:resolve", {}),
        "resolve, `MAX_STALENESS = 0`": ("growth:resolve_compared", {}),
        **{name: ("growth:page", {"path": path}) for name, path in PATHS.items()},
        "single write": ("growth:write", {}),
        "reload after another process's change": ("growth:reload", {}),
    }
    return [
        Row(
            name=f"{vendor}: {name}",
            measures="The same with a hundred times the rows, records included.",
            contenders={label: subject.contender(act, **arguments) for label, subject in subjects.items()},
            # A reload reads every row that may serve, and says so: it is no part of the target.
            target=Target() if act == "growth:reload" else Target(ratio=1.3),
            seldom=dict.fromkeys(subjects, 2) if act == "growth:reload" else {},
        )
        for name, (act, arguments) in acts.items()
    ]
