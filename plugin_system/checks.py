"""System checks: what only the whole shows, with stable ids and hints."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

from plugin_system import discovery, services
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import EntryPointError
from plugin_system.setting_rules import SettingRule, SettingRules, is_flag


def check_registrations(**_: Any) -> list[CheckMessage]:
    """Report what could not register (E001, entry points E008) and owners that are no installed apps (W001, W002)."""
    return [*_problems(), *_foreign_owners()]


def _problems() -> Iterator[CheckMessage]:
    for problem in services.registration_problems():
        if isinstance(problem, EntryPointError):
            identifier, hint = "E008", "The other plugins serve, and so do those that it had registered until then."
        else:
            identifier, hint = "E001", "The other plugins serve; this one does not, until it is mended."
        yield checks.Error(str(problem), hint=hint, id=f"plugin_system.{identifier}")


def _foreign_owners() -> Iterator[CheckMessage]:
    owners: list[tuple[str, str, ItemKey | TypeKey, str, str]]
    owners = [("item", "module", key, key.module, "W001") for key in services.items_of_foreign_modules()]
    owners += [("type", "manager", key, key.manager, "W002") for key in services.types_of_foreign_managers()]
    for kind, field, key, owner, identifier in owners:
        # Entry points are for distributions that are no apps.
        if not discovery.is_provided(owner):
            yield checks.Warning(
                f"Plugin {kind} {str(key)!r} has the {field} {owner!r}, which is no installed app, nor below one.",
                hint="Use the AppConfig.name of the app that provides it, or a dotted name below that; for what an "
                "entry point registers, the package that has the entry point.",
                id=f"plugin_system.{identifier}",
            )


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report settings with values that cannot work (E002 to E007) and names that are no setting's (W003)."""
    return _SETTINGS.check()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_duration(value: Any) -> bool:
    return _is_number(value) and 0 <= value < float("inf")


_SETTINGS = SettingRules(
    app_label="plugin_system",
    owner="the plugin system",
    prefix="PLUGIN_SYSTEM_",
    # Those of the API are for the API's own checks.
    foreign_prefix="PLUGIN_SYSTEM_API_",
    rules=(
        SettingRule("PLUGIN_SYSTEM_MAX_STALENESS", "E002", _is_duration, "a number of seconds, 0 or more"),
        SettingRule(
            "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR",
            "E003",
            lambda value: value is None or _is_duration(value),
            "a number of seconds, 0 or more, or None for no bound",
        ),
        SettingRule(
            "PLUGIN_SYSTEM_RESYNC",
            "E004",
            lambda value: _is_duration(value) and value > 0,
            "a number of seconds above 0",
        ),
        SettingRule("PLUGIN_SYSTEM_SYNC_ON_MIGRATE", "E005", is_flag, "True or False"),
        SettingRule("PLUGIN_SYSTEM_ENTRY_POINTS", "E006", is_flag, "True or False"),
        SettingRule("PLUGIN_SYSTEM_REQUIRE_REASON", "E007", is_flag, "True or False"),
    ),
)
