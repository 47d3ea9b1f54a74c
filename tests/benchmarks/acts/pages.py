"""Requests to the API and to the admin, ours and the plainest of the same content."""

import json
from typing import Any

from plugin_system.models import PluginItem, PluginType
from tests.benchmarks.caller import call
from tests.benchmarks.timing import Sample, long_work, short_work

ROOTS = {"ours": "/api/v1/", "limit": "/plain/"}


def get(path: str, whose: str, loops: int) -> Sample:
    """Read a page of the API; what the two of them answer must be the same, but for its own address."""
    own, other = (call("GET", root + path).body.replace(root.encode(), b"/") for root in ROOTS.values())
    if own != other:
        raise AssertionError(f"The plain view answers otherwise:\n{own[:600]!r}\n{other[:600]!r}")
    return _measure("GET", ROOTS[whose] + path, loops=loops)


def get_item(whose: str, loops: int, unchanged: bool = False) -> Sample:
    """Read one item; ``unchanged`` is what one asks who has it already."""
    row = PluginItem.objects.order_by("pk")[0]
    path = f"plugin-items/{row.pk}/"
    if not unchanged:
        return get(path, whose, loops)
    return _measure("GET", ROOTS[whose] + path, loops=loops, expected="304", HTTP_IF_NONE_MATCH=f'"{row.revision}"')


def get_resolution(whose: str, loops: int) -> Sample:
    """Read what a type resolves to, and why: one that the bulk edits do not touch."""
    return get(f"plugin-types/{PluginType.objects.order_by('-pk')[0].pk}/resolve-active/", whose, loops)


def bulk(whose: str, rows: int) -> Sample:
    """Give that many items the other status."""
    items = list(PluginItem.objects.order_by("plugin_type", "pk")[:rows])
    status = "active" if items[0].status == "reserve" else "reserve"
    body = {"select": {"ids": [str(item.pk) for item in items]}, "status": status}
    url, content = f"{ROOTS[whose]}plugin-items/bulk-status/", json.dumps(body).encode()
    replies: list[Any] = []
    sample = long_work(lambda: replies.append(call("POST", url, content)))
    answer = json.loads(replies[0].body)
    assert replies[0].status.startswith("200"), answer
    assert answer["changed_count"] == rows, answer
    return {**sample, "bytes": len(replies[0].body)}


def admin_page(url: str, loops: int) -> Sample:
    """Read a page of the admin."""
    return _measure("GET", url, loops=loops)


def _measure(method: str, url: str, *, loops: int, expected: str = "200", **headers: str) -> Sample:
    reply = call(method, url, **headers)
    assert reply.status.startswith(expected), (url, reply.status, reply.body[:1000])
    sample = short_work(lambda: call(method, url, **headers), calls=1, loops=loops, repeats=3)
    return {**sample, "bytes": len(reply.body)}
