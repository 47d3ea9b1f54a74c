"""What happens to an act whose answer nobody can read."""

import os
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from plugin_system.models import Revision
from tests.command.running import PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME, Done, run_into
from tests.elsewhere import run_command
from tests.factories import counter_pair

pytestmark = pytest.mark.processes


@pytest.fixture
def closed() -> Iterator[int]:
    """The writing end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def newest(project: dict[str, Any]) -> dict[str, Any]:
    """Return the newest entry of the history."""
    history = run_command("pluginctl", "history", "--limit", "1", "--json", **project)
    entry: dict[str, Any] = Done(0, history.stdout).document["results"][0]
    return entry


class TestAStreamThatNobodyReads:
    def test_does_not_fail_what_is_done(self, closed: int, project: dict[str, Any]) -> None:
        done = run_into(closed, "pluginctl", "reserve", SECONDARY_NAME, "--reason", "Nobody reads", **project)

        assert (done.exit_code, done.error) == (0, "")
        assert newest(project)["reason"] == "Nobody reads"

    @pytest.mark.parametrize(
        "words",
        [["pluginctl", "list"], ["pluginctl", "history", "--json"], ["pluginsync"], ["pluginsync", "--json"]],
        ids=" ".join,
    )
    def test_is_no_error(self, words: list[str], closed: int, project: dict[str, Any]) -> None:
        done = run_into(closed, *words, **project)

        assert (done.exit_code, done.error) == (0, "")

    def test_leaves_the_exit_codes(self, closed: int, project: dict[str, Any]) -> None:
        everything = [PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME]

        for expected, *words in (
            (3, "pluginctl", "disable", *everything),
            (0, "pluginctl", "disable", *everything, "--force"),
            (1, "pluginctl", "status"),
            (0, "pluginctl", "enable", PRIMARY_NAME, SECONDARY_NAME),
        ):
            assert run_into(closed, *words, **project).exit_code == expected

    def test_leaves_that_of_a_check(self, closed: int, project: dict[str, Any]) -> None:
        run_command("pluginctl", "priority", PRIMARY_NAME, "77", **project)

        done = run_into(closed, "pluginsync", "--check", "--mode", "update", **project)

        assert (done.exit_code, done.error) == (1, "")
        run_command("pluginsync", "--mode", "update", **project)

    def test_may_be_closed_from_the_start(self, project: dict[str, Any]) -> None:
        shell = ["sh", "-c", 'exec "$@" >&-', "sh"]

        done = run_into(2, "pluginctl", "reserve", SPARE_NAME, "--reason", "No stream", through=shell, **project)

        assert (done.exit_code, done.error) == (0, "")


class TestAStreamOfFewCharacters:
    def test_gets_the_others_written_out(self, project: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
        run_command("pluginctl", "priority", SPARE_NAME, "5", "--reason", "Größer", **project)

        done = run_command("pluginctl", "history", "--limit", "1", **project)

        assert (done.returncode, done.stderr) == (0, "")
        assert "Gr\\xf6\\xdfer" in done.stdout


class TestAStreamThatFails:
    def test_is_told_apart_from_the_act(self, full: int, project: dict[str, Any]) -> None:
        done = run_into(full, "pluginctl", "reserve", PRIMARY_NAME, "--reason", "No space", **project)

        entry = newest(project)
        assert entry["reason"] == "No space"
        assert done.exit_code == 1
        assert done.error == (
            f"CommandError: It was done as revision {entry['revision']}, but the answer could not be written: "
            "No space left on device.\n"
        )
        run_command("pluginctl", "enable", PRIMARY_NAME, **project)

    def test_is_told_where_nothing_was_done(self, full: int, project: dict[str, Any]) -> None:
        said = "CommandError: The answer could not be written: No space left on device.\n"

        looked = run_into(full, "pluginctl", "list", **project)
        synced = run_into(full, "pluginsync", "--dry-run", **project)

        assert (looked.exit_code, looked.error) == (1, said)
        assert (synced.exit_code, synced.error) == (5, said)


class _Broken(StringIO):
    """A stream of a caller's own."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str, /) -> int:
        raise self.error


@pytest.mark.django_db
class TestAStreamOfACaller:
    def test_that_nobody_reads_is_no_error_and_not_that_of_the_process(self) -> None:
        before = os.fstat(1)

        call_command("pluginctl", "disable", PRIMARY_NAME, stdout=_Broken(BrokenPipeError()))

        assert Revision.objects.latest("number").number == counter_pair()[0]
        assert os.path.samestat(before, os.fstat(1))
        assert not sys.stdout.closed

    def test_that_fails_is_told(self) -> None:
        with pytest.raises(CommandError, match=r"^It was done as revision .*: gone\.$") as caught:
            call_command("pluginctl", "disable", PRIMARY_NAME, stdout=_Broken(OSError("gone")))

        assert caught.value.returncode == 1
