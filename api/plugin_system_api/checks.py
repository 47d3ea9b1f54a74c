"""System checks: settings that cannot work, and hosts that would leave the API open or its page empty."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from rest_framework.authentication import BasicAuthentication
from rest_framework.views import APIView

from plugin_system_api.document import SIDECAR

_PREFIX = "PLUGIN_SYSTEM_API_"
_RATE = re.compile(r"[1-9][0-9]*/(s|sec|m|min|h|hour|d|day)")


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report settings with values that cannot work (E001 to E003) and names that are no setting's (W003)."""
    return [*_wrong_settings(), *_unknown_settings()]


def _wrong_settings() -> Iterator[CheckMessage]:
    for name, identifier, is_right, expected in _RULES:
        if hasattr(settings, name) and not is_right(getattr(settings, name)):
            yield checks.Error(
                f"{name} is {getattr(settings, name)!r}; it must be {expected}.",
                hint="The README has a heading for each setting.",
                id=f"plugin_system_api.{identifier}",
            )


def _unknown_settings() -> Iterator[CheckMessage]:
    known = {name.removeprefix(_PREFIX): name for name, *_ in _RULES}
    for name in sorted(dir(settings)):
        if name.startswith(_PREFIX) and name not in known.values():
            nearest = get_close_matches(name.removeprefix(_PREFIX), known, n=1)
            yield checks.Warning(
                f"{name} is no setting of the plugin system's API and has no effect.",
                hint=f"Did you mean {known[nearest[0]]}?" if nearest else "The README has a heading for each setting.",
                id="plugin_system_api.W003",
            )


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


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_rate(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(_RATE.fullmatch(value)))


_RULES: list[tuple[str, str, Callable[[Any], bool], str]] = [
    ("PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH", "E001", _is_flag, "True or False"),
    (
        "PLUGIN_SYSTEM_API_WRITE_RATE",
        "E002",
        _is_rate,
        "a number per second, minute, hour or day, as in '120/min', or None",
    ),
    ("PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT", "E003", _is_flag, "True or False"),
]
