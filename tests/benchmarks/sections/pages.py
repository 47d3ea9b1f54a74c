"""The REST API and the admin."""

from tests.benchmarks.rig import Bench, Row, Subject
from tests.benchmarks.targets import Target

TITLE = "The REST API and the admin"
TYPES, ITEMS = 100, 20
# The second peer lists instances, one per item.
PEERS_ITEMS = {"1.1.0": "pluginitem", "2.0.9": "plugininstance"}
PEERS_TYPES = dict.fromkeys(PEERS_ITEMS, "plugintype")


def rows(bench: Bench) -> list[Row]:
    """Return the rows, their processes started and filled."""
    ours = bench.ours()
    ours.call("preparing:migrate")
    ours.call("preparing:register", types=TYPES, items=ITEMS, statuses=["active"])
    ours.call("preparing:sync")
    peers = {version: _peer(bench, version) for version in bench.peers}
    return [*_api(ours), *_admin(ours, peers)]


def _peer(bench: Bench, version: str) -> Subject:
    peer = bench.peer(version)
    peer.call("peers:migrate")
    peer.call("peers:register", types=TYPES, items=ITEMS, statuses=["active"])
    peer.call("peers:insert_rows", types=TYPES, items=ITEMS, statuses=["active"])
    return peer


def _api(ours: Subject) -> list[Row]:
    same = "Limit: a stock DRF view with a ModelSerializer that returns the same bytes."
    acts = {
        "API: list of 100 rows": ("pages:get", {"path": "plugin-items/?page_size=100", "loops": 3}),
        "API: one item": ("pages:get_item", {"loops": 20}),
        "API: resolve-active, 20 candidates": ("pages:get_resolution", {"loops": 5}),
        "API: 304": ("pages:get_item", {"loops": 20, "unchanged": True}),
        "API: bulk status of 500": ("pages:bulk", {"rows": 500}),
    }
    return [
        Row(
            name=name,
            measures=f"A request through the WSGI handler: authentication, permissions, answer. {same}",
            contenders={whose: ours.contender(act, whose=whose, **arguments) for whose in ("ours", "limit")},
            target=Target(ratio=1.3, as_few_queries=True),
        )
        for name, (act, arguments) in acts.items()
    ]


def _admin(ours: Subject, peers: dict[str, Subject]) -> list[Row]:
    return [
        Row(
            name=f"admin: list of {what}",
            measures="The page of the browser, nothing having changed. Limit: a plain ModelAdmin of the same columns.",
            contenders={
                "ours": ours.contender("pages:admin_page", url=f"/admin/plugin_system/{model}/", loops=1),
                "limit": ours.contender("pages:admin_page", url=f"/plain/admin/plugin_system/{model}/", loops=1),
                **{
                    version: peer.contender(
                        "peers:admin_page", url=f"/admin/django_plugin_system/{theirs[version]}/", loops=1
                    )
                    for version, peer in peers.items()
                },
            },
            target=Target(ratio=1.2),
            seldom=dict.fromkeys(peers, 3),
        )
        for what, model, theirs in (
            ("100 types", "plugintype", PEERS_TYPES),
            ("items, 50 a page", "pluginitem", PEERS_ITEMS),
        )
    ]
