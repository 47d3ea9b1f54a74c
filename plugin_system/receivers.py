"""What the plugin system does when Django calls."""

import sys
from typing import Any

from django.db import connections, router

from plugin_system import services
from plugin_system.choices import Channel
from plugin_system.conf import app_settings
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from plugin_system.origins import Origin


def sync_after_migrate(*, using: str, verbosity: int = 1, stdout: Any = sys.stdout, **_: Any) -> None:
    """Sync in mode create, never pruning, into the database that was migrated, once its tables are up to date."""
    if not app_settings.PLUGIN_SYSTEM_SYNC_ON_MIGRATE or not router.allow_migrate_model(using, PluginItem):
        return
    if not _is_up_to_date(using):
        if verbosity >= 1:
            stdout.write("  Plugins are not synced: the tables of plugin_system are not at their newest migration.\n")
        return
    outcome = services.sync_plugins(origin=Origin(channel=Channel.MIGRATE), using=using)
    if verbosity >= 1 and outcome.revision is not None:
        counts = ", ".join(f"{count} {action}" for action, count in outcome.plan.counts.items() if count)
        stdout.write(f"  Synced plugins: {counts}.\n")


def touch_after_fixture(*, raw: bool, using: str | None, **_: Any) -> None:
    """Make processes reload after ``loaddata``, which saves rows past the models."""
    if raw:
        services.touch(using=using)


def _is_up_to_date(using: str) -> bool:
    """Whether every column that a sync writes is there: ``migrate`` may have stopped at an older migration."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in (PluginType, PluginItem, RevisionCounter):
            meta = model._meta
            if meta.db_table not in tables:
                return False
            columns = {column.name for column in connection.introspection.get_table_description(cursor, meta.db_table)}
            if any(field.column not in columns for field in meta.local_concrete_fields):
                return False
    return True
