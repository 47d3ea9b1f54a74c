"""What tests make: interfaces, classes, registrations, rows, and a look at the revisions that they cause."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.origins import Origin
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.testing import isolated_registry
from tests.host.prefs.models import Preference

T = TypeVar("T")

MANAGER = "tests.host.otp"
MODULE = "tests.host.otp_sms"
OTP = TypeKey(MANAGER, "otp")
PRIMARY = ItemKey(OTP, MODULE, "primary")
SECONDARY = ItemKey(OTP, MODULE, "secondary")
SPARE = ItemKey(OTP, f"{MODULE}.spare", "spare")

OPERATOR = Origin(actor="ops", actor_id="7", reason="INC-12", request_id="req-1")


class Carrier(ABC):
    """An interface that no app registers."""

    @abstractmethod
    def carry(self, load: str) -> str: ...


def new_interface(name: str = "Courier") -> type[Carrier]:
    """Return an interface that no other test knows."""
    return type(name, (Carrier,), {"__module__": __name__, "carry": abstractmethod(lambda self, load: load)})


def new_class(interface: type = Carrier, name: str = "Pigeon", **members: Any) -> type:
    """Return a class that implements the interface."""
    return type(name, (interface,), {"__module__": __name__, "carry": lambda self, load: f"{name} {load}", **members})


def replace_primary(plugin_class: type) -> None:
    """Register another class as the primary."""
    plugin_registry.remove_item(PRIMARY)
    given = {"name": "primary", "module": MODULE, "type_name": "otp", "manager_name": MANAGER}
    register_plugin_item(given, plugin_class=plugin_class)


def broken_class(interface: type = Carrier, name: str = "Broken", error: str = "no credentials") -> type:
    """Return a class that cannot be instantiated."""

    def fail(self: Any) -> None:
        raise RuntimeError(error)

    return new_class(interface, name, __init__=fail)


@contextmanager
def apps_loading() -> Iterator[None]:
    """Let the process be where Django has not loaded every app yet."""
    apps.ready = False
    try:
        yield
    finally:
        apps.ready = True


def type_registration(**changes: Any) -> dict[str, Any]:
    """Return a registration that is right but for the changes."""
    return {"name": "carrier", "manager": MANAGER, "interface": Carrier, "description": "Carries", **changes}


def item_registration(**changes: Any) -> dict[str, Any]:
    """Return a registration that is right but for the changes, of an item of the type ``carrier``."""
    right = {
        "name": "pigeon",
        "module": MODULE,
        "type_name": "carrier",
        "manager_name": MANAGER,
        "plugin_class": new_class(),
        "priority": 10,
        "description": "Flies",
    }
    return {**right, **changes}


def register_chain(name: str = "carrier", /, interface: type | None = None, **items: Any) -> type:
    """
    Register a plugin type and its items, by name and priority; return its interface.

    In the place of a priority may stand a class or a mapping of arguments.
    """
    interface = interface or new_interface()
    register_plugin_type(type_registration(name=name, interface=interface))
    for item_name, given in items.items():
        changes = {"priority": given} if isinstance(given, int) else {"plugin_class": given, "priority": 0}
        if isinstance(given, dict):
            changes = given
        plugin_class = new_class(interface, item_name.title())
        register_plugin_item(
            item_registration(**{"name": item_name, "type_name": name, "plugin_class": plugin_class, **changes})
        )
    return interface


def sync(**options: Any) -> services.SyncOutcome:
    """Sync as code does."""
    return services.sync_plugins(origin=Origin(), **options)


def synced_chain(name: str = "carrier", /, interface: type | None = None, **items: Any) -> PluginType:
    """Register a plugin type and its items, and return the row that a sync made."""
    register_chain(name, interface, **items)
    sync()
    return PluginType.objects.get(manager=MANAGER, name=name)


@contextmanager
def without_apps(*names: str) -> Iterator[None]:
    """Be a process in which these apps are not installed, nor registered what they would register."""

    def is_gone(module: str) -> bool:
        return any(f"{module}.".startswith(f"{name}.") for name in names)

    kept = [entry for entry in settings.INSTALLED_APPS if not is_gone(entry)]
    with isolated_registry(), override_settings(INSTALLED_APPS=kept):
        for kind in plugin_registry.types():
            if is_gone(kind.key.manager):
                plugin_registry.remove_type(kind.key)
        for each in plugin_registry.items():
            if is_gone(each.key.module):
                plugin_registry.remove_item(each.key)
        yield


def item(name: str) -> PluginItem:
    """Return the item of that name, with its type, archived or not."""
    return PluginItem.all_objects.select_related("plugin_type").get(name=name)


def statuses(plugin_type: PluginType) -> dict[str, str]:
    """Return the status of each row of the type that is not archived, by name."""
    return dict(PluginItem.objects.filter(plugin_type=plugin_type).values_list("name", "status"))


def set_status(name: str, status: PluginStatus, **options: Any) -> services.Outcome:
    """Change one item's status as an operator does, whatever then resolves."""
    selection = services.ItemSelection(ids=(item(name).pk,))
    return services.set_status(items=selection, status=status, origin=OPERATOR, **{"force": True, **options})


def counter_pair(using: str = "default") -> tuple[int, str]:
    """Return the number and the nonce of the counter."""
    counter = RevisionCounter.objects.using(using).get()
    return counter.value, counter.nonce


@contextmanager
def revisions_made() -> Iterator[list[Revision]]:
    """Yield a list that has, after the block, the revisions made in it; the counter must have moved as far."""
    before, _ = counter_pair()
    made: list[Revision] = []
    yield made
    made.extend(Revision.objects.filter(number__gt=before).order_by("number"))
    after, _ = counter_pair()
    assert [each.number for each in made] == list(range(before + 1, after + 1))


def changes_of(revision: Revision) -> dict[str, tuple[Any, Any]]:
    """Return what the revision did: before and after, by key."""
    return {each.key: (each.before, each.after) for each in Change.objects.filter(revision=revision)}


def reset_rows() -> None:
    """Bring the tables of the plugin system, and those that refer to them, into the state that ``migrate`` leaves."""
    models = (Preference.favourites.through, Preference, Change, Revision, PluginItem, PluginType, RevisionCounter)
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
    services.sync_plugins(origin=Origin(channel=Channel.MIGRATE))


def create_savepoint() -> str:
    """Begin a savepoint by hand; Django 6.1 has renamed the function."""
    begin = getattr(transaction, "savepoint_create", None) or transaction.savepoint
    return str(begin())


def close_connections(**_: Any) -> None:
    """Close this thread's connections, those to a database in memory too, which Django itself leaves open."""
    for each in connections.all(initialized_only=True):
        BaseDatabaseWrapper.close(each)


def in_thread(act: Callable[[], T]) -> T:
    """Return what ``act`` returns in another thread, or raise what it raises there."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(act())
        except BaseException as error:  # noqa: BLE001 - Raised again in the thread that waits.
            errors.append(error)
        finally:
            close_connections()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def in_loop(act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what awaiting ``act`` gives; synchronous work that it leaves to a thread is done in this one."""

    async def main() -> Any:
        return await act(*args, **kwargs)

    return async_to_sync(main)()
