"""Another process follows what this one commits, and nothing else."""

from time import monotonic

import pytest

from tests.processes.acts import operating, resolving
from tests.processes.conftest import Start
from tests.processes.databases import KIND, Database
from tests.processes.proxy import Proxy
from tests.processes.rig import PATIENCE, Worker, until

MAX_STALENESS = 1.0


class TestAnotherProcess:
    @pytest.mark.parametrize("door", sorted(operating.DOORS))
    def test_follows_a_change_within_max_staleness(self, door: str, follower: Worker, operator: Worker) -> None:
        watching = follower.begin(resolving.watch, until="secondary")
        assert watching.wait_for("watching") == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable", door=door)
        seen = watching.result()
        assert seen["names"] == ["primary"]
        assert seen["last_other"] - committed < MAX_STALENESS

    def test_sees_nothing_of_a_rollback(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0.1)
        assert follower.call(resolving.serving) == "primary"
        writing = operator.begin(operating.set_status_slowly, name="primary", status="disable", commits=False)
        assert writing.wait_for("written") == "secondary"
        assert follower.call(resolving.watch_for, seconds=0.3) == ["primary"]
        writing.proceed().result()
        assert follower.call(resolving.watch_for, seconds=0.3) == ["primary"]
        assert operator.call(resolving.serving) == "primary"

    def test_is_right_after_the_commit_that_it_raced(self, start: Start, operator: Worker) -> None:
        follower = start(PLUGIN_SYSTEM_MAX_STALENESS=0.05)
        writing = operator.begin(operating.set_status_slowly, name="primary", status="disable", commits=True)
        writing.wait_for("written")
        watching = follower.begin(resolving.watch, until="secondary")
        assert watching.wait_for("watching") == "primary"
        # It has looked, more than once, while the write was there but not committed.
        looked_at = monotonic() + 0.2
        until(lambda: monotonic() > looked_at, "A while")
        committed = writing.proceed().result()
        seen = watching.result()
        assert seen["names"] == ["primary"]
        assert seen["last_other"] - committed < 0.05

    def test_follows_when_a_number_comes_again_with_other_content(self, follower: Worker, operator: Worker) -> None:
        backup = operator.call(operating.back_up)
        operator.call(operating.set_status, name="primary", status="disable")
        first = operator.call(operating.counter)
        watching = follower.begin(resolving.watch, until="primary")
        assert watching.wait_for("watching") == "secondary"
        committed = operator.call(operating.restore_and_disable, backup=backup, name="secondary")
        again = operator.call(operating.counter)
        assert again[0] == first[0]
        assert again[1] != first[1]
        assert watching.result()["last_other"] - committed < MAX_STALENESS

    def test_takes_the_number_of_a_rollback_for_what_it_became(self, follower: Worker, operator: Worker) -> None:
        writing = operator.begin(operating.set_status_slowly, name="primary", status="disable", commits=False)
        assert writing.wait_for("written") == "secondary"
        writing.proceed().result()
        watching = follower.begin(resolving.watch, until="spare")
        assert watching.wait_for("watching") == "primary"
        operator.call(operating.set_status, name="secondary", status="disable")
        assert operator.call(resolving.serving) == "primary"
        committed = operator.call(operating.set_status, name="primary", status="disable")
        seen = watching.result()
        assert seen["names"] == ["primary"]
        assert seen["last_other"] - committed < MAX_STALENESS

    @pytest.mark.skipif(KIND == "sqlite", reason="There is no network.")
    def test_counts_from_before_the_question_however_late_the_answer(
        self, start: Start, database: Database, operator: Worker
    ) -> None:
        network = Proxy(database.settings()["default"])
        follower = start(server={"PORT": str(network.port)})
        try:
            assert follower.call(resolving.serving) == "primary"
            network.delay = 0.6
            network.asked.clear()
            watching = follower.begin(resolving.watch_on, until="secondary")
            assert network.asked.wait(PATIENCE)
            # The answer is on its way.
            committed = operator.call(operating.set_status, name="primary", status="disable")
            assert watching.result()["last_other"] - committed < MAX_STALENESS
        finally:
            network.cut()
