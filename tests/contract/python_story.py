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
from control_plane_client.api.changes import changes_list
from control_plane_client.api.plugin_items import (
    plugin_items_bulk_status,
    plugin_items_get,
    plugin_items_list,
    plugin_items_update,
)
from control_plane_client.api.plugin_types import plugin_types_list, plugin_types_resolve_active
from control_plane_client.api.sync import sync_run
from control_plane_client.models import (
    BulkStatusInput,
    PluginItemInput,
    PluginStatus,
    Problem,
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


if __name__ == "__main__":
    main(*sys.argv[1:])
