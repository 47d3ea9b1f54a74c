"""For the test suites of host projects."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from plugin_system import snapshot
from plugin_system.choosing import Choice
from plugin_system.definitions import TypeKey
from plugin_system.registry import plugin_registry


@contextmanager
def override_plugins(plugins: Mapping[type | str, Any]) -> Iterator[None]:
    """
    Let each plugin type resolve to the given class or instance within the block; no database is asked.

    Types go by interface or by key, ``{"apps.otp:otp": FakeOTP}``. The override holds for every thread of the process
    and beats status, priority and ``get_plugin``; blocks may be nested. Also usable as a decorator.

    :raises UnknownPluginTypeError: an interface is not that of exactly one registered type.
    :raises InvalidKeyError: a text is not a key.
    """
    choices = {}
    for plugin_type, plugin in plugins.items():
        if isinstance(plugin_type, str):
            key = TypeKey.parse(plugin_type)
        else:
            key = plugin_registry.key_of_interface(plugin_type)
        choices[key] = _choice_of(key, plugin)
    held = snapshot.add_overrides(choices)
    try:
        yield
    finally:
        snapshot.set_overrides(held)


@contextmanager
def isolated_registry() -> Iterator[None]:
    """Undo, at the end of the block, every registration made in it. Also usable as a decorator."""
    with plugin_registry.preserved():
        yield


def _choice_of(key: TypeKey, plugin: Any) -> Choice:
    choice = Choice(key)
    choice.plugin_class = plugin if isinstance(plugin, type) else lambda: plugin
    return choice
