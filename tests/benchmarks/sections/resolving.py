"""Resolving: warm, compared on every call, in threads, in async code."""

from tests.benchmarks.rig import Bench, Contender, Row, Subject
from tests.benchmarks.targets import Target

TITLE = "Resolving"
STATUSES = ["active", "reserve"]
SIZES = {"1 type × 3 items": (1, 3), "200 types × 20 items": (200, 20)}
WITHOUT_CACHE = "2.0.9, no cache"
UNCACHED = {"DJANGO_PLUGIN_SYSTEM_USE_CACHE": False}
CACHED = {"DJANGO_PLUGIN_SYSTEM_USE_CACHE": True}


def rows(bench: Bench) -> list[Row]:
    """Return the rows, their processes started and filled."""
    found: list[Row] = []
    for size, (types, items) in SIZES.items():
        ours = _ours(bench, types, items)
        peers = _peers(bench, types, items)
        found += [_warm(ours, peers, how, status, size) for how in ("names", "interface") for status in STATUSES]
        if types == 1:
            found += _others(ours)
    return found


def _ours(bench: Bench, types: int, items: int) -> Subject:
    ours = bench.ours()
    ours.call("preparing:migrate")
    ours.call("preparing:register", types=types, items=items, statuses=STATUSES)
    ours.call("preparing:sync")
    return ours


def _peers(bench: Bench, types: int, items: int) -> dict[str, Subject]:
    found = {version: bench.peer(version, **CACHED) for version in bench.peers}
    if "2.0.9" in found:
        found[WITHOUT_CACHE] = bench.peer("2.0.9", **UNCACHED)
    for peer in found.values():
        peer.call("peers:migrate")
        peer.call("peers:register", types=types, items=items, statuses=STATUSES)
        peer.call("peers:insert_rows", types=types, items=items, statuses=STATUSES)
    return found


def _warm(ours: Subject, peers: dict[str, Subject], how: str, status: str, size: str) -> Row:
    contenders: dict[str, Contender] = {
        "ours": ours.contender(f"resolving:by_{how}", status=status),
        "limit": ours.contender(f"resolving:by_{how}_limit", status=status),
    }
    for label, peer in peers.items():
        if how == "names" or label != "1.1.0":
            calls = 4 if label == WITHOUT_CACHE else 20
            contenders[label] = peer.contender(f"peers:by_{how}", status=status, calls=calls)
    return Row(
        name=f"by {how}, {status}, {size}",
        measures="A resolve while the snapshot is fresh. Limit: a dict look-up and the instantiation.",
        contenders=contenders,
        target=Target(ratio=3, queries=0),
        seldom=dict.fromkeys(peers, 3),
    )


def _others(ours: Subject) -> list[Row]:
    return [
        Row(
            name="`MAX_STALENESS = 0`",
            measures="A resolve that compares first. Limit: one raw SELECT by primary key.",
            contenders={
                "ours": ours.contender("resolving:compared_on_every_call", status="active"),
                "limit": ours.contender("resolving:compared_on_every_call_limit"),
            },
            target=Target(ratio=2.5, queries=1),
        ),
        Row(
            name="8 threads, per resolve",
            measures="Eight threads resolving at once. Limit: eight that look up in a dict and instantiate. "
            "40 % of its throughput is 2.5 times its time.",
            contenders={
                "ours": ours.contender("resolving:in_threads", status="active", threads=8),
                "limit": ours.contender("resolving:in_threads_limit", status="active", threads=8),
            },
            target=Target(ratio=2.5),
        ),
        Row(
            name="longest wait beside a refresh of 250 ms",
            measures="The longest resolve of 8 threads, but for the one that compares, while the database takes "
            "250 ms to answer each comparison and `MAX_STALENESS` is 1 s.",
            contenders={
                "ours": ours.contender("resolving:beside_a_slow_refresh", status="active", threads=8, comparison=0.25)
            },
            target=Target(value=0.1),
            seldom={"ours": 3},
        ),
        Row(
            name="`aget_plugin_instance`, fresh",
            measures="An awaited resolve while the snapshot is fresh; it starts no thread. Limit: an awaited dict "
            "look-up and instantiation.",
            contenders={
                "ours": ours.contender("resolving:in_async_code", status="active"),
                "limit": ours.contender("resolving:in_async_code_limit", status="active"),
            },
            target=Target(value=2e-6, queries=0, threads=0),
        ),
    ]
