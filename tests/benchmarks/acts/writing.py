"""Syncing, bulk edits and reloading, and the least that could do their work."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.rows import unrecorded
from tests.benchmarks.plugins import APP, DESCRIPTION, type_names
from tests.benchmarks.timing import Sample, long_work

ORIGIN = Origin(channel=Channel.COMMAND, actor="operator", actor_id="1", reason="The provider is down.")


def _empty(*models: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def first_sync() -> Sample:
    """Sync into empty tables."""
    _empty(Change, Revision, PluginItem, PluginType, RevisionCounter)
    return long_work(lambda: services.sync_plugins(origin=ORIGIN))


def first_sync_limit() -> Sample:
    """Insert as many rows, and a record of each, in batches and in one transaction."""
    _empty(Change, Revision, PluginItem, PluginType, RevisionCounter)

    def work() -> None:
        with transaction.atomic():
            types = [
                PluginType(id=each.key.row_id, name=each.key.name, manager=APP, description=each.description)
                for each in plugin_registry.types()
            ]
            ids = {row.name: row.id for row in types}
            items = [
                PluginItem(
                    id=each.key.row_id,
                    plugin_type_id=ids[each.key.type.name],
                    module=APP,
                    name=each.key.name,
                    priority=each.priority,
                    description=each.description,
                )
                for each in plugin_registry.items()
            ]
            _insert(PluginType, types)
            _insert(PluginItem, items)
            after = {"description": DESCRIPTION, "priority": 0, "status": "active"}
            keys = [*((each.key, {"description": DESCRIPTION}) for each in plugin_registry.types())]
            keys += [(each.key, after) for each in plugin_registry.items()]
            _insert_records(
                (str(key), row.id, None, values) for (key, values), row in zip(keys, [*types, *items], strict=True)
            )

    return long_work(work)


def unchanged_sync() -> Sample:
    """Sync where nothing differs."""
    return long_work(lambda: services.sync_plugins(origin=ORIGIN))


def unchanged_sync_limit() -> Sample:
    """Read the columns that a sync compares, of every row, with the ORM."""
    columns = ("pk", "plugin_type_id", "module", "name", "description", "archived", "priority")
    return long_work(lambda: list(PluginItem.all_objects.values_list(*columns)))


def bulk_status(status: str) -> Sample:
    """Give every item a status, with a record of each."""
    _empty(Change, Revision)
    selection = services.ItemSelection(module=APP)
    return long_work(
        lambda: services.set_status(items=selection, status=PluginStatus(status), origin=ORIGIN, force=True)
    )


def bulk_status_limit(status: str, before: str) -> Sample:
    """Give every item a status with one UPDATE, and insert as many records in batches, in one transaction."""
    _empty(Change, Revision)
    rows = [(f"{APP}:{name}/{APP}:{item}", pk) for pk, name, item in _keys()]

    def work() -> None:
        with transaction.atomic():
            unrecorded(PluginItem, "default").filter(module=APP).update(status=status, revision=1)
            _insert_records((key, pk, {"status": before}, {"status": status}) for key, pk in rows)

    return long_work(work)


def _keys() -> Iterable[tuple[Any, str, str]]:
    return PluginItem.objects.values_list("pk", "plugin_type__name", "name")


def _insert_records(records: Iterable[tuple[str, Any, Any, Any]]) -> None:
    Revision._base_manager.create(number=1, created_at=timezone.now(), channel="command", resolves=[])
    _insert(
        Change,
        [
            Change(revision_id=1, kind="item", key=key, row_id=pk, before=before, after=after)
            for key, pk, before, after in records
        ],
    )


def _insert(model: Any, rows: list[Any]) -> None:
    unrecorded(model, "default").bulk_create(rows, batch_size=500)


def reload(types: int) -> Sample:
    """Resolve ``types`` types after a change that another process made: compare, reload, choose."""
    names = type_names("active", types)
    get_plugin_instance(names[0], APP)
    services.touch()

    def work() -> None:
        for name in names:
            assert get_plugin_instance(name, APP) is not None

    return long_work(work)


def reload_limit() -> Sample:
    """Read the columns that choosing needs, of every item, with a raw cursor."""
    columns = "id, plugin_type_id, module, name, status, priority"
    sql = f"SELECT {columns} FROM {PluginItem._meta.db_table}"

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    return long_work(work)
