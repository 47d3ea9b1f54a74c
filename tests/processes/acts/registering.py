"""What processes do whose code registers otherwise than the host project's: a plugin type with many items."""

from time import sleep
from typing import Any

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.helpers import get_plugin_class
from plugin_system.models import PluginItem
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.factories import MANAGER, MODULE, new_class, new_interface

CROWD = TypeKey(MANAGER, "crowd")
_interface = new_interface("Crowd")
_classes: dict[int, type] = {}


def register(start: int, stop: int, *, backwards: bool = False, priority: int = 0, description: str = "") -> None:
    """Register the items from number ``start`` to ``stop``: the higher the number, the later it comes to serve."""
    register_plugin_type(name=CROWD.name, manager=CROWD.manager, interface=_interface, description=description)
    for number in reversed(range(start, stop)) if backwards else range(start, stop):
        known = number in _classes
        plugin_class = _classes.setdefault(number, new_class(_interface, f"Item{number}", number=number))
        if known:
            plugin_registry.remove_item(_key(number))
        register_plugin_item(
            name=f"item-{number:04}",
            module=MODULE,
            type_name=CROWD.name,
            manager_name=CROWD.manager,
            plugin_class=plugin_class,
            priority=priority + number,
            description=description,
        )


def forget(start: int, stop: int) -> None:
    """Register these items no longer."""
    for number in range(start, stop):
        plugin_registry.remove_item(_key(number))


def forget_all() -> None:
    """Register none of the items that :func:`register` did."""
    for number in _classes:
        if plugin_registry.find_item(_key(number)) is not None:
            plugin_registry.remove_item(_key(number))


def disable(number: int) -> None:
    """Be the operator who disables an item."""
    assert PluginItem.objects.filter(pk=_key(number).row_id).update(status="disable") == 1


def forget_host_item(name: str) -> None:
    """Be an older release, or a newer one, that has no code for an item of the host project."""
    (key,) = [each.key for each in plugin_registry.items() if each.key.name == name]
    plugin_registry.remove_item(key)


def serving_number() -> Any:
    """Return the number of the item that serves."""
    plugin_class = get_plugin_class(CROWD.name, CROWD.manager)
    return None if plugin_class is None else plugin_class.number  # type: ignore[attr-defined]


def disable_one_after_the_other(count: int, pause: float = 0.01) -> None:
    """Disable the best item, then the one that serves now, and so on."""
    for number in range(count):
        PluginItem.objects.filter(pk=_key(number).row_id).update(status="disable")
        sleep(pause)


def _key(number: int) -> ItemKey:
    return ItemKey(CROWD, MODULE, f"item-{number:04}")
