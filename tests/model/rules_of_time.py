"""Transactions begin and end, time passes, backups are restored."""

from dataclasses import replace

from django.db import transaction
from hypothesis import strategies as st

from tests.model.acting import Acting, step
from tests.model.reference import State
from tests.model.rules_of_operators import sessions
from tests.processes.databases import KIND


class TimeRules(Acting):
    """What happens around the acts."""

    @step(number=sessions)
    def begin(self, number: int) -> None:
        session = self.sessions[number]
        takes_lock = KIND == "sqlite" and not session.stands_still and not session.in_transaction
        if not session.doomed and not (takes_lock and self.lock_holder) and len(session.blocks) < 3:
            self.enter(session)

    @step(number=sessions, commits=st.booleans())
    def end(self, number: int, commits: bool) -> None:
        if self.sessions[number].in_transaction:
            self.leave(self.sessions[number], commits=commits)

    @step(number=sessions)
    def doom(self, number: int) -> None:
        """Let something of the host's go wrong, so that the innermost block can only be rolled back."""
        session = self.sessions[number]
        if session.in_transaction and not session.doomed:
            with session.at_work():
                transaction.set_rollback(True)
            session.doomed = True

    @step(seconds=st.sampled_from([0.25, 0.5, 0.75, 1.0, 3.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @step()
    def back_up(self) -> None:
        self.backup = self.committed, self.ground.dump()

    @step()
    def restore(self) -> None:
        """Put back the rows, the records and the counter of the backup; without one: flush the database."""
        if not self.lock_holder:
            state, dump = self.backup or (State(), {})
            self.ground.load(dump)
            self.note_rows(replace(state))
