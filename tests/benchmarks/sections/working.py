"""Ten thousand items: sync, reload, bulk edits; and what start-up costs."""

from tests.benchmarks.rig import Bench, Row, Sample, Subject
from tests.benchmarks.targets import Target

TITLE = "Ten thousand items, and start-up"
TYPES, ITEMS = 500, 20
OTHER = {"active": "reserve", "reserve": "active"}


class Alternating:
    """Calls an act with one status, then with the other, so that each call has something to change."""

    def __init__(self, subject: Subject, act: str, *, says_before: bool = False) -> None:
        self._subject, self._act, self._says_before = subject, act, says_before
        self._held = "active"

    def __call__(self) -> Sample:
        before, self._held = self._held, OTHER[self._held]
        more = {"before": before} if self._says_before else {}
        sample: Sample = self._subject.call(self._act, status=self._held, **more)
        return sample


def rows(bench: Bench) -> list[Row]:
    """Return the rows, their processes started and filled."""
    ours, plain = _ours(bench), _ours(bench)
    peers = {version: _peer(bench, version) for version in bench.peers}
    return [*_syncs(ours, plain, peers), *_edits(ours, plain, peers), *_start_up(bench)]


def _ours(bench: Bench, **settings: object) -> Subject:
    ours = bench.ours(**settings)
    ours.call("preparing:migrate")
    ours.call("preparing:register", types=TYPES, items=ITEMS, statuses=["active"])
    ours.call("preparing:sync")
    return ours


def _peer(bench: Bench, version: str) -> Subject:
    peer = bench.peer(version)
    peer.call("peers:migrate")
    peer.call("peers:register", types=TYPES, items=ITEMS, statuses=["active"])
    return peer


def _syncs(ours: Subject, plain: Subject, peers: dict[str, Subject]) -> list[Row]:
    return [
        Row(
            name="first sync, 10 000 items",
            measures="A sync into empty tables, records included. Limit: one batched insert of as many rows and "
            "records. The peers keep no records.",
            contenders={
                "ours": ours.contender("writing:first_sync"),
                "limit": plain.contender("writing:first_sync_limit"),
                **{version: peer.contender("peers:first_sync") for version, peer in peers.items()},
            },
            target=Target(ratio=2.5),
            seldom=dict.fromkeys(peers, 2),
        ),
        Row(
            name="unchanged sync, 10 000 items",
            measures="A sync that has nothing to do. Limit: one SELECT of the rows by the ORM, the compared columns.",
            contenders={
                "ours": ours.contender("writing:unchanged_sync"),
                "limit": ours.contender("writing:unchanged_sync_limit"),
                **{version: peer.contender("peers:unchanged_sync") for version, peer in peers.items()},
            },
            target=Target(ratio=2, writes=0),
            seldom=dict.fromkeys(peers, 2),
        ),
    ]


def _edits(ours: Subject, plain: Subject, peers: dict[str, Subject]) -> list[Row]:
    limit = ours.contender("writing:reload_limit")
    return [
        Row(
            name="snapshot reload, 10 000 items",
            measures="The first resolve after another process has changed something: compare, reload, choose. Limit: "
            "one raw SELECT of the rows.",
            contenders={"ours": ours.contender("writing:reload", types=1), "limit": limit},
            target=Target(ratio=2, queries=2),
        ),
        Row(
            name="the same, then all 500 types resolved",
            measures="What a process pays that uses every type. Limit: as above.",
            contenders={"ours": ours.contender("writing:reload", types=TYPES), "limit": limit},
            target=Target(queries=2),
        ),
        Row(
            name="bulk status, 10 000 rows by service",
            measures="Every item gets another status, with a record of each. Limit: one UPDATE and one batched insert "
            "of as many records. The peers' is an UPDATE alone.",
            contenders={
                "ours": Alternating(ours, "writing:bulk_status"),
                "limit": Alternating(plain, "writing:bulk_status_limit", says_before=True),
                **{version: Alternating(peer, "peers:bulk_status") for version, peer in peers.items()},
            },
            target=Target(ratio=1.5),
        ),
    ]


def _start_up(bench: Bench) -> list[Row]:
    ours = bench.ours()
    peers = {version: bench.peer(version) for version in bench.peers}
    size = {"types": 50, "items": 20}
    return [
        Row(
            name="registration of 1 000 items in 50 types",
            measures="The classes are defined and registered, with every check. Limit: the bare classes.",
            contenders={
                "ours": ours.contender("starting:registration", **size),
                "limit": ours.contender("starting:registration_limit", **size),
                **{version: peer.contender("peers:registration", **size) for version, peer in peers.items()},
            },
            target=Target(difference=0.05),
        ),
        Row(
            name="memory of the snapshot, per item",
            measures="What a fresh process allocates for 10 000 items when it has resolved all 500 types.",
            contenders={"ours": lambda: _memory(bench)},
            target=Target(value=1024),
            unit="B",
            seldom={"ours": 3},
        ),
    ]


def _memory(bench: Bench) -> Sample:
    fresh = _ours(bench)
    sample: Sample = fresh.call("starting:memory", types=TYPES)
    fresh.end()
    return sample
