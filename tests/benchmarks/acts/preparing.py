"""What is in the registry and in the tables before anything is measured."""

from django.core.management import call_command

from plugin_system import services
from plugin_system.models import PluginItem, PluginType
from plugin_system.origins import Origin
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.rows import unrecorded
from tests.benchmarks import plugins

# By status: the interfaces of the types whose items have it, in the order of their names.
interfaces: dict[str, list[type]] = {}


def migrate() -> None:
    """Make the tables, and nothing in them."""
    call_command("migrate", verbosity=0)


def register(types: int, items: int, statuses: list[str], own_classes: bool = True) -> None:
    """Register ``types`` plugin types per status, each with so many items that start with it."""
    shared = plugins.make_interface()
    shared_class = plugins.make_class(shared)
    for status in statuses:
        interfaces[status] = []
        for name in plugins.type_names(status, types):
            interface = plugins.make_interface() if own_classes else shared
            interfaces[status].append(interface)
            register_plugin_type(name=name, manager=plugins.APP, interface=interface, description=plugins.DESCRIPTION)
            for item, priority in plugins.item_names(items):
                register_plugin_item(
                    name=item,
                    module=plugins.APP,
                    type_name=name,
                    manager_name=plugins.APP,
                    plugin_class=plugins.make_class(interface) if own_classes else shared_class,
                    priority=priority,
                    description=plugins.DESCRIPTION,
                    status=status,
                )


def sync() -> int:
    """Make the rows, and return how many items there are."""
    services.sync_plugins(origin=Origin())
    return PluginItem.objects.count()


def insert_rows(types: int, items: int) -> None:
    """Insert as many rows as the registry has, past the services, which would take their time with records."""
    type_rows = [
        PluginType(manager=plugins.APP, name=name, description=plugins.DESCRIPTION)
        for name in plugins.type_names("active", types)
    ]
    for row in type_rows:
        row.fill_id()
    item_rows = [
        PluginItem(plugin_type=row, module=plugins.APP, name=name, priority=priority, description=plugins.DESCRIPTION)
        for row in type_rows
        for name, priority in plugins.item_names(items)
    ]
    for item in item_rows:
        item.fill_id()
    unrecorded(PluginType, "default").bulk_create(type_rows, batch_size=500)
    unrecorded(PluginItem, "default").bulk_create(item_rows, batch_size=500)
    services.touch()
