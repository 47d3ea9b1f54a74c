"""The operator at 3 a.m., on the command line, while another process sends codes all the while."""

import json
from itertools import pairwise
from time import monotonic, sleep
from typing import Any, NamedTuple

import pytest

from tests.elsewhere import CORE, run_command
from tests.factories import OTP, PRIMARY, SECONDARY, SPARE
from tests.processes.acts import sending
from tests.processes.databases import Database
from tests.processes.rig import Worker

MAX_STALENESS = 1.0
FOR_EVER = float("inf")


class Turn(NamedTuple):
    """A command that switches, and the provider that serves from then on."""

    began: float
    ended: float
    provider: str


class Shell:
    """The operator's shell: each command is a process of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.turns: list[Turn] = []

    def run(self, *arguments: str, exit_code: int = 0) -> str:
        """Run ``pluginctl`` and return what it prints."""
        done = run_command("pluginctl", *arguments, **CORE, DATABASES=self._database.settings())
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, *arguments: str) -> Any:
        """Run ``pluginctl`` and return its answer."""
        return json.loads(self.run(*arguments, "--json"))

    def switch_to(self, provider: str, *arguments: str) -> Any:
        """Run what lets another provider serve, and give everybody the time to have followed."""
        began = monotonic()
        answer = self.read(*arguments, "--reason", "INC-12", "--actor", "ops")
        self.turns.append(Turn(began, monotonic(), provider))
        sleep(MAX_STALENESS + 0.5)
        return answer

    def astray(self, sent: list[tuple[float, str]]) -> list[tuple[float, str]]:
        """Return what was sent otherwise than the last command had said MAX_STALENESS before, or longer."""
        turns = pairwise([*self.turns, Turn(FOR_EVER, FOR_EVER, "")])
        return [
            (started, provider)
            for turn, following in turns
            for started, provider in sent
            if turn.ended + MAX_STALENESS < started < following.began and provider != turn.provider
        ]


@pytest.fixture
def shell(database: Database) -> Shell:
    return Shell(database)


class TestTheOperatorAt3Am:
    def test_sees_why_switches_previews_and_undoes_while_every_code_goes_its_way(
        self, follower: Worker, shell: Shell
    ) -> None:
        follower.call(sending.start_sending)

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

        report = follower.call(sending.stop_sending)
        sent = [(started, provider) for started, provider in report["sent"]]
        assert report["failures"] == []
        assert shell.astray(sent) == []
        assert _in_order(sent) == ["primary", "secondary", "spare", "secondary", "primary"]
        assert len(sent) > 1000


def _in_order(sent: list[tuple[float, str]]) -> list[str]:
    """Return the providers in the order in which they came to serve."""
    names = ["", *(provider for _, provider in sent)]
    return [name for before, name in pairwise(names) if name != before]
