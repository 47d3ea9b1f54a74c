"""An open transaction may show the past: resolving in it shows the present, and leaves it as it was."""

from typing import Any

import pytest

from tests.processes.acts import operating, resolving, transactions
from tests.processes.conftest import Start
from tests.processes.databases import KIND, REPEATABLE_READ, SERIALIZABLE, Database
from tests.processes.rig import Worker, until

MAX_STALENESS = 0.5
SHOWING_THE_PAST: dict[str, list[dict[str, Any]]] = {
    "sqlite": [{"server": {"OPTIONS": {"transaction_mode": "DEFERRED"}}}],
    "postgresql": [{"isolation": REPEATABLE_READ}, {"isolation": SERIALIZABLE}],
    "mariadb": [{"isolation": REPEATABLE_READ}],
}
SHOWING_THE_PRESENT: dict[str, list[dict[str, Any]]] = {
    "sqlite": [],
    "postgresql": [{"isolation": "read committed"}, {"isolation": "read uncommitted"}],
    "mariadb": [{"isolation": "read committed"}],
}
in_the_past = pytest.mark.parametrize("settings", SHOWING_THE_PAST[KIND], ids=str)
in_the_present = pytest.mark.parametrize("settings", SHOWING_THE_PRESENT[KIND], ids=str)
on_a_server = pytest.mark.skipif(KIND == "sqlite", reason="There is no server.")
on_postgresql = pytest.mark.skipif(KIND != "postgresql", reason="Only PostgreSQL does so.")
on_mariadb = pytest.mark.skipif(KIND != "mariadb", reason="Only it lets a transaction that shows the past write.")
on_sqlite = pytest.mark.skipif(KIND != "sqlite", reason="Only SQLite does so.")


class TestHostsOwnLocks:
    def test_never_deadlock_with_operators(self, start: Start) -> None:
        rounds = 60
        host, operator = start(), start()
        hosts = host.begin(operating.edit_by_orm, rounds=rounds)
        operators = operator.begin(operating.edit_by_service, rounds=rounds)
        assert (hosts.result(), operators.result()) == (rounds, rounds)


