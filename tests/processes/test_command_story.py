"""The operator at 3 a.m., on the command line, while another process sends codes all the while."""

import json
from functools import partial
from typing import Any

import pytest

from tests.elsewhere import CORE, run_command
from tests.factories import OTP, PRIMARY, SECONDARY, SPARE
from tests.processes.databases import Database
from tests.processes.rig import Worker
from tests.processes.turns import Turns, every_code_arrives


class Shell:
    """The operator's shell: each command is a process of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.turns = Turns()

    def run(self, *arguments: str, exit_code: int = 0) -> str:
        """Run ``pluginctl`` and return what it prints."""
        done = run_command("pluginctl", *arguments, **CORE, DATABASES=self._database.settings())
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, *arguments: str) -> Any:
        """Run ``pluginctl`` and return its answer."""
        return json.loads(self.run(*arguments, "--json"))

    def switch_to(self, provider: str, *arguments: str) -> Any:
        """Run what lets another provider serve."""
        act = partial(self.read, *arguments, "--reason", "INC-12", "--actor", "ops")
        return self.turns.switch_to(provider, act)


@pytest.fixture
def shell(database: Database) -> Shell:
    return Shell(database)


class TestTheOperatorAt3Am:
    def test_sees_why_switches_previews_and_undoes_while_every_code_goes_its_way(
        self, follower: Worker, shell: Shell
    ) -> None:
        with every_code_arrives(follower, shell.turns, "primary", "secondary", "spare", "secondary", "primary"):
            # What serves, and why? What if it did not?
            assert shell.read("status")["healthy"]
            assert "tests.host.otp_sms:primary serves (active)" in shell.run("explain", "otp")
            preview = shell.read("disable", "tests.host.otp_sms:primary", "--dry-run")
            assert preview["resolves"] == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]

            # Its provider is down: switch. The next one is slow: bring the reserve in.
            disabled = shell.switch_to("secondary", "disable", "tests.host.otp_sms:primary")
            assert disabled["resolves"] == preview["resolves"]
            promoted = shell.switch_to("spare", "promote", "tests.host.otp_sms.spare:spare")
            assert "Disabled by ops" in shell.run("explain", "otp")

            # One too many: refused, and nothing happens.
            assert str(OTP) in shell.run("disable", str(SECONDARY), str(SPARE), exit_code=3)

            # All is well again: undo, the newest first.
            shell.switch_to("secondary", "revert", str(promoted["revision"]))
            shell.switch_to("primary", "revert", str(disabled["revision"]))
            history = shell.read("history", "--channel", "command")["results"]
            assert [(each["actor"], each["reason"]) for each in history] == [("ops", "INC-12")] * 4
