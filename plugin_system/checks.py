"""System checks: what only the whole shows, with stable ids and hints."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from plugin_system import services


def check_registrations(**_: Any) -> list[CheckMessage]:
    """Report registrations that could not take effect (E001) and items of modules that no app contains (W001)."""
    errors: list[CheckMessage] = [
        checks.Error(
            str(problem),
            hint="The other plugins serve; this one does not, until it is mended.",
            id="plugin_system.E001",
        )
        for problem in services.registration_problems()
    ]
    warnings = [
        checks.Warning(
            f"Plugin item {str(key)!r} has the module {key.module!r}, which is no installed app, nor below one.",
            hint="Use the AppConfig.name of the app that provides it, or a dotted name below that.",
            id="plugin_system.W001",
        )
        for key in services.items_of_foreign_modules()
    ]
    return [*errors, *warnings]


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report settings with values that cannot work (E002 to E007)."""
    return list(_wrong_settings())


def _wrong_settings() -> Iterator[CheckMessage]:
    for name, identifier, is_right, expected in _RULES:
        if hasattr(settings, name) and not is_right(getattr(settings, name)):
            yield checks.Error(
                f"{name} is {getattr(settings, name)!r}; it must be {expected}.",
                hint="The README has a heading for each setting.",
                id=f"plugin_system.{identifier}",
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_duration(value: Any) -> bool:
    return _is_number(value) and 0 <= value < float("inf")


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_RULES: list[tuple[str, str, Callable[[Any], bool], str]] = [
    ("PLUGIN_SYSTEM_MAX_STALENESS", "E002", _is_duration, "a number of seconds, 0 or more"),
    (
        "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR",
        "E003",
        lambda value: value is None or _is_duration(value),
        "a number of seconds, 0 or more, or None for no bound",
    ),
    ("PLUGIN_SYSTEM_RESYNC", "E004", lambda value: _is_duration(value) and value > 0, "a number of seconds above 0"),
    ("PLUGIN_SYSTEM_SYNC_ON_MIGRATE", "E005", _is_flag, "True or False"),
    ("PLUGIN_SYSTEM_ENTRY_POINTS", "E006", _is_flag, "True or False"),
    ("PLUGIN_SYSTEM_REQUIRE_REASON", "E007", _is_flag, "True or False"),
]