class TestLongTransaction:
    @in_the_past
    def test_that_shows_the_past_follows_within_the_bound(
        self, settings: dict[str, Any], start: Start, operator: Worker
    ) -> None:
        seen = self.watch(start(PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS, **settings), operator)
        assert seen["shown"] == ["active", "active"]

    @in_the_present
    def test_that_shows_the_present_follows_within_the_bound(
        self, settings: dict[str, Any], start: Start, operator: Worker
    ) -> None:
        seen = self.watch(start(PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS, **settings), operator)
        assert seen["shown"] == ["active", "disable"]

    def watch(self, follower: Worker, operator: Worker) -> Any:
        watching = follower.begin(transactions.watch_in_transaction, until="secondary")
        assert watching.wait_for("watching") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        seen = watching.result()
        assert seen["last_other"] - committed < MAX_STALENESS
        assert seen["afterwards"] == "secondary"
        return seen

    @in_the_past
    @pytest.mark.parametrize("max_staleness", [0.0, 0.1])
    def test_does_not_take_the_process_back(
        self, max_staleness: float, settings: dict[str, Any], start: Start, operator: Worker
    ) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=max_staleness, **settings)
        looking = follower.begin(transactions.look_from_the_past, until="secondary")
        assert looking.wait_for("open") == "primary"
        operator.call(operating.set_status, name="primary", status="disable")
        assert looking.proceed().result() == {
            "shown": "active",
            "in_transaction": ["secondary"],
            "outside": "secondary",
            "afterwards": "secondary",
        }

    @on_sqlite
    @pytest.mark.parametrize("mode", ["DEFERRED", "IMMEDIATE"])
    def test_on_sqlite_resolves_in_every_mode(self, mode: str, start: Start) -> None:
        follower = start(server={"OPTIONS": {"transaction_mode": mode}}, PLUGIN_SYSTEM_MAX_STALENESS=0)
        assert follower.call(transactions.write_around_a_resolve, owner="host") == {
            "needs_rollback": False,
            "rows": 2,
            "failures": 0,
        }

    @on_sqlite
    @pytest.mark.parametrize("mode", ["DEFERRED", "IMMEDIATE"])
    def test_on_sqlite_resolves_without_write_ahead_log(self, mode: str, database: Database, start: Start) -> None:
        database.use_rollback_journal()  # type: ignore[attr-defined]
        options = {"transaction_mode": mode, "init_command": None}
        follower = start(server={"OPTIONS": options}, PLUGIN_SYSTEM_MAX_STALENESS=0)
        assert follower.call(transactions.write_around_a_resolve, owner="host")["rows"] == 2
        watching = follower.begin(resolving.watch, until="secondary")
        watching.wait_for("watching")
        start(server={"OPTIONS": options}).call(operating.set_status, name="primary", status="disable")
        assert watching.result()["names"] == ["primary"]

    @on_sqlite
    def test_of_a_query_read_bit_by_bit_is_one_too(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS)
        watching = follower.begin(transactions.watch_while_reading, until="secondary", rows=500)
        assert watching.wait_for("watching") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        assert watching.result()["last_other"] - committed < MAX_STALENESS

    @on_mariadb
    @pytest.mark.parametrize("door", [*operating.CODE_DOORS, "object"])
    def test_records_what_it_really_changes(self, door: str, start: Start, operator: Worker) -> None:
        writing = start(isolation=REPEATABLE_READ).begin(transactions.write_what_an_old_transaction_shows, door=door)
        writing.wait_for("open")
        operator.call(operating.set_status, name="primary", status="disable")
        assert writing.proceed().result() == {
            "shown": "active",
            "before": {"status": "disable"},
            "after": {"status": "active"},
            "serving": "primary",
        }

    @on_mariadb
    def test_does_not_describe_over_what_another_has_written(self, start: Start, operator: Worker) -> None:
        describing = start(isolation=REPEATABLE_READ).begin(transactions.describe_in_an_old_transaction)
        describing.wait_for("open")
        operator.call(operating.describe_type, description="Theirs")
        assert describing.proceed().result() == "refused"

    @on_mariadb
    def test_syncs_nothing_that_another_has_synced(self, start: Start, operator: Worker) -> None:
        operator.call(operating.delete_rows)
        syncing = start(isolation=REPEATABLE_READ).begin(transactions.sync_in_an_old_transaction)
        syncing.wait_for("open")
        operator.call(operating.sync)
        assert syncing.proceed().result() is False

    @on_mariadb
    def test_that_writes_sees_what_others_wrote(self, start: Start, operator: Worker) -> None:
        writer = start(isolation=REPEATABLE_READ)
        writing = writer.begin(transactions.write_and_resolve_in_an_old_transaction)
        writing.wait_for("open")
        operator.call(operating.set_status, name="primary", status="disable")
        assert writing.proceed().result() == {"shown": "active", "serving": "secondary"}


class TestOwnWrite:
    @pytest.mark.parametrize("level", [None] if KIND == "sqlite" else ["read committed", REPEATABLE_READ])
    def test_is_seen_in_its_transaction_only(self, level: str | None, start: Start, operator: Worker) -> None:
        writing = start(isolation=level).begin(transactions.own_writes)
        writing.wait_for("written")
        assert operator.call(resolving.serving) == "primary"
        assert writing.proceed().result() == {
            "before": ["primary", "primary"],
            "written": ["secondary", "primary"],
            "in savepoint": ["spare", "primary"],
            "savepoint rolled back": ["secondary", "primary"],
            "rolled back": ["primary", "primary"],
            "committed": ["secondary", "secondary"],
        }

    @pytest.mark.parametrize("fails", [False, True])
    def test_is_seen_by_whatever_runs_on_commit(self, fails: bool, operator: Worker) -> None:
        assert operator.call(transactions.on_commit_hooks, fails=fails) == {
            "hook": "secondary",
            "afterwards": "secondary",
        }


