"""System checks: settings that cannot work, and hosts that would leave the API open or its page empty."""

import re
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.checks import CheckMessage
from rest_framework.authentication import BasicAuthentication
from rest_framework.views import APIView

from plugin_system.setting_rules import SettingRule, SettingRules, is_flag
from plugin_system_api.document import SIDECAR

_RATE = re.compile(r"[1-9][0-9]*/(s|sec|m|min|h|hour|d|day)")


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report settings with values that cannot work (E001 to E003) and names that are no setting's (W003)."""
    return _SETTINGS.check()


def check_authentication(**_: Any) -> list[CheckMessage]:
    """Warn of a way to authenticate with which a page of somebody else can write (W001)."""
    if not any(issubclass(each, BasicAuthentication) for each in APIView.authentication_classes):
        return []
    return [
        checks.Warning(
            "The API of the plugin system accepts BasicAuthentication: browsers send the password along with forms "
            "of other sites, so that these can change plugins.",
            hint="Set REST_FRAMEWORK['DEFAULT_AUTHENTICATION_CLASSES'] without it, to tokens, and sessions for "
            "browsers. Django REST framework's own default has it.",
            id="plugin_system_api.W001",
        )
    ]


def check_documentation(**_: Any) -> list[CheckMessage]:
    """Say that the page for people has nothing to show the document with (W002)."""
    if apps.is_installed(SIDECAR):
        return []
    return [
        checks.Info(
            f"{SIDECAR!r} is not installed: the API's page docs/ only says so.",
            hint=f"Install django-plugin-control-plane[docs] and add {SIDECAR!r} to INSTALLED_APPS, or silence this.",
            id="plugin_system_api.W002",
        )
    ]


def _is_rate(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(_RATE.fullmatch(value)))


_SETTINGS = SettingRules(
    app_label="plugin_system_api",
    owner="the plugin system's API",
    prefix="PLUGIN_SYSTEM_API_",
    rules=(
        SettingRule("PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH", "E001", is_flag, "True or False"),
        SettingRule(
            "PLUGIN_SYSTEM_API_WRITE_RATE",
            "E002",
            _is_rate,
            "a number per second, minute, hour or day, as in '120/min', or None",
        ),
        SettingRule("PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT", "E003", is_flag, "True or False"),
    ),
)
