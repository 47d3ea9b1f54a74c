"""
What an operator's tool does, with a generated client: python_story.py URL TOKEN.

Runs where the package ``control_plane_client`` lies, which openapi-python-client has generated.
"""

import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path.cwd()))

from control_plane_client import AuthenticatedClient
from control_plane_client.api.changes import changes_list, changes_revert
from control_plane_client.api.plugin_items import (
    plugin_items_bulk_status,
    plugin_items_get,
    plugin_items_list,
    plugin_items_promote,
    plugin_items_update,
)
from control_plane_client.api.plugin_types import plugin_types_list, plugin_types_resolve_active
from control_plane_client.api.status import status_get
from control_plane_client.api.sync import sync_run
from control_plane_client.models import (
    BulkStatusInput,
    PluginItemInput,
    PluginStatus,
    Problem,
    PromoteInput,
    RevertInput,
    SelectionInput,
    SyncInput,
)

OTP = "apps.otp:otp"


def main(url: str, token: str) -> None:
    client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)

    def ask(endpoint: Any, status: HTTPStatus, **arguments: Any) -> Any:
        reply = endpoint.sync_detailed(client=client, **arguments)
        assert reply.status_code == status, (endpoint.__name__, reply.status_code, reply.content)
        return reply

    types = ask(plugin_types_list, HTTPStatus.OK).parsed.results
    assert OTP in {kind.key for kind in types}

    chain = ask(plugin_types_resolve_active, HTTPStatus.OK, type_=OTP)
    before = chain.parsed.selected
    assert [each.verdict for each in chain.parsed.candidates] == ["selected", "reserve"]
    ask(plugin_types_resolve_active, HTTPStatus.NOT_MODIFIED, type_=OTP, if_none_match=chain.headers["ETag"])

    item = ask(plugin_items_get, HTTPStatus.OK, item=before.key)
    since = ask(changes_list, HTTPStatus.OK).parsed.revision
    disable = PluginItemInput(status=PluginStatus.DISABLE, reason="INC-12: провайдер лежит")
    tried = PluginItemInput(status=PluginStatus.DISABLE, dry_run=True)
    preview = ask(plugin_items_update, HTTPStatus.OK, item=str(before.id), body=tried)
    written = ask(
        plugin_items_update, HTTPStatus.OK, item=before.key, body=disable, if_match=item.headers["ETag"]
    ).parsed
    assert preview.parsed.resolves == written.resolves
    (resolves,) = written.resolves
    assert resolves.before == before.key
    assert resolves.after not in {None, before.key}

    stale = ask(
        plugin_items_update,
        HTTPStatus.PRECONDITION_FAILED,
        item=before.key,
        body=disable,
        if_match=item.headers["ETag"],
    )
    assert isinstance(stale.parsed, Problem)
    assert stale.headers["ETag"] != item.headers["ETag"]

    unknown = uuid4()
    everything = ask(plugin_items_list, HTTPStatus.OK).parsed.results
    both = SelectionInput(ids=[str(before.id), str(unknown)])
    refused = ask(
        plugin_items_bulk_status,
        HTTPStatus.CONFLICT,
        body=BulkStatusInput(select=both, status=PluginStatus.ACTIVE),
    )
    assert [str(unknown) in error.detail for error in refused.parsed.errors] == [True], refused.content
    assert ask(plugin_items_list, HTTPStatus.OK).parsed.results == everything

    planned = ask(sync_run, HTTPStatus.OK, body=SyncInput(dry_run=True)).parsed
    done = ask(sync_run, HTTPStatus.OK, body=SyncInput()).parsed
    assert planned.counts == done.counts
    assert planned.fingerprint == done.fingerprint

    changes = ask(changes_list, HTTPStatus.OK, since=since).parsed
    assert [(change.key, change.reason) for change in changes.results] == [(before.key, disable.reason)]
    assert ask(changes_list, HTTPStatus.OK, since=changes.revision).parsed.results == []
    ask(changes_list, HTTPStatus.GONE, since=changes.revision + 1)

    # Whether all is well, and what serves; back to the first by a promotion, which is then undone.
    status = ask(status_get, HTTPStatus.OK).parsed
    assert status.healthy
    assert {kind.plugin_type: kind.selected for kind in status.plugin_types}[OTP] == resolves.after
    row = ask(plugin_items_get, HTTPStatus.OK, item=before.key)
    back = PromoteInput(reason="INC-12 is over")
    tried = ask(plugin_items_promote, HTTPStatus.OK, item=before.key, body=PromoteInput(dry_run=True)).parsed
    promoted = ask(plugin_items_promote, HTTPStatus.OK, item=before.key, body=back, if_match=row.headers["ETag"])
    assert tried.resolves == promoted.parsed.resolves
    assert promoted.parsed.resolves[0].after == before.key
    late = ask(
        plugin_items_promote,
        HTTPStatus.PRECONDITION_FAILED,
        item=before.key,
        body=back,
        if_match=row.headers["ETag"],
    )
    assert late.headers["ETag"] == promoted.headers["ETag"]

    again = RevertInput(reason="Too early")
    back_already = ask(changes_revert, HTTPStatus.OK, revision=written.revision, body=again).parsed
    assert back_already.revision is None
    undone = ask(changes_revert, HTTPStatus.OK, revision=promoted.parsed.revision, body=again).parsed
    assert undone.resolves[0].after == resolves.after
    conflict = ask(changes_revert, HTTPStatus.CONFLICT, revision=written.revision, body=again)
    assert [before.key in error.detail for error in conflict.parsed.errors] == [True], conflict.content
    ask(changes_revert, HTTPStatus.NOT_FOUND, revision=undone.revision + 1, body=again)

    # Nothing usable: refused, or by force told to who polls, until that is undone.
    everything = [row.id for row in ask(plugin_items_list, HTTPStatus.OK, plugin_type=OTP).parsed.results]
    chosen = {"select": SelectionInput(ids=everything), "status": PluginStatus.DISABLE}
    ask(plugin_items_bulk_status, HTTPStatus.CONFLICT, body=BulkStatusInput(**chosen))
    outage = ask(plugin_items_bulk_status, HTTPStatus.OK, body=BulkStatusInput(**chosen, force=True)).parsed
    status = ask(status_get, HTTPStatus.SERVICE_UNAVAILABLE).parsed
    assert [kind.plugin_type for kind in status.plugin_types if not kind.healthy] == [OTP]
    ask(changes_revert, HTTPStatus.OK, revision=outage.revision, body=RevertInput())
    assert ask(status_get, HTTPStatus.OK).parsed.healthy


if __name__ == "__main__":
    main(*sys.argv[1:])
