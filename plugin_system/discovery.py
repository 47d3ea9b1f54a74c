"""Finding registrations: ``plugins.py`` in every app, and entry points where the host allows them."""

from importlib.metadata import entry_points

from django.utils.module_loading import autodiscover_modules

from plugin_system.conf import app_settings

ENTRY_POINT_GROUP = "plugin_system"


def discover() -> None:
    """
    Import the ``plugins`` module of every installed app, and what entry points name.

    A missing module is fine; a broken one raises its own error. An entry point of the group ``plugin_system`` names a
    module, imported for its registrations, or a function, called without arguments.
    """
    autodiscover_modules("plugins")
    if app_settings.PLUGIN_SYSTEM_ENTRY_POINTS:
        for entry_point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda found: found.name):
            target = entry_point.load()
            if callable(target):
                target()
