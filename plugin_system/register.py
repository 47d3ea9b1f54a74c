"""How code registers plugin types and items."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.apps import apps

from plugin_system.choices import PluginStatus
from plugin_system.conformance import check_class, check_interface
from plugin_system.definitions import ItemKey, PluginItemDefinition, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import InvalidArgumentsError, RegistrationError
from plugin_system.ownership import containing_app
from plugin_system.registry import plugin_registry
from plugin_system.validation import (
    check_description,
    check_name,
    check_priority,
    check_selector,
    check_status,
    shown,
)

ClassT = TypeVar("ClassT", bound=type)

# The registry puts the key of the interface's type in its place.
_TYPE_TO_COME = TypeKey("", "")
_TYPE_ARGUMENTS = {"name", "manager", "interface", "description", "get_plugin"}
_TYPE_REQUIRED = {"name", "interface"}
_ITEM_ARGUMENTS = {"name", "module", "type_name", "manager_name", "plugin_class", "priority", "description", "status"}
_ITEM_REQUIRED = {"name", "type_name", "manager_name", "plugin_class"}


def register_plugin_type(registration: Mapping[str, Any] | None = None, /, **keywords: Any) -> None:
    """
    Register a plugin type, from a mapping or from keywords.

    ``name`` and ``manager`` (the app that owns the type; by default the one that contains the interface) make its
    key, each at most 100 characters. ``interface`` is an abstract base class with an abstract method. ``description``
    is shown to operators. ``get_plugin``, if given, overrides the choice: it is called with the ``PluginType`` and
    the caller's extra arguments and returns the ``PluginItem`` to use, or ``None``.

    :raises RegistrationError: the registration is wrong; nothing of it was kept, and the message names the remedy.
    """
    given = _arguments("Plugin type", registration, keywords, _TYPE_ARGUMENTS, _TYPE_REQUIRED)
    with _naming("Plugin type", given):
        interface = check_interface(given["interface"])
        manager = _owner(given.get("manager"), "manager", interface)
        definition = PluginTypeDefinition(
            key=TypeKey(manager, check_name(given["name"], "name")),
            interface=interface,
            description=check_description(given.get("description")),
            selector=check_selector(given.get("get_plugin")),
        )
    plugin_registry.add_type(definition)


def register_plugin_item(registration: Mapping[str, Any] | None = None, /, **keywords: Any) -> None:
    """
    Register a plugin item, from a mapping or from keywords.

    ``type_name`` and ``manager_name`` name the plugin type; ``name`` and ``module`` (the app that provides the item,
    or a dotted name below it; by default the app that contains the class) complete the key, each at most 100
    characters. ``plugin_class`` implements the type's interface. ``priority`` is an integer from -32768 to 32767,
    lower wins; where none is stated a new row gets 0 and a sync never changes it. ``status`` is what a new row starts
    with, ``active`` by default. The type may be registered later, while apps load.

    :raises RegistrationError: the registration is wrong; nothing of it was kept, and the message names the remedy.
    :raises UnknownPluginTypeError: all apps are loaded and none registered the type.
    """
    given = _arguments("Plugin item", registration, keywords, _ITEM_ARGUMENTS, _ITEM_REQUIRED)
    with _naming("Plugin item", given):
        type_key = TypeKey(
            check_name(given["manager_name"], "manager_name"),
            check_name(given["type_name"], "type_name"),
        )
    plugin_registry.add_item(_item_definition(given, type_key))


def _item_definition(given: Mapping[str, Any], type_key: TypeKey) -> PluginItemDefinition:
    with _naming("Plugin item", given):
        plugin_class = check_class(given["plugin_class"])
        module = _owner(given.get("module"), "module", plugin_class)
        return PluginItemDefinition(
            key=ItemKey(type_key, module, check_name(given["name"], "name")),
            plugin_class=plugin_class,
            priority=check_priority(given.get("priority")),
            description=check_description(given.get("description")),
            status=check_status(given.get("status", PluginStatus.ACTIVE)),
        )


def plugin_type(
    *,
    name: str,
    manager: str | None = None,
    description: str = "",
    get_plugin: Callable[..., Any] | None = None,
) -> Callable[[ClassT], ClassT]:
    """
    Register the decorated interface as a plugin type; see :func:`register_plugin_type`.

    :raises RegistrationError: the registration is wrong.
    """

    def register(interface: ClassT) -> ClassT:
        register_plugin_type(
            name=name, manager=manager, interface=interface, description=description, get_plugin=get_plugin
        )
        return interface

    return register


def plugin_item(
    interface: type,
    *,
    name: str,
    module: str | None = None,
    priority: int | None = None,
    description: str = "",
    status: str = PluginStatus.ACTIVE,
) -> Callable[[ClassT], ClassT]:
    """
    Register the decorated class as an item of the plugin type that has ``interface``; see :func:`register_plugin_item`.

    :raises RegistrationError: the registration is wrong.
    :raises UnknownPluginTypeError: all apps are loaded and ``interface`` is not that of exactly one plugin type.
    """
    check_interface(interface)

    def register(plugin_class: ClassT) -> ClassT:
        given = {
            "name": name,
            "module": module,
            "plugin_class": plugin_class,
            "priority": priority,
            "description": description,
            "status": status,
        }
        plugin_registry.add_item_of(interface, _item_definition(given, _TYPE_TO_COME))
        return plugin_class

    return register


def _arguments(
    what: str, registration: Mapping[str, Any] | None, keywords: dict[str, Any], known: set[str], required: set[str]
) -> dict[str, Any]:
    if registration is not None and not isinstance(registration, Mapping):
        raise InvalidArgumentsError(f"{what}: register it by a mapping or by keywords, not by {shown(registration)}.")
    given: dict[str, Any] = {**(registration or {}), **keywords}
    about = _culprit(what, given)
    unknown = sorted(map(str, given.keys() - known))
    if unknown:
        raise InvalidArgumentsError(f"{about} has unknown arguments {unknown}; known are {sorted(known)}.")
    missing = sorted(required - given.keys())
    if missing:
        raise InvalidArgumentsError(f"{about} lacks the arguments {missing}.")
    return given


@contextmanager
def _naming(what: str, given: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except RegistrationError as error:
        raise type(error)(f"{_culprit(what, given)}: {error}") from None


def _culprit(what: str, given: Mapping[str, Any]) -> str:
    """Return what a refusal begins with: what is refused, by name and class, as far as they are given."""
    owner = given.get("interface") or given.get("plugin_class")
    return f"{what} {given.get('name')!r} with {shown(owner)}"


def _owner(stated: Any, field: str, member: type) -> str:
    """Return the stated owner, or the name of the app that contains the class."""
    if stated is not None:
        return check_name(stated, field)
    apps.check_apps_ready()
    owner = containing_app(member.__module__)
    if owner is None:
        raise InvalidArgumentsError(f"{member!r} is in no installed app; state its {field}.")
    return owner
