"""The system checks of the API."""

from typing import Any

import pytest
from django.core.checks import run_checks
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.views import APIView


def ids() -> list[str | None]:
    return [each.id for each in run_checks(tags=["plugin_system_api"])]


class TestTheChecks:
    def test_are_content_with_a_right_host(self) -> None:
        assert ids() == []

    @pytest.mark.parametrize(
        ("name", "value", "identifier"),
        [
            ("PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH", "yes", "E001"),
            ("PLUGIN_SYSTEM_API_WRITE_RATE", 120, "E002"),
            ("PLUGIN_SYSTEM_API_WRITE_RATE", "120", "E002"),
            ("PLUGIN_SYSTEM_API_WRITE_RATE", "0/min", "E002"),
            ("PLUGIN_SYSTEM_API_WRITE_RATE", "1/month", "E002"),
            ("PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT", 1, "E003"),
        ],
    )
    def test_name_settings_that_cannot_work(self, settings: Any, name: str, value: Any, identifier: str) -> None:
        setattr(settings, name, value)
        (error,) = run_checks(tags=["plugin_system_api"])
        assert error.id == f"plugin_system_api.{identifier}"
        assert name in error.msg
        assert repr(value) in error.msg

    @pytest.mark.parametrize("value", [None, "1/s", "120/min", "5/day"])
    def test_accept_every_right_rate(self, settings: Any, value: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = value
        assert ids() == []

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("PLUGIN_SYSTEM_API_REQUIRE_IFMATCH", "Did you mean PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH?"),
            ("PLUGIN_SYSTEM_API_X", "The README has a heading for each setting."),
        ],
    )
    def test_warn_of_a_setting_that_is_none_and_name_the_nearest(self, settings: Any, name: str, hint: str) -> None:
        setattr(settings, name, True)
        (warning,) = run_checks(tags=["plugin_system_api", "plugin_system"])
        assert warning.id == "plugin_system_api.W003"
        assert warning.msg == f"{name} is no setting of the plugin system's API and has no effect."
        assert warning.hint == hint

    def test_warn_of_basic_authentication(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Own(BasicAuthentication):
            pass

        monkeypatch.setattr(APIView, "authentication_classes", [SessionAuthentication, Own])
        assert ids() == ["plugin_system_api.W001"]

    def test_say_that_the_page_is_empty(self, settings: Any) -> None:
        settings.INSTALLED_APPS = [each for each in settings.INSTALLED_APPS if each != "drf_spectacular_sidecar"]
        assert ids() == ["plugin_system_api.W002"]
