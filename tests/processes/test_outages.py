"""The database goes away: what was known last serves. It comes back: the process follows."""

import sqlite3
from time import monotonic
from typing import Any

import pytest

from tests.processes.acts import operating, outages, resolving
from tests.processes.conftest import Start
from tests.processes.databases import KIND, Database
from tests.processes.proxy import Proxy
from tests.processes.rig import until

MAX_STALENESS = 0.3
LONGEST_BACK_OFF = 2.0


class Outage:
    """A database that a test can take away from one process, and give back."""

    def __init__(self, database: Any) -> None:
        self.database = database
        # What the process that loses the database, and everybody else, need beside the settings of DATABASES.
        self.server: dict[str, Any] = {}
        self.others: dict[str, Any] = {}


class CutNetwork(Outage):
    """Others still reach the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.network = Proxy(database.settings()["default"])
        self.server = {"PORT": str(self.network.port)}

    def begin(self) -> None:
        self.network.cut()

    def end(self) -> None:
        self.network.mend()


class ClosedDatabase(Outage):
    def begin(self) -> None:
        self.database.refuse_connections()

    def end(self) -> None:
        self.database.allow_connections()


class MissingFile(Outage):
    def begin(self) -> None:
        self.away = self.database.path.parent.rename(self.database.path.parent.with_name("away"))

    def end(self) -> None:
        self.away.rename(self.database.path.parent)


class LockedFile(Outage):
    def __init__(self, database: Any) -> None:
        super().__init__(database)
        database.use_rollback_journal()
        self.others = {"OPTIONS": {"init_command": None}}
        self.server = {"OPTIONS": {"init_command": None, "timeout": 0.1}}

    def begin(self) -> None:
        self.locking = sqlite3.connect(self.database.name, isolation_level=None)
        self.locking.execute("BEGIN EXCLUSIVE")

    def end(self) -> None:
        self.locking.close()


OUTAGES: dict[str, list[Any]] = {
    "sqlite": [MissingFile, LockedFile],
    "postgresql": [CutNetwork, ClosedDatabase],
    "mariadb": [CutNetwork],
}
every_outage = pytest.mark.parametrize("kind", OUTAGES[KIND])


class TestOutage:
    @every_outage
    def test_lets_the_last_known_serve_and_then_follow(self, kind: Any, database: Database, start: Start) -> None:
        outage = kind(database)
        follower = start(server=outage.server, PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS)
        operator = start(server=outage.others)
        serving = follower.begin(outages.serve_requests, until="secondary")
        assert serving.wait_for("serving") == "primary"
        began = monotonic()
        outage.begin()
        serving.wait_for("outage")
        if kind is CutNetwork:
            operator.call(operating.set_status, name="primary", status="disable")
        until(lambda: monotonic() > began + 1.0, "The end of the outage")
        outage.end()
        ended = monotonic()
        if kind is not CutNetwork:
            ended = operator.call(operating.set_status, name="primary", status="disable")
        seen = serving.result()
        assert seen["names"] == ["primary"]
        assert seen["oldest"] > 0.9
        assert seen["slowest"] < 0.5
        assert seen["logged"] == ["WARNING", "INFO"]
        assert seen["at"] - ended < LONGEST_BACK_OFF + MAX_STALENESS + 0.2

    @every_outage
    def test_is_bounded_if_the_host_says_so(self, kind: Any, database: Database, start: Start) -> None:
        outage = kind(database)
        bound = 0.7
        follower = start(
            server=outage.server, PLUGIN_SYSTEM_MAX_STALENESS=0.2, PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR=bound
        )
        serving = follower.begin(outages.serve_until_too_old)
        assert serving.wait_for("serving") == "primary"
        outage.begin()
        seen = serving.result()
        assert seen["served_at"] > bound - 0.2
        assert bound < seen["refused_at"] < bound + 0.5
        assert "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR allows 0.7 s" in seen["error"]
        outage.end()
        assert follower.call(outages.serve_again) == "primary"

    @every_outage
    def test_at_the_start_is_an_error(self, kind: Any, database: Database, start: Start) -> None:
        outage = kind(database)
        follower = start(server=outage.server)
        follower.wait_until_started()
        outage.begin()
        assert follower.call(outages.start_without_a_database) == "OperationalError"
        outage.end()
        assert follower.call(resolving.serving) == "primary"


class TestIdleProcess:
    @pytest.mark.skipif(KIND == "sqlite", reason="There is no server.")
    def test_whose_connection_the_server_has_ended_follows_all_the_same(self, database: Any, start: Start) -> None:
        follower, operator = start(PLUGIN_SYSTEM_MAX_STALENESS=0.1), start()
        resting = follower.begin(outages.rest)
        assert resting.wait_for("resting") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        database.end_connections()
        until(lambda: monotonic() > committed + 0.1, "The bound")
        assert resting.proceed().result() == {"serving": "secondary", "logged": []}
