"""What this process has registered, for the doors."""

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import PluginSystemError
from plugin_system.ownership import is_installed
from plugin_system.registry import plugin_registry


def fingerprint() -> str:
    """Return the hash of what this process has registered, to compare two processes by."""
    return plugin_registry.fingerprint


def registration_problems() -> list[PluginSystemError]:
    """Return the registrations that could not take effect in this process, each with its remedy."""
    return list(plugin_registry.problems)


def items_of_foreign_modules() -> list[ItemKey]:
    """Return the keys of the registered items whose ``module`` is no installed app, nor below one."""
    return [each.key for each in plugin_registry.items() if not is_installed(each.key.module)]


def types_of_foreign_managers() -> list[TypeKey]:
    """Return the keys of the registered types whose ``manager`` is no installed app, nor below one."""
    return [each.key for each in plugin_registry.types() if not is_installed(each.key.manager)]
