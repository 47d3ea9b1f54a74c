"""What processes do that sync, and how they are stopped in the middle of it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from django.db import connection

from plugin_system import services
from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.models import Change, PluginItem, PluginType, Revision
from tests import factories
from tests.factories import OPERATOR
from tests.processes.worker import checkpoint


def sync(at: float = 0.0, mode: str = "create", **options: Any) -> dict[str, Any]:
    """Sync, not before ``at``; return the revision made, if any, and what was done."""
    sleep(max(0.0, at - monotonic()))
    outcome = factories.sync(mode=SyncMode(mode), **options)
    return {"revision": outcome.revision, "counts": outcome.plan.counts, "fingerprint": outcome.fingerprint}


def everything() -> dict[str, Any]:
    """Return the state of the control plane: what is written, as a hash, and the numbers."""
    models: list[tuple[Any, list[str]]] = [
        (PluginType._base_manager, ["id", "manager", "name", "description", "revision", "archived", "chain_revision"]),
        (
            PluginItem._base_manager,
            ["id", "plugin_type", "module", "name", "status", "priority", "description", "revision", "archived"],
        ),
        (Revision._base_manager, ["number", "channel"]),
        (Change._base_manager, ["revision", "key", "before", "after"]),
    ]
    rows = [list(manager.order_by(*columns[:2]).values_list(*columns)) for manager, columns in models]
    return {
        "hash": hashlib.sha256(repr(rows).encode()).hexdigest(),
        "counter": list(factories.counter_pair()),
        "revisions": [number for number, _ in rows[2]],
        "present": PluginItem.objects.count(),
    }


def forget_everything() -> None:
    """Take the database back to before the first sync."""
    with connection.cursor() as cursor:
        for table in ("change", "revision", "pluginitem", "plugintype"):
            cursor.execute(f"DELETE FROM plugin_system_{table}")
        cursor.execute("UPDATE plugin_system_revisioncounter SET value = 0")


def sync_until(statement: str) -> None:
    """Sync, and stop once a statement that begins so is done."""
    with stopping_after(statement):
        factories.sync()


def set_all_until(statement: str, status: str) -> None:
    """Give every item a status, and stop once a statement that begins so is done."""
    items = services.ItemSelection(module=factories.MODULE)
    with stopping_after(statement):
        services.set_status(items=items, status=PluginStatus(status), origin=OPERATOR, force=True)


@contextmanager
def stopping_after(statement: str) -> Iterator[None]:
    """Let the test have its way once the first statement that begins with ``statement``, without quotes, is done."""

    def execute(call: Callable[..., Any], sql: str, *rest: Any) -> Any:
        done = call(sql, *rest)
        if sql.replace('"', "").replace("`", "").startswith(statement):
            checkpoint("stopped")
        return done

    with connection.execute_wrapper(execute):
        yield
