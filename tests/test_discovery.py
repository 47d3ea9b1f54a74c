from pathlib import Path

import pytest
from django.test import override_settings

from plugin_system.discovery import discover
from plugin_system.exceptions import InvalidNameError
from plugin_system.registry import plugin_registry
from tests.elsewhere import CORE, HOST_APPS, output_of, run_script, sqlite_files, write_package
from tests.factories import MANAGER, OTP

REGISTERS = """
from plugin_system.register import plugin_item
from tests.host.otp.interfaces import AbstractOTP


@plugin_item(AbstractOTP, name="{name}", module="{module}", priority=1)
class Provider(AbstractOTP):
    def send_otp(self, number, code):
        return "{name}"
"""
HOST_ITEMS = {"primary", "secondary", "spare"}

pytestmark = pytest.mark.usefixtures("registry")


def registers(name: str, module: str = MANAGER) -> str:
    """Return the source of a module that registers one item."""
    return REGISTERS.format(name=name, module=module)


def registered() -> set[str]:
    """Return the names of the items of the host project's type."""
    return {key.name for key in plugin_registry.items_of(OTP)}


def install_distribution(folder: Path, name: str, **entry_points: str) -> None:
    """Put a distribution on the folder as an installer does: its metadata beside its packages."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{entry} = {target}" for entry, target in entry_points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[plugin_system]", *lines, ""]))


class TestPluginsModule:
    def test_of_an_app_is_found(self, packages: Path) -> None:
        write_package(packages, "courier", plugins=registers("bike", "courier"))

        with override_settings(INSTALLED_APPS=[*HOST_APPS, "courier"]):
            assert registered() == {"bike", *HOST_ITEMS}

    def test_is_found_where_the_app_comes_before_the_one_that_owns_the_type(self, packages: Path) -> None:
        write_package(packages, "courier", plugins=registers("bike", "courier"))
        plugin_registry.remove_type(OTP)

        with override_settings(INSTALLED_APPS=["courier", *HOST_APPS]):
            assert registered() == {"bike"}

    def test_may_be_missing(self, packages: Path) -> None:
        write_package(packages, "courier")

        with override_settings(INSTALLED_APPS=[*HOST_APPS, "courier"]):
            assert registered() == HOST_ITEMS

    @pytest.mark.parametrize(
        ("source", "error", "message"),
        [
            ("import no_such_module", ModuleNotFoundError, "No module named 'no_such_module'"),
            ("1 / 0", ZeroDivisionError, "division by zero"),
            (registers("bi:ke"), InvalidNameError, "name 'bi:ke' has a colon"),
        ],
    )
    def test_stops_the_process_where_it_is_broken(
        self, packages: Path, source: str, error: type[Exception], message: str
    ) -> None:
        write_package(packages, "courier", plugins=source)

        with pytest.raises(error, match=message), override_settings(INSTALLED_APPS=[*HOST_APPS, "courier"]):
            pass

        assert registered() == HOST_ITEMS


class TestEntryPoints:
    @pytest.fixture
    def distributions(self, packages: Path) -> Path:
        """Two of them, neither a Django app: one names a module, the other a function."""
        write_package(packages, "pigeons", provider=registers("pigeon"))
        install_distribution(packages, "pigeons", pigeon="pigeons.provider")
        function = "def register():\n    from ravens import late"
        write_package(packages, "ravens", provider=function, late=registers("raven"))
        install_distribution(packages, "ravens", raven="ravens.provider:register")
        return packages

    @pytest.mark.usefixtures("distributions")
    def test_are_left_alone_by_default(self) -> None:
        discover()

        assert registered() == HOST_ITEMS

    @pytest.mark.usefixtures("distributions")
    @override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True)
    def test_name_modules_and_functions_that_register(self) -> None:
        discover()

        assert registered() == {"pigeon", "raven", *HOST_ITEMS}

    @override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True)
    def test_of_other_groups_are_left_alone(self, packages: Path) -> None:
        install_distribution(packages, "owls", owl="owls.provider")
        listed = packages / "owls-1.0.dist-info" / "entry_points.txt"
        listed.write_text(listed.read_text().replace("[plugin_system]", "[console_scripts]"))

        discover()

    @pytest.mark.parametrize(
        ("source", "error"),
        [
            ("import no_such_module", "ModuleNotFoundError"),
            (f"{registers('snowy')}\nraise ValueError('password=hush')", "ValueError"),
            (registers("snow:y"), "InvalidNameError"),
        ],
    )
    @pytest.mark.usefixtures("distributions")
    @override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True)
    def test_that_raise_are_named_with_their_distribution_and_do_not_stop_the_others(
        self, packages: Path, caplog: pytest.LogCaptureFixture, source: str, error: str
    ) -> None:
        write_package(packages, "owls", provider=source)
        install_distribution(packages, "night-birds", owl="owls.provider")

        discover()

        assert {"pigeon", "raven", *HOST_ITEMS} <= registered()
        (problem,) = plugin_registry.problems
        assert problem.code == "entry_point_failed"
        expected = f"The entry point 'owl = owls.provider' of the distribution 'night-birds' raised {error}. "
        assert str(problem).startswith(expected)
        assert "hush" not in str(problem)
        (record,) = (each for each in caplog.records if each.name == "plugin_system.discovery")
        assert record.levelname == "ERROR"
        assert record.exc_info is not None

    @override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True)
    def test_that_are_refused_say_why(self, packages: Path) -> None:
        write_package(packages, "owls", provider=registers("ow:l"))
        install_distribution(packages, "owls", owl="owls.provider")

        discover()

        (problem,) = plugin_registry.problems
        assert "name 'ow:l' has a colon" in str(problem)

    @override_settings(PLUGIN_SYSTEM_ENTRY_POINTS=True)
    def test_that_call_for_the_end_of_the_process_get_it(self, packages: Path) -> None:
        write_package(packages, "owls", provider="raise SystemExit(3)")
        install_distribution(packages, "owls", owl="owls.provider")

        with pytest.raises(SystemExit):
            discover()


class TestStart:
    """Of a real process."""

    LISTS = """
