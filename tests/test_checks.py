from pathlib import Path
from typing import Any

import pytest
from django.core.checks import ERROR, WARNING, CheckMessage, run_checks
from django.test import override_settings

from plugin_system.conf import AppSettings
from plugin_system.discovery import discover
from plugin_system.exceptions import RegistrationError
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.elsewhere import HOST_APPS, write_package
from tests.factories import Carrier, item_registration, new_class, new_interface, register_chain, type_registration
from tests.test_discovery import install_distribution

NO_DURATION: tuple[Any, ...] = (-1, -0.1, float("inf"), float("nan"), "1", None, True, [], object())
NO_FLAG: tuple[Any, ...] = (0, 1, None, "yes", "", [])
WRONG: dict[str, tuple[str, tuple[Any, ...]]] = {
    "PLUGIN_SYSTEM_MAX_STALENESS": ("E002", NO_DURATION),
    "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR": ("E003", tuple(value for value in NO_DURATION if value is not None)),
    "PLUGIN_SYSTEM_RESYNC": ("E004", (*NO_DURATION, 0, 0.0)),
    "PLUGIN_SYSTEM_SYNC_ON_MIGRATE": ("E005", NO_FLAG),
    "PLUGIN_SYSTEM_ENTRY_POINTS": ("E006", NO_FLAG),
    "PLUGIN_SYSTEM_REQUIRE_REASON": ("E007", NO_FLAG),
}
RIGHT: dict[str, tuple[Any, ...]] = {
    "PLUGIN_SYSTEM_MAX_STALENESS": (0, 0.0, 1, 2.5, 3600),
    "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR": (None, 0, 0.5, 3600),
    "PLUGIN_SYSTEM_RESYNC": (0.1, 1, 60.0),
    "PLUGIN_SYSTEM_SYNC_ON_MIGRATE": (True, False),
    "PLUGIN_SYSTEM_ENTRY_POINTS": (True, False),
    "PLUGIN_SYSTEM_REQUIRE_REASON": (True, False),
}
ORPHAN = """
from plugin_system.register import register_plugin_item

class Orphan:
    def carry(self, load): ...

register_plugin_item(
    name="orphan", module="orphanage", type_name="{type_name}", manager_name="tests.host.otp", plugin_class=Orphan
)
"""


def found() -> list[CheckMessage]:
    """Return what the plugin system's checks say, as ``manage.py check`` collects it."""
    return run_checks(tags=["plugin_system"])


def test_defaults_are_silent() -> None:
    assert found() == []


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "identifier", "value"),
        [(name, identifier, value) for name, (identifier, values) in WRONG.items() for value in values],
    )
    def test_with_a_value_that_cannot_work_are_an_error_each(self, name: str, identifier: str, value: Any) -> None:
        with override_settings(**{name: value}):
            (error,) = found()

        assert error.level == ERROR
        assert error.id == f"plugin_system.{identifier}"
        assert error.msg.startswith(f"{name} is {value!r}; it must be ")
        assert error.msg.endswith(".")
        assert error.hint == "The README has a heading for each setting."

    @pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
    def test_with_a_value_that_works_are_silent(self, name: str, value: Any) -> None:
        with override_settings(**{name: value}):
            assert found() == []

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("PLUGIN_SYSTEM_MAX_STALENES", "Did you mean PLUGIN_SYSTEM_MAX_STALENESS?"),
            ("PLUGIN_SYSTEM_SYNC_ON_MIGRATION", "Did you mean PLUGIN_SYSTEM_SYNC_ON_MIGRATE?"),
            ("PLUGIN_SYSTEM_QQQ", "The README has a heading for each setting."),
        ],
    )
    def test_that_are_none_of_ours_are_a_warning_with_the_nearest(self, name: str, hint: str) -> None:
        with override_settings(**{name: 1}):
            (warning,) = found()

        assert warning.level == WARNING
        assert warning.id == "plugin_system.W003"
        assert warning.msg == f"{name} is no setting of the plugin system and has no effect."
        assert warning.hint == hint

    @pytest.mark.parametrize("name", ["PLUGIN_SYSTEM_API_WRITE_RATE", "PLUGIN_SYSTEM_API_WRITE_RAT", "PLUGINS"])
    def test_of_the_api_and_of_others_are_left_to_them(self, name: str) -> None:
        with override_settings(**{name: "1/min"}):
            assert found() == []

    def test_are_all_guarded_and_all_in_the_manual(self) -> None:
        names = {name for name in vars(AppSettings) if name.startswith("PLUGIN_SYSTEM_")}
        manual = (Path(__file__).parents[1] / "README.md").read_text()

        assert names == set(WRONG)
        assert {name for name in names if f"\n### `{name}`\n" in manual} == names


