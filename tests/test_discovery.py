import json
from pathlib import Path

import pytest

from tests.elsewhere import output_of, run_script, sqlite_files, with_apps, write_package
from tests.factories import MANAGER

REGISTERS = """
from plugin_system.register import plugin_item
from tests.host.otp.interfaces import AbstractOTP


@plugin_item(AbstractOTP, name="{name}", module="{module}", priority=1)
class Provider(AbstractOTP):
    def send_otp(self, number, code):
        return "{name}"
"""
LISTS = """
from plugin_system.registry import plugin_registry
print(*(str(each.key).partition("/")[2] for each in plugin_registry.items()))
"""
HOST_ITEMS = ["tests.host.otp_sms:primary", "tests.host.otp_sms:secondary", "tests.host.otp_sms.spare:spare"]


def registers(name: str, module: str) -> str:
    """Return the source of a module that registers one item."""
    return REGISTERS.format(name=name, module=module)


def install_distribution(folder: Path, name: str, **entry_points: str) -> None:
    """Put a distribution on the folder as an installer does: its metadata beside its packages."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{entry} = {target}" for entry, target in entry_points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[plugin_system]", *lines, ""]))


class TestPluginsModule:
    def test_of_an_app_is_found(self, tmp_path: Path) -> None:
        write_package(tmp_path, "courier", plugins=registers("bike", "courier"))

        assert output_of(run_script(LISTS, folder=tmp_path, INSTALLED_APPS=with_apps("courier"))).split() == [
            "courier:bike",
            *HOST_ITEMS,
        ]

    def test_is_found_where_the_app_comes_before_the_one_that_owns_the_type(self, tmp_path: Path) -> None:
        write_package(tmp_path, "courier", plugins=registers("bike", "courier"))
        apps = ["courier", *with_apps()]

        assert "courier:bike" in output_of(run_script(LISTS, folder=tmp_path, INSTALLED_APPS=apps))

    def test_may_be_missing(self, tmp_path: Path) -> None:
        write_package(tmp_path, "courier")

        done = run_script(LISTS, folder=tmp_path, INSTALLED_APPS=with_apps("courier"))

        assert output_of(done).split() == HOST_ITEMS

    @pytest.mark.parametrize(
        ("source", "error"),
        [
            ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
            ("1 / 0", "ZeroDivisionError: division by zero"),
            (registers("bi:ke", "courier"), "InvalidNameError: name 'bi:ke' has a colon"),
        ],
    )
    def test_stops_the_process_where_it_is_broken(self, tmp_path: Path, source: str, error: str) -> None:
        write_package(tmp_path, "courier", plugins=source)

        done = run_script(LISTS, folder=tmp_path, INSTALLED_APPS=with_apps("courier"))

        assert done.returncode == 1
        assert error in done.stderr
        assert str(tmp_path / "courier" / "plugins.py") in done.stderr


class TestEntryPoints:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Where two distributions are installed that are no Django apps."""
        write_package(tmp_path, "pigeons", provider=registers("pigeon", f"{MANAGER}.pigeons"))
        write_package(tmp_path, "ravens", provider=f"def register():\n    import ravens.late\n{LISTS}")
        (tmp_path / "ravens" / "late.py").write_text(registers("raven", f"{MANAGER}.ravens"))
        install_distribution(tmp_path, "pigeons", zz_module="pigeons.provider")
        install_distribution(tmp_path, "ravens", aa_function="ravens.provider:register")
        return tmp_path

    def test_are_left_alone_by_default(self, folder: Path) -> None:
        assert output_of(run_script(LISTS, folder=folder)).split() == HOST_ITEMS

    def test_are_modules_or_functions_that_register(self, folder: Path) -> None:
        (folder / "ravens" / "provider.py").write_text("def register():\n    import ravens.late\n")

        done = run_script(LISTS, folder=folder, PLUGIN_SYSTEM_ENTRY_POINTS=True)

        assert output_of(done).split() == [f"{MANAGER}.pigeons:pigeon", f"{MANAGER}.ravens:raven", *HOST_ITEMS]

    def test_stop_the_process_where_they_are_broken(self, tmp_path: Path) -> None:
        install_distribution(tmp_path, "owls", owl="owls.provider")

        done = run_script(LISTS, folder=tmp_path, PLUGIN_SYSTEM_ENTRY_POINTS=True)

        assert done.returncode == 1
        assert "ModuleNotFoundError: No module named 'owls'" in done.stderr


class TestStart:
    def test_asks_no_database(self, tmp_path: Path) -> None:
        databases = sqlite_files(tmp_path / "no such folder", "default")

        done = run_script(LISTS, DATABASES=databases)

        assert output_of(done).split() == HOST_ITEMS

    def test_imports_each_module_once(self, tmp_path: Path) -> None:
        write_package(tmp_path, "courier", plugins=f"print('imported')\n{registers('bike', 'courier')}")

        done = run_script("import json; print(json.dumps('up'))", folder=tmp_path, INSTALLED_APPS=with_apps("courier"))

        assert output_of(done).split() == ["imported", json.dumps("up")]