from plugin_system.registry import plugin_registry
print(*(each.key.name for each in plugin_registry.items()))
"""

    def test_finds_everything_and_asks_no_database(self, packages: Path) -> None:
        write_package(packages, "courier", plugins=f"print('imported')\n{registers('bike', 'courier')}")
        write_package(packages, "pigeons", provider=registers("pigeon"))
        install_distribution(packages, "pigeons", pigeon="pigeons.provider")

        done = run_script(
            self.LISTS,
            folder=packages,
            INSTALLED_APPS=["courier", *CORE["INSTALLED_APPS"]],
            DATABASES=sqlite_files(packages / "no such folder", "default"),
            PLUGIN_SYSTEM_ENTRY_POINTS=True,
        )

        assert output_of(done).split() == ["imported", "bike", "pigeon", "primary", "secondary", "spare"]

    def test_goes_on_without_an_entry_point_that_raises_and_says_so_in_log_check_and_status(
        self, packages: Path
    ) -> None:
        write_package(packages, "owls", provider="1 / 0")
        install_distribution(packages, "owls", owl="owls.provider")
        write_package(packages, "pigeons", provider=registers("pigeon"))
        install_distribution(packages, "pigeons", pigeon="pigeons.provider")

        done = run_script(
            f"{self.LISTS}\nfrom django.core.checks import run_checks\nprint(*(each.id for each in run_checks()))",
            folder=packages,
            DATABASES=sqlite_files(packages, "default"),
            PLUGIN_SYSTEM_ENTRY_POINTS=True,
        )

        assert output_of(done).split() == ["pigeon", "primary", "secondary", "spare", "plugin_system.E008"]
        assert "ZeroDivisionError: division by zero" in done.stderr
        assert "'owl = owls.provider' of the distribution 'owls'" in done.stderr
