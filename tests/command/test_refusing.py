"""What a refused or failed command says to machines."""

from pathlib import Path
from typing import Any

import pytest

from tests.command.running import PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME, Done, ctl, run, run_into
from tests.elsewhere import CORE, run_command, sqlite_files

pytestmark = pytest.mark.django_db


class TestJson:
    @pytest.mark.parametrize(
        ("words", "exit_code", "code"),
        [
            (["disable", "primry"], 4, "unknown_items"),
            (["explain", "opt"], 4, "unknown_plugin_type"),
            (["revert", "4711"], 4, "unknown_revision"),
            (["disable", PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME], 3, "nothing_usable"),
            (["disable", PRIMARY_NAME, "--reason", "x" * 501], 2, "invalid_value"),
            (["priority", PRIMARY_NAME, "high"], 2, "invalid_value"),
            (["history", "--since", "4711"], 3, "history_gone"),
        ],
        ids=lambda value: value[0] if isinstance(value, list) else None,
    )
    def test_has_the_code_of_the_error_and_what_people_read(self, words: list[str], exit_code: int, code: str) -> None:
        done = ctl(*words, "--json")

        assert done.exit_code == exit_code
        assert done.document == {"error": {"code": code, "detail": done.error}}
        assert ctl(*words).out == ""

    def test_has_it_for_a_sync_too(self) -> None:
        done = run("pluginsync", "--json", "--reason", "x" * 501)

        assert done.document["error"]["code"] == "invalid_value"
        assert done.exit_code == 2

    @pytest.mark.parametrize(("words", "exit_code"), [(["pluginctl", "status"], 1), (["pluginsync"], 5)], ids=str)
    def test_has_it_for_a_database_that_fails(self, words: list[str], exit_code: int, tmp_path: Path) -> None:
        done = run_command(*words, "--json", **{**CORE, "DATABASES": sqlite_files(tmp_path / "no", "default")})

        assert done.returncode == exit_code
        error = Done(0, done.stdout).document["error"]
        assert error["code"] == "database_failed"
        assert done.stderr == f"CommandError: {error['detail']}\n"

    def test_that_cannot_be_written_leaves_the_refusal(self, full: int, project: dict[str, Any]) -> None:
        done = run_into(full, "pluginctl", "revert", "4711", "--json", **project)

        assert done.exit_code == 4
        assert done.error.startswith("CommandError: The history has no revision 4711")
