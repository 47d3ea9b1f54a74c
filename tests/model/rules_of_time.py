"""Transactions begin and end, time passes, backups are restored."""

from dataclasses import replace

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import precondition

from tests.model.acting import Acting, step
from tests.model.draws import seldom, sessions
from tests.model.reference import State
from tests.model.workers import Session
from tests.processes.databases import KIND


class TimeRules(Acting):
    """What happens around the acts."""

    @step(number=sessions)
    def begin(self, number: int) -> None:
        session = self.sessions[number]
        takes_lock = KIND == "sqlite" and not session.stands_still and not session.in_transaction
        if not session.doomed and not (takes_lock and self.lock_holder) and len(session.blocks) < 3:
            self.enter(session)

    @precondition(lambda self: self.open_transactions)
    @step(number=sessions, commits=st.booleans())
    def end(self, number: int, commits: bool) -> None:
        """End the innermost block of a transaction."""
        self.leave(self._one_in_transaction(number), commits=commits)

    @precondition(lambda self: self.open_transactions)
    @step(number=sessions)
    def doom(self, number: int) -> None:
        """Let something of the host's go wrong, so that the innermost block can only be rolled back."""
        session = self._one_in_transaction(number)
        with session.at_work():
            transaction.set_rollback(True)
        session.doomed = True

    def _one_in_transaction(self, number: int) -> Session:
        return self.open_transactions[number % len(self.open_transactions)]

    @step(seconds=st.sampled_from([0.25, 0.5, 0.75, 1.0, 3.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @precondition(lambda self: self.backup is None or self.backup[0] is not self.committed)
    @step()
    def back_up(self) -> None:
        self.backup = self.committed, self.ground.dump()

    @precondition(lambda self: not self.lock_holder)
    @step(flushes=seldom)
    def restore(self, flushes: bool) -> None:
        """Put back the rows, the records and the counter of the backup; or flush the database."""
        if flushes or self.backup is not None:
            state, dump = (State(), {}) if flushes or self.backup is None else self.backup
            self.ground.load(dump)
            self.note_rows(replace(state))
