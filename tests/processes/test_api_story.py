"""The operator at 3 a.m., over the REST API, while another process sends codes all the while."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.api.serving import Answer, Site, serving
from tests.factories import OTP, PRIMARY, SECONDARY, SPARE
from tests.processes.databases import Database
from tests.processes.rig import Worker
from tests.processes.turns import Turns, every_code_arrives


class Console:
    """The operator's HTTP client."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.turns = Turns()

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> Answer:
        """Send a request, and return the answer, which must have this status."""
        answer = self._site.send(method, path, body, **headers)
        assert answer.status == status, (method, path, answer.status, answer.content)
        return answer

    def switch_to(self, provider: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send what lets another provider serve."""
        body = {"reason": "INC-12", **(body or {})}
        answer: Answer = self.turns.switch_to(provider, partial(self.ask, method, path, body, **headers))
        return answer


@pytest.fixture
def console(database: Database) -> Iterator[Console]:
    with serving(DATABASES=database.settings()) as site:
        yield Console(site)


def path_of(key: Any) -> str:
    return f"plugin-items/{str(key).replace('/', '%2F')}/"


class TestTheOperatorAt3Am:
    def test_sees_why_switches_previews_and_undoes_while_every_code_goes_its_way(
        self, follower: Worker, console: Console
    ) -> None:
        with every_code_arrives(follower, console.turns, "primary", "secondary", "spare", "secondary", "primary"):
            # What serves, and why? What if it did not?
            status = console.ask("GET", "status/").body
            assert (status["healthy"], status["plugin_types"][0]["selected"]) == (True, str(PRIMARY))
            chain = console.ask("GET", f"plugin-types/{OTP}/resolve-active/")
            assert chain.body["candidates"][0]["explanation"] == "Serves: first of the active items with priority 10."
            preview = console.ask("PATCH", path_of(PRIMARY), {"status": "disable", "dry_run": True}).body
            assert preview["resolves"] == [{"plugin_type": str(OTP), "before": str(PRIMARY), "after": str(SECONDARY)}]

            # Its provider is down: switch. Somebody else was about to do something with it: no more.
            seen = console.ask("GET", path_of(PRIMARY)).tag
            disable = {"status": "disable"}
            disabled = console.switch_to("secondary", "PATCH", path_of(PRIMARY), disable, If_Match=seen).body
            assert disabled["resolves"] == preview["resolves"]
            console.ask("PATCH", path_of(PRIMARY), {"priority": 1}, If_Match=seen, status=412)

            # The next one is slow: bring the reserve in.
            promoted = console.switch_to("spare", "POST", f"{path_of(SPARE)}promote/").body
            again = console.ask("GET", f"plugin-types/{OTP}/resolve-active/", If_None_Match=chain.tag).body
            (why,) = [each["explanation"] for each in again["candidates"] if each["item"]["name"] == "primary"]
            assert why.startswith("Disabled by anna on ")
            assert why.endswith(": INC-12.")

            # One too many: refused, and nothing happens.
            rest = {"select": {"plugin_type": str(OTP)}, "status": "disable", "expected_count": 3}
            refused = console.ask("POST", "plugin-items/bulk-status/", rest, status=409).body
            assert (refused["code"], str(OTP) in refused["detail"]) == ("nothing_usable", True)

            # All is well again: undo, the newest first.
            since = disabled["revision"] - 1
            back = console.ask("POST", f"changes/{disabled['revision']}/revert/", {"dry_run": True}).body
            assert back["items"][0]["after"] == {"status": "active"}
            console.switch_to("secondary", "POST", f"changes/{promoted['revision']}/revert/")
            console.switch_to("primary", "POST", f"changes/{disabled['revision']}/revert/")
            entries = console.ask("GET", f"changes/?since={since}&channel=api").body["results"]
            assert [(each["actor"], each["reason"]) for each in entries] == [("anna", "INC-12")] * 4
            assert console.ask("GET", "status/").body["plugin_types"][0]["selected"] == str(PRIMARY)
