"""For the test suites of host projects."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import NonCallableMock

from plugin_system import snapshot
from plugin_system.choosing import Choice
from plugin_system.conformance import check_class, check_implements
from plugin_system.definitions import PluginTypeDefinition, TypeKey
from plugin_system.exceptions import InvalidPluginClassError, UnknownPluginTypeError
from plugin_system.registry import plugin_registry
from plugin_system.services.resolution import hint_at


@contextmanager
def override_plugins(plugins: Mapping[type | str, Any]) -> Iterator[None]:
    """
    Let each plugin type resolve to the given class or instance within the block; no database is asked.

    Types go by interface or by key, ``{"apps.otp:otp": FakeOTP}``. A class is instantiated at each resolve. An
    instance is given as it is; ``get_plugin_class`` then has a subclass of its class, which gives it too. Both must
    implement the interface, unless they are mocks, such as ``create_autospec(AbstractOTP, instance=True)``. ``None``
    lets nothing be usable. The override holds for every thread of the process and beats status, priority and
    ``get_plugin``; blocks may be nested. Also usable as a decorator.

    :raises UnknownPluginTypeError: an interface is not that of exactly one registered type, or a key that of none.
    :raises InvalidKeyError: a text is not a key.
    :raises InvalidPluginClassError: a class or instance does not implement the interface.
    """
    choices = [_choice_of(_definition_of(plugin_type), plugin) for plugin_type, plugin in plugins.items()]
    held = snapshot.add_overrides({choice.key: choice for choice in choices if choice.key is not None})
    try:
        yield
    finally:
        snapshot.set_overrides(held)


@contextmanager
def isolated_registry() -> Iterator[None]:
    """Undo, at the end of the block, every registration made in it. Also usable as a decorator."""
    with plugin_registry.preserved():
        yield


def _definition_of(plugin_type: type | str) -> PluginTypeDefinition:
    key = TypeKey.parse(plugin_type) if isinstance(plugin_type, str) else plugin_registry.key_of_interface(plugin_type)
    definition = plugin_registry.find_type(key)
    if definition is None:
        raise UnknownPluginTypeError(
            f"No plugin type {str(key)!r} is registered in whose place override_plugins() could give anything. "
            f"{hint_at(key)}"
        )
    return definition


def _choice_of(definition: PluginTypeDefinition, plugin: Any) -> Choice:
    choice = Choice(definition.key)
    if plugin is not None:
        _check(definition, plugin)
        choice.plugin_class = plugin if isinstance(plugin, type) else _class_of(plugin)
    return choice


def _check(definition: PluginTypeDefinition, plugin: Any) -> None:
    """Refuse what callers of the plugin type cannot use; a mock may pretend to be anything."""
    plugin_class = plugin if isinstance(plugin, type) else type(plugin)
    if issubclass(plugin_class, NonCallableMock):
        return
    try:
        check_implements(check_class(plugin_class), definition.interface)
    except InvalidPluginClassError as error:
        raise InvalidPluginClassError(
            f"override_plugins() of {str(definition.key)!r}: {error} Or give a mock, or None for nothing usable."
        ) from None


def _class_of(instance: Any) -> Callable[..., Any]:
    """Return what stands for the class of an instance: whoever calls it gets the instance."""

    def give(*_: Any, **__: Any) -> Any:
        return instance

    own_class: Any = type(instance)
    if issubclass(own_class, NonCallableMock):
        return give
    names = {name: getattr(own_class, name) for name in ("__module__", "__qualname__", "__doc__")}
    try:
        made: Callable[..., Any] = type(own_class)(own_class.__name__, (own_class,), {**names, "__new__": give})
    except Exception:  # noqa: BLE001 - A class may refuse in any way to be derived from.
        return give
    return made
