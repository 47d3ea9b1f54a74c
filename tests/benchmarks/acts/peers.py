"""The same work with a peer, as its README says to use it; runs in the peer's own environment."""

import warnings
from abc import abstractmethod
from io import StringIO
from typing import Any

from django.core.management import call_command
from django_plugin_system import models
from django_plugin_system.helpers import get_plugin_instance
from django_plugin_system.register import register_plugin_item, register_plugin_type

from tests.benchmarks import plugins
from tests.benchmarks.caller import call
from tests.benchmarks.timing import Sample, best_of, long_work, short_work

# The second peer has classes of its own to derive from, takes names from them, and a row more per item: the instance.
IS_SECOND = hasattr(models, "PluginInstance")
if IS_SECOND:
    from django_plugin_system.plugin_core import BasePluginItem, BasePluginType

interfaces: dict[str, list[Any]] = {}
warnings.simplefilter("ignore")


def migrate() -> None:
    """Make the tables; the first peer has no migrations."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def register(types: int, items: int, statuses: list[str]) -> None:
    """Register ``types`` plugin types per status, each with so many items."""
    for status in statuses:
        interfaces[status] = [_register_type(name, items) for name in plugins.type_names(status, types)]


def _register_type(name: str, items: int) -> Any:
    interface = make_interface(name)
    classes = [make_class(interface, item) for item, _ in plugins.item_names(items)]
    _register(name, interface, classes)
    return interface


def _register(name: str, interface: Any, classes: list[Any]) -> None:
    register_plugin_type(
        {"name": name, "manager": plugins.APP, "interface": interface, "description": plugins.DESCRIPTION}
    )
    for number, plugin_class in enumerate(classes):
        register_plugin_item(
            {
                "name": f"item_{number}",
                "module": plugins.APP,
                "type_name": name,
                "manager_name": plugins.APP,
                "plugin_class": plugin_class,
                "priority": number,
                "description": plugins.DESCRIPTION,
            }
        )


def make_interface(type_name: str) -> Any:
    """Return a new interface of the kind that the peer wants."""
    if not IS_SECOND:
        return plugins.make_interface()

    class Interface(BasePluginType):
        name = type_name
        description = plugins.DESCRIPTION

        @classmethod
        def __plugin_item_validator__(cls, plugin_item_cls: type) -> None:
            """Stand in for the peer's own, which calls itself without end and so refuses every item."""

        @abstractmethod
        def send(self, number: str, code: str) -> str: ...
        @abstractmethod
        def status(self, ident: str) -> str: ...

    Interface.__module__ = plugins.APP
    return Interface


def make_class(interface: Any, item_name: str) -> Any:
    """Return a new class that implements the interface, of the kind that the peer wants."""
    if not IS_SECOND:
        return plugins.make_class(interface)

    class Implementation(BasePluginItem):
        name = item_name
        description = plugins.DESCRIPTION
        plugin_type = interface

        def send(self, number: str, code: str) -> str:
            return code

        def status(self, ident: str) -> str:
            return ident

    Implementation.__module__ = plugins.APP
    return Implementation


def insert_rows(types: int, items: int, statuses: list[str]) -> None:
    """Insert the rows of what is registered, which is quicker than the peer's own sync."""
    for status in statuses:
        type_rows = [
            models.PluginType(name=name, manager=plugins.APP, description=plugins.DESCRIPTION)
            for name in plugins.type_names(status, types)
        ]
        item_rows = [
            models.PluginItem(
                plugin_type=row,
                module=plugins.APP,
                name=name,
                priority=priority,
                description=plugins.DESCRIPTION,
                **({} if IS_SECOND else {"status": status}),
            )
            for row in type_rows
            for name, priority in plugins.item_names(items)
        ]
        models.PluginType.objects.bulk_create(type_rows)
        models.PluginItem.objects.bulk_create(item_rows)
        if IS_SECOND:
            models.PluginInstance.objects.bulk_create(
                models.PluginInstance(item=row, name=row.name, priority=row.priority, status=status)
                for row in item_rows
            )


def by_names(status: str, calls: int) -> Sample:
    """Resolve by name and manager."""
    names = plugins.type_names(status, len(interfaces[status]))
    asked = [names[number % len(names)] for number in range(calls)]

    def work() -> None:
        for name in asked:
            assert get_plugin_instance(name, plugins.APP) is not None

    return short_work(work, calls=calls, loops=1, repeats=3)


def by_interface(status: str, calls: int) -> Sample:
    """Resolve by interface, which only the second peer can."""
    asked = [interfaces[status][number % len(interfaces[status])] for number in range(calls)]

    def work() -> None:
        for interface in asked:
            assert get_plugin_instance(interface) is not None

    return short_work(work, calls=calls, loops=1, repeats=3)


def first_sync() -> Sample:
    """Run ``pluginsync`` with empty tables."""
    models.PluginItem.objects.all()._raw_delete("default") if not IS_SECOND else _empty_second()
    models.PluginType.objects.all()._raw_delete("default")
    return long_work(_sync)


def _empty_second() -> None:
    models.PluginInstance.objects.all()._raw_delete("default")
    models.PluginItem.objects.all()._raw_delete("default")


def unchanged_sync() -> Sample:
    """Run ``pluginsync`` where nothing differs."""
    return long_work(_sync)


def _sync() -> None:
    call_command("pluginsync", stdout=StringIO())


def bulk_status(status: str) -> Sample:
    """Give every row a status, as the peer's admin action does: one UPDATE and no record of it."""
    rows = models.PluginInstance if IS_SECOND else models.PluginItem
    return long_work(lambda: rows.objects.all().update(status=status))


def registration(types: int, items: int) -> Sample:
    """Define so many types and items and register them."""

    def work() -> None:
        for number in range(types):
            _register_type(f"type_{number}", items)

    return best_of(lambda: long_work(work))


def admin_page(url: str, loops: int) -> Sample:
    """Read a page of the admin."""
    reply = call("GET", url)
    assert reply.status.startswith("200"), (url, reply.status)
    return short_work(lambda: call("GET", url), calls=1, loops=loops, repeats=3)