@pytest.mark.usefixtures("registry")
class TestRegistrations:
    @pytest.fixture
    def orphanage(self, packages: Path) -> None:
        """An app that registers an item of a type that no app registers."""
        write_package(packages, "orphanage", plugins=ORPHAN.format(type_name="nothing"))

    @pytest.mark.usefixtures("orphanage")
    def test_without_a_type_are_an_error_that_names_item_class_and_remedy(self) -> None:
        with override_settings(INSTALLED_APPS=[*HOST_APPS, "orphanage"]):
            (error,) = found()

        assert error.level == ERROR
        assert error.id == "plugin_system.E001"
        for part in (
            "orphanage.plugins.Orphan",
            "'tests.host.otp:nothing/orphanage:orphan'",
            "'tests.host.otp:nothing'",
            "known types: 'tests.host.otp:otp'",
            "Mend type_name and manager_name",
        ):
            assert part in error.msg
        assert error.hint == "The other plugins serve; this one does not, until it is mended."

    def test_that_came_before_a_type_they_do_not_implement_are_an_error(self, packages: Path) -> None:
        write_package(packages, "orphanage", plugins=ORPHAN.format(type_name="otp"))
        plugin_registry.remove_type(plugin_registry.types()[0].key)

        with override_settings(INSTALLED_APPS=["orphanage", *HOST_APPS]):
            (error,) = found()

        assert error.id == "plugin_system.E001"
        assert "Orphan'> does not implement" in error.msg

    @pytest.mark.parametrize("module", ["apps.nowhere", "tests.host", "tests.host.otp_sm"])
    def test_of_a_module_that_no_app_contains_are_a_warning(self, module: str) -> None:
        interface = register_chain()
        register_plugin_item(item_registration(module=module, plugin_class=new_class(interface)))

        (warning,) = found()

        assert warning.level == WARNING
        assert warning.id == "plugin_system.W001"
        assert f"'tests.host.otp:carrier/{module}:pigeon' has the module {module!r}" in warning.msg
        assert "Use the AppConfig.name of the app" in str(warning.hint)

    @pytest.mark.parametrize("module", ["tests.host.otp_sms", "tests.host.otp_sms.by.air"])
    def test_of_an_app_or_of_a_name_below_one_are_silent(self, module: str) -> None:
        interface = register_chain()
        register_plugin_item(item_registration(module=module, plugin_class=new_class(interface)))

        assert found() == []

    @pytest.mark.parametrize("manager", ["apps.nowhere", "tests.host"])
    def test_of_a_type_whose_manager_is_no_app_are_a_warning(self, manager: str) -> None:
        register_plugin_type(type_registration(manager=manager, interface=new_interface()))

        (warning,) = found()

        assert warning.level == WARNING
        assert warning.id == "plugin_system.W002"
        assert f"Plugin type '{manager}:carrier' has the manager {manager!r}, which is no installed app" in warning.msg
        assert "Use the AppConfig.name of the app" in str(warning.hint)

    @pytest.mark.parametrize("owner", ["pigeons", "pigeons.loft", "pigeon"])
    def test_of_the_package_of_an_entry_point_are_silent(self, packages: Path, owner: str) -> None:
        write_package(packages, "pigeons", provider="")
        install_distribution(packages, "pigeons", pigeon="pigeons.provider:register")
        interface = new_interface()
        register_plugin_type(type_registration(manager=owner, interface=interface))
        register_plugin_item(item_registration(manager_name=owner, module=owner, plugin_class=new_class(interface)))
        is_its_own = owner.startswith("pigeons")

        with override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True):
            allowed = [each.id for each in found() if each.id != "plugin_system.E008"]

        assert allowed == [] if is_its_own else allowed == ["plugin_system.W001", "plugin_system.W002"]
        assert [each.id for each in found()] == ["plugin_system.W001", "plugin_system.W002"]

    def test_of_an_entry_point_that_raises_are_an_error_that_names_it(self, packages: Path) -> None:
        write_package(packages, "owls", provider="1 / 0")
        install_distribution(packages, "owls", owl="owls.provider")

        with override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True):
            discover()
            (error,) = found()

        assert error.level == ERROR
        assert error.id == "plugin_system.E008"
        assert error.msg == (
            "The entry point 'owl = owls.provider' of the distribution 'owls' raised ZeroDivisionError. "
            "The log has the traceback; mend the distribution, or uninstall it."
        )
        assert error.hint == "The other plugins serve, and so do those that it had registered until then."

    def test_that_are_refused_at_once_leave_no_error_behind(self) -> None:
        with pytest.raises(RegistrationError):
            register_plugin_type(type_registration(interface=object))
        with pytest.raises(RegistrationError):
            register_plugin_item(item_registration(plugin_class=Carrier))

        assert found() == []
