"""
The machine: random acts of several processes on one database, and what must hold after every one of them.

Whatever happened, each process answers at once from a state that it may still hold, and ``MAX_STALENESS`` after the
last commit as the model does. The looks that find that out leave no trace, so that a process can stay behind for many
steps.
"""

from hypothesis.stateful import RuleBasedStateMachine, invariant

from plugin_system.conf import app_settings
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.helpers import get_plugin_class
from plugin_system.rows import UNCOUNTED, CounterState, read_counter
from plugin_system.snapshot import default_follower, find_choice
from tests.model.ground import Ground
from tests.model.reference import State
from tests.model.release import CLASSES, INTERFACES, TYPES, Release
from tests.model.rules_of_hosts import HostRules
from tests.model.rules_of_operators import OperatorRules
from tests.model.rules_of_readers import ReaderRules
from tests.model.rules_of_retention import RetentionRules
from tests.model.rules_of_time import TimeRules
from tests.model.stored import Facts, expected_records, expected_rows, stored_records, stored_rows
from tests.model.workers import Session
from tests.model.world import World

Chains = dict[TypeKey, list[ItemKey]]


class ControlPlane(OperatorRules, HostRules, ReaderRules, RetentionRules, TimeRules, RuleBasedStateMachine):
    """Every rule, and the invariants."""

    def __init__(self, ground: Ground) -> None:
        RuleBasedStateMachine.__init__(self)
        World.__init__(self, ground)
        self._last_pair: tuple[CounterState, State] = (UNCOUNTED, self.committed)

    def __repr__(self) -> str:
        return type(self).__name__

    def teardown(self) -> None:
        self.close()

    @invariant()
    def holds(self) -> None:
        """One for all, so that a failing example is not longer than it must be."""
        with self.ground.observing():
            rows, records = stored_rows(), stored_records()
        self.the_rows_are_the_models(rows)
        self.the_records_are_the_models_without_gaps(records)
        self.the_counter_moves_with_the_state_and_never_without()
        self.receivers_have_heard_of_every_commit_once()
        self.every_worker_answers_from_what_it_may_still_hold()
        self.every_worker_has_converged_after_max_staleness()

    def the_rows_are_the_models(self, rows: Facts) -> None:
        assert rows == expected_rows(self.committed)

    def the_records_are_the_models_without_gaps(self, records: list[Facts]) -> None:
        assert records == expected_records(self.committed)
        times = [record["at"] for record in records]
        assert times == sorted(times)
        assert len(records) + self.committed.forgotten == self.committed.number

    def the_counter_moves_with_the_state_and_never_without(self) -> None:
        pair, (last_pair, last_state) = read_counter(self.ground.observer), self._last_pair
        assert pair.number == self.committed.number
        if self.committed is last_state:
            # The first write of all makes the counter, even if it comes to nothing.
            assert last_pair in {pair, UNCOUNTED}
        elif self.committed.rows != last_state.rows and self.committed is not self.unannounced:
            assert pair.nonce != last_pair.nonce
        self._last_pair = pair, self.committed

    def receivers_have_heard_of_every_commit_once(self) -> None:
        assert self.news == self.expected_news

    def every_worker_answers_from_what_it_may_still_hold(self) -> None:
        for session in self.sessions:
            with session.process.untouched():
                self.look(session)

    def every_worker_has_converged_after_max_staleness(self) -> None:
        late = max(self.clock.now, self.last_commit + app_settings.PLUGIN_SYSTEM_MAX_STALENESS)
        for session in self.sessions:
            with session.process.untouched(), self.clock.at(late):
                self.look(session)

    def look(self, session: Session) -> None:
        """Let the session resolve everything; it must see its own writes, else one state that its process may hold."""
        process = session.process
        with session.at_work():
            seen = {key: resolve_every_way(key) for key in TYPES}
            self._ask_again_for_nothing(session)
        if session.working is not None and not session.doomed:
            assert seen == chains(session.working, process.release)
            return
        oldest, held = self.oldest_allowed(process), process.held_number
        states = [state for _, state in self.timeline]
        for index in range(oldest, len(states)):
            if held in {None, states[index].number} and seen == chains(states[index], process.release):
                process.floor = index
                return
        allowed = [(state.number, printed(chains(state, process.release))) for state in states[oldest:]]
        raise AssertionError(
            f"Process {process.number}, session {self.sessions.index(session)}, resolves to {printed(seen)} "
            f"and believes in revision {held}; it may only see one of {allowed}."
        )

    def _ask_again_for_nothing(self, session: Session) -> None:
        """Resolve once more, which takes no statement, unless the transaction has written."""
        asked = self.statements.count
        for key in TYPES:
            find_choice(key.name, key.manager)
        # While another thread is comparing everybody else has to ask.
        if session.working is None and not default_follower._lock.locked():
            assert self.statements.count == asked


def resolve_every_way(key: TypeKey) -> list[ItemKey]:
    """Return the chain of candidates, which every way to ask must agree with."""
    by_name = get_plugin_class(key.name, key.manager)
    choice = find_choice(key.name, key.manager)
    chain = [ItemKey(key, row.module, row.name) for row, _ in choice.candidates]
    assert [plugin_class for _, plugin_class in choice.candidates] == [CLASSES[item] for item in chain]
    serving = CLASSES[chain[0]] if chain else None
    assert by_name is serving
    assert get_plugin_class(key.name, key.manager) is serving
    assert get_plugin_class(INTERFACES[key]) is serving
    return chain


def chains(state: State, release: Release) -> Chains:
    return {key: state.chain(key, release) for key in TYPES}


def printed(found: Chains) -> dict[str, list[str]]:
    return {str(key): [f"{item.module}:{item.name}" for item in chain] for key, chain in found.items()}
