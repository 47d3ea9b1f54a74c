"""What operators' processes do."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from tests import factories
from tests.processes.acts.resolving import serving
from tests.processes.worker import checkpoint


class TakenBackError(Exception):
    """Ends a transaction by a rollback."""


def migrate() -> None:
    call_command("migrate", verbosity=0)
    connections.close_all()


def by_service(name: str, status: PluginStatus) -> None:
    factories.set_status(name, status)


def by_save(name: str, status: PluginStatus) -> None:
    item = factories.item(name)
    item.status = status
    item.save()


def by_update(name: str, status: PluginStatus) -> None:
    assert PluginItem.objects.filter(name=name).update(status=status) == 1


def edit_by_orm(rounds: int) -> int:
    """Edit an item as Django's manual shows it, by a lock or by update_or_create(); return how often that was done."""
    for number in range(rounds):
        with transaction.atomic():
            item = PluginItem.objects.select_for_update().get(name="primary")
            item.priority = number % 50
            item.save()
        PluginItem.objects.update_or_create(pk=factories.PRIMARY.row_id, defaults={"priority": 50 + number % 50})
    return rounds


def edit_by_service(rounds: int) -> int:
    """Edit the same item by the service."""
    for number in range(rounds):
        services.update_item(
            edit=services.ItemEdit(item=factories.PRIMARY.row_id, priority=100 + number), origin=factories.OPERATOR
        )
    return rounds


def by_admin(name: str, status: PluginStatus) -> None:
    """Log in to the admin and apply its bulk action."""
    actions = {PluginStatus.DISABLED: "disable", PluginStatus.RESERVED: "reserve", PluginStatus.ACTIVE: "activate"}
    get_user_model().objects.create_superuser("operator", password="secret")
    browser = Client(enforce_csrf_checks=True)
    _submit(browser, reverse("admin:login"), username="operator", password="secret")
    item = factories.item(name)
    page = reverse("admin:plugin_system_pluginitem_changelist")
    _submit(browser, page, action=actions[status], index="0", _selected_action=str(item.pk))
    assert factories.item(name).status == status, "The admin has not done it."


def _submit(browser: Client, path: str, **fields: str) -> None:
    browser.get(path)
    answer = browser.post(path, {**fields, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value})
    assert answer.status_code == 302, answer.content.decode()


DOORS: dict[str, Callable[[str, PluginStatus], None]] = {
    "service": by_service,
    "save": by_save,
    "update": by_update,
    "admin": by_admin,
}
# Those that host code may use inside a transaction of its own.
CODE_DOORS = ["service", "save", "update"]


def set_status(name: str, status: str, door: str = "service") -> float:
    """Change an item's status and return when that was committed."""
    DOORS[door](name, PluginStatus(status))
    return monotonic()


def set_status_slowly(name: str, status: str, *, commits: bool) -> float:
    """Change an item's status, stop before the end of the transaction, and return when that was reached."""
    try:
        with transaction.atomic():
            set_status(name, status)
            checkpoint("written", serving())
            if not commits:
                raise TakenBackError
    except TakenBackError:
        pass
    return monotonic()


def describe_type(description: str) -> None:
    """Describe the plugin type."""
    services.update_type(plugin_type=factories.OTP.row_id, description=description, origin=factories.OPERATOR)


def sync() -> None:
    """Sync."""
    services.sync_plugins(origin=factories.OPERATOR)


def delete_rows() -> None:
    """Delete every row, as if nobody had ever synced."""
    PluginType.all_objects.all().delete()


def statuses() -> dict[str, str]:
    """Return the status of each item by name, archived ones included."""
    return dict(PluginItem.all_objects.values_list("name", "status"))


def counter() -> list[Any]:
    """Return the number and the nonce of the counter."""
    return list(factories.counter_pair())


def lock_counter() -> None:
    """Keep everybody else from reading the counter until the test says so."""
    table = RevisionCounter._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with transaction.atomic():
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                checkpoint("locked")
        elif connection.vendor == "mysql":
            cursor.execute(f"LOCK TABLES {table} WRITE")
            checkpoint("locked")
            cursor.execute("UNLOCK TABLES")
        else:  # Keeps readers out where the journal is not write-ahead.
            cursor.execute("BEGIN EXCLUSIVE")
            checkpoint("locked")
            cursor.execute("ROLLBACK")


def rename_counter(*, away: bool) -> None:
    """Make every look at the counter an error, or mend that."""
    table = RevisionCounter._meta.db_table
    names = (table, f"{table}_away") if away else (f"{table}_away", table)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE {} RENAME TO {}".format(*names))


def restore_and_disable(backup: dict[str, Any], name: str) -> float:
    """
    Go back to a backup and disable an item, so that the number of the last revision comes again with other content.

    All in one transaction: nobody sees the time between.
    """
    with transaction.atomic():
        _restore(backup)
        set_status(name, "disable")
    return monotonic()


def back_up() -> dict[str, Any]:
    """Return what a backup of the control plane would have."""
    value, nonce = factories.counter_pair()
    return {"value": value, "nonce": nonce, "statuses": statuses()}


def _restore(backup: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for table in ("change", "revision"):
            column = "revision_id" if table == "change" else "number"
            cursor.execute(f"DELETE FROM plugin_system_{table} WHERE {column} > %s", [backup["value"]])
        for name, status in backup["statuses"].items():
            cursor.execute("UPDATE plugin_system_pluginitem SET status = %s WHERE name = %s", [status, name])
        cursor.execute(
            "UPDATE plugin_system_revisioncounter SET value = %s, nonce = %s", [backup["value"], backup["nonce"]]
        )
