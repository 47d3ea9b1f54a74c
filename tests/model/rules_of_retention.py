"""What is let go of: archived rows and old history; and following the history, which must notice."""

from datetime import timedelta

from hypothesis import strategies as st

from plugin_system.exceptions import HistoryGoneError
from plugin_system.services import HistoryQuery, check_cursor, forget_history, list_revisions, purge_archived
from tests.model import acts
from tests.model.acting import ORIGIN, Acting, step
from tests.model.draws import ages, seldom, sessions
from tests.model.reference import first_cursor


class RetentionRules(Acting):
    """Purges, forgets, and follows what is kept."""

    @step(number=sessions, age=ages, dry_run=seldom)
    def purge(self, number: int, age: int, dry_run: bool) -> None:
        session = self.writer(number)
        limit = self.clock.wall() - timedelta(seconds=age)
        written = self.write(
            session,
            lambda: purge_archived(older_than=timedelta(seconds=age), origin=ORIGIN, dry_run=dry_run),
            lambda state, release: acts.purge(state, release, limit)[0],
            reason=ORIGIN.reason,
            dry_run=dry_run,
        )
        assert written is not None
        outcome, before, after = written
        assert set(outcome.purged) == before.rows.keys() - after.rows.keys()
        assert outcome.kept.keys() == acts.purge(before, session.process.release, limit)[1]

    @step(number=sessions, age=ages, dry_run=seldom)
    def forget(self, number: int, age: int, dry_run: bool) -> None:
        session = self.sessions[number]
        if self.lock_holder or self.anybody_stands_still or session.in_transaction:
            return
        before = self.committed
        after = acts.forget_history(before, self.clock.wall() - timedelta(seconds=age))
        with session.at_work():
            outcome = forget_history(older_than=timedelta(seconds=age), dry_run=dry_run)
        assert outcome.revisions == len(before.records) - len(after.records)
        assert outcome.first_cursor == first_cursor(after)
        if not dry_run:
            self.note_rows(after)

    @step(number=sessions, from_start=st.booleans(), ahead=st.integers(-2, 1))
    def follow(self, number: int, from_start: bool, ahead: int) -> None:
        """Read on from a cursor, which is near the oldest that can be followed, or near the newest."""
        session = self.sessions[number]
        if session.doomed or self.is_stale(session):
            return
        state = self.state_before(session)
        start = first_cursor(state)
        since = (start if from_start else state.number) + ahead
        with session.at_work():
            answer = read_on(since)
        if start <= since <= state.number:
            later = [(record.number, len(record.changes)) for record in state.records if record.number > since]
            assert answer == (state.number, later)
        else:
            assert answer == start, f"The history from {since} on is gone; it starts from {start}."


def read_on(since: int) -> tuple[int, list[tuple[int, int]]] | int:
    """Return the newest number, and each revision after the cursor with the count of its changes; or where to start."""
    try:
        found = [(each.number, len(each.changes.all())) for each in list_revisions(HistoryQuery(since=since))]
        return check_cursor(since), found
    except HistoryGoneError as error:
        return error.start
