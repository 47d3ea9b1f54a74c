"""Finding registrations: ``plugins.py`` in every app, and entry points where the host allows them."""

import logging
from importlib.metadata import EntryPoint, entry_points

from django.utils.module_loading import autodiscover_modules

from plugin_system.conf import app_settings
from plugin_system.exceptions import EntryPointError, RegistrationError
from plugin_system.registry import plugin_registry

logger = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "plugin_system"


def discover() -> None:
    """
    Import the ``plugins`` module of every installed app, and what entry points name.

    A missing module is fine; a broken one raises its own error. An entry point of the group ``plugin_system`` names a
    module, imported for its registrations, or a function, called without arguments. It is somebody else's: one that
    raises is logged and reported with the registry's problems, keeps what it had registered, and the others go on.
    """
    autodiscover_modules("plugins")
    for entry_point in _entry_points():
        _follow(entry_point)


def is_provided(owner: str) -> bool:
    """Whether ``owner`` is the package of an entry point that the host allows, or a dotted name below one."""
    return any(f"{owner}.".startswith(f"{_package(each)}.") for each in _entry_points())


def _entry_points() -> list[EntryPoint]:
    if not app_settings.PLUGIN_SYSTEM_ENTRY_POINTS:
        return []
    return sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda found: found.name)


def _package(entry_point: EntryPoint) -> str:
    return entry_point.module.partition(".")[0]


def _follow(entry_point: EntryPoint) -> None:
    try:
        target = entry_point.load()
        if callable(target):
            target()
    except Exception as error:
        owner = "unknown" if entry_point.dist is None else entry_point.dist.name
        source = f"The entry point '{entry_point.name} = {entry_point.value}' of the distribution {owner!r}"
        logger.exception("%s cannot be followed; the other plugins go on serving.", source)
        # Other errors may quote a password; what refuses a registration does not, and says what to do.
        why = f" {error}" if isinstance(error, RegistrationError) else ""
        what_to_do = "The log has the traceback; mend the distribution, or uninstall it."
        problem = EntryPointError(f"{source} raised {type(error).__name__}.{why} {what_to_do}")
        plugin_registry.note_failure(source, problem)