class TestCheckInsideATransaction:
    @in_the_present
    def test_uses_its_connection_in_a_savepoint(
        self, settings: dict[str, Any], start: Start, database: Database
    ) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0, **settings)
        sent = follower.call(transactions.statements_of_resolves, count=2, each_in_its_own=False)
        inside = [statement for statement in sent if statement.split()[0] not in {"BEGIN", "COMMIT"}]
        assert [statement.split()[0] for statement in inside] == ["SAVEPOINT", "SELECT", "SELECT", "RELEASE"] * 2
        assert "plugin_system_revisioncounter" in inside[2]
        resolving_ = follower.begin(transactions.resolve_often_in_transaction, count=20)
        resolving_.wait_for("open")
        before = database.count_connections()
        resolving_.proceed().wait_for("resolved")
        assert database.count_connections() == before
        resolving_.proceed().result()

    @on_a_server
    @in_the_past
    def test_closes_the_connection_that_it_made(
        self, settings: dict[str, Any], start: Start, database: Database
    ) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0, **settings)
        resolving_ = follower.begin(transactions.resolve_often_in_transaction, count=20)
        resolving_.wait_for("open")
        before = database.count_connections()
        resolving_.proceed().wait_for("resolved")
        until(lambda: database.count_connections() == before, "The second connection's end", seconds=5)
        resolving_.proceed().result()

    @pytest.mark.parametrize("each_in_its_own", [False, True])
    def test_costs_no_more_than_once_in_max_staleness(self, each_in_its_own: bool, follower: Worker) -> None:
        sent = follower.call(transactions.statements_of_resolves, count=200, each_in_its_own=each_in_its_own)
        ours = [statement for statement in sent if statement.split()[0] not in {"BEGIN", "COMMIT"}]
        assert len(ours) <= 4

    def test_leaves_the_transaction_alone_when_it_fails(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0)
        assert follower.call(resolving.serving) == "primary"
        operator.call(operating.rename_counter, away=True)
        try:
            outcome = follower.call(transactions.write_around_a_resolve, owner="host")
        finally:
            operator.call(operating.rename_counter, away=False)
        assert outcome == {"needs_rollback": False, "rows": 2, "failures": 1}

    @on_a_server
    @pytest.mark.parametrize(
        "limit", ["SET lock_timeout = '100ms'", "SET statement_timeout = '100ms'"] if KIND == "postgresql" else
        ["SET lock_wait_timeout = 1"]
    )  # fmt: skip
    def test_leaves_the_transaction_alone_when_it_takes_too_long(
        self, limit: str, start: Start, operator: Worker
    ) -> None:
        # Above it the question goes through a connection of its own, which knows nothing of the limit.
        follower = start(isolation="read committed", PLUGIN_SYSTEM_MAX_STALENESS=0)
        assert follower.call(resolving.serving) == "primary"
        locking = operator.begin(operating.lock_counter)
        locking.wait_for("locked")
        outcome = follower.call(transactions.write_around_a_resolve, owner="host", prepare=limit)
        locking.proceed().result()
        assert outcome == {"needs_rollback": False, "rows": 2, "failures": 1}

    def test_leaves_a_transaction_alone_that_the_host_manages(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0)
        assert follower.call(resolving.serving) == "primary"
        operator.call(operating.rename_counter, away=True)
        try:
            outcome = follower.call(transactions.write_around_a_resolve, owner="host", manual=True)
        finally:
            operator.call(operating.rename_counter, away=False)
        assert outcome["rows"] == 2

    def test_follows_where_a_rollback_is_due(self, start: Start, operator: Worker) -> None:
        # On SQLite others can write beside a transaction only if that has not begun to.
        server = {"OPTIONS": {"transaction_mode": "DEFERRED"}} if KIND == "sqlite" else {}
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS, server=server)
        watching = follower.begin(transactions.watch_where_a_rollback_is_due, until="secondary")
        assert watching.wait_for("watching") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        seen = watching.result()
        assert seen["last_other"] - committed < MAX_STALENESS
        assert seen["failures"] == 0

    @on_postgresql
    def test_follows_where_the_database_has_given_up(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=MAX_STALENESS)
        watching = follower.begin(transactions.watch_in_a_failed_transaction, until="secondary")
        assert watching.wait_for("watching") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        seen = watching.result()
        assert seen["last_other"] - committed < MAX_STALENESS
        assert seen["failures"] == 0
