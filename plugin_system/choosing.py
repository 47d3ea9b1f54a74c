"""What each plugin type resolves to by the rows that were read and the registry of this process."""

from collections.abc import Callable
from typing import Any

from django.db import router

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import UnknownPluginTypeError
from plugin_system.registry import plugin_registry
from plugin_system.rows import Content, ItemRow, TypeRows
from plugin_system.selection import in_order


class Choice:
    """
    What one plugin type resolves to in this process.

    ``plugin_class`` is ``None`` where nothing is usable; ``selector`` is the type's ``get_plugin``; ``candidates``
    are the usable rows in order, each with its class.
    """

    __slots__ = ("candidates", "key", "plugin_class", "selector", "type_id")

    def __init__(
        self,
        key: TypeKey | None,
        *,
        type_id: Any = None,
        candidates: tuple[tuple[ItemRow, type], ...] = (),
        selector: Callable[..., Any] | None = None,
    ) -> None:
        self.key = key
        self.type_id = type_id
        self.candidates = candidates
        self.selector = selector
        self.plugin_class: Callable[[], Any] | None = candidates[0][1] if candidates else None


# What tests put in the place of the choice.
overrides: dict[TypeKey, Choice] = {}


class View:
    """
    One immutable content, with the choices made from it so far.

    ``classes`` and ``by_interface`` serve the hot path: what to instantiate, by manager and then by name, so that no
    pair of them need be made, and by interface. They have only types that need nothing else, and nothing at all while
    tests override plugins or a router decides on the database.
    """

    __slots__ = ("by_interface", "choices", "classes", "content")

    def __init__(self, content: Content) -> None:
        self.content = content
        self.choices: dict[TypeKey, Choice] = {}
        self.classes: dict[str, dict[str, Callable[[], Any]]] = {}
        self.by_interface: dict[type, Callable[[], Any]] = {}


def choose_from(view: View, key: TypeKey) -> Choice:
    """Return what the plugin type resolves to by the rows of ``view`` and the registry of this process."""
    choices, classes, by_interface = view.choices, view.classes, view.by_interface
    held = choices.get(key)
    if held is not None:
        return held
    definition = plugin_registry.find_type(key)
    rows = view.content.types.get(key)
    items = plugin_registry.items_of(key)
    choice = Choice(
        key,
        type_id=None if rows is None else rows.id,
        candidates=() if rows is None else _usable(key, rows, items),
        selector=None if definition is None or rows is None else definition.selector,
    )
    if definition is not None:  # Only what code registers: names from outside must not fill the memory.
        choices[key] = choice
        if choice.selector is None and choice.plugin_class is not None and not overrides and not router.routers:
            classes.setdefault(key.manager, {})[key.name] = choice.plugin_class
            if _is_only_type_of(definition.interface, key):
                by_interface[definition.interface] = choice.plugin_class
    return choice


def _usable(key: TypeKey, rows: TypeRows, items: dict[ItemKey, Any]) -> tuple[tuple[ItemRow, type], ...]:
    usable = ((row, items.get(ItemKey(key, row.module, row.name))) for row in rows.items)
    classes = {row: definition.plugin_class for row, definition in usable if definition is not None}
    return tuple((row, classes[row]) for row in in_order(classes))


def _is_only_type_of(interface: type, key: TypeKey) -> bool:
    try:
        return plugin_registry.key_of_interface(interface) == key
    except UnknownPluginTypeError:
        return False


def key_of(plugin_type: Any, manager: str | None) -> TypeKey:
    """
    Return the key asked for by name and manager or by interface.

    :raises UnknownPluginTypeError: the interface is not that of exactly one registered type.
    :raises TypeError: neither form was used.
    """
    if isinstance(plugin_type, str) and isinstance(manager, str):
        return TypeKey(manager, plugin_type)
    if isinstance(plugin_type, type) and manager is None:
        return plugin_registry.key_of_interface(plugin_type)
    raise TypeError(
        f"Ask for a plugin by name and manager, ('otp', 'apps.otp'), or by interface, not by "
        f"{(plugin_type, manager)!r}."
    )
