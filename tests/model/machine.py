"""
The machine: random acts of several processes on one database, and what must hold after every one of them.

Whatever happened, each process answers at once from a state that it may still hold, and ``MAX_STALENESS`` after the last
commit as the model does. The looks that find that out leave no trace, so that a process can stay behind for many steps.
"""  # noqa: E501

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from plugin_system.conf import app_settings
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import HistoryGoneError
from plugin_system.helpers import get_plugin_class
from plugin_system.models import Change, PluginItem, PluginType, Revision
from plugin_system.rows import UNCOUNTED, CounterState, read_counter
from plugin_system.services.history import HistoryQuery, check_cursor, list_revisions
from plugin_system.snapshot import default_follower, find_choice
from tests.model.ground import Ground
from tests.model.reference import Key, State, first_cursor
from tests.model.release import CLASSES, INTERFACES, TYPES, Release
from tests.model.rules_of_hosts import HostRules
from tests.model.rules_of_operators import OperatorRules
from tests.model.rules_of_readers import ReaderRules
from tests.model.rules_of_time import TimeRules
from tests.model.workers import Session
from tests.model.world import World


class ControlPlane(OperatorRules, HostRules, ReaderRules, TimeRules, RuleBasedStateMachine):
    """Every rule, and the invariants."""

    def __init__(self, ground: Ground) -> None:
        RuleBasedStateMachine.__init__(self)
        World.__init__(self, ground)
        self._last_pair: tuple[CounterState, State] = (UNCOUNTED, self.committed)
        self._followed: State | None = None

    def __repr__(self) -> str:
        return type(self).__name__

    def teardown(self) -> None:
        self.close()

    @invariant()
    def holds(self) -> None:
        """One for all, so that a failing example is not longer than it must be."""
        self.the_rows_and_records_are_the_models()
        self.the_counter_moves_with_the_state_and_never_without()
        self.records_are_in_order_and_without_gaps()
        self.a_cursor_is_followed_or_refused()
        self.receivers_have_heard_of_every_commit_once()
        self.every_worker_answers_from_what_it_may_still_hold()
        self.every_worker_has_converged_after_max_staleness()

    def the_rows_and_records_are_the_models(self) -> None:
        with self.ground.observing():
            assert stored_rows() == expected_rows(self.committed)
            assert stored_records() == expected_records(self.committed)

    def the_counter_moves_with_the_state_and_never_without(self) -> None:
        pair, (last_pair, last_state) = read_counter(self.ground.observer), self._last_pair
        assert pair.number == self.committed.number
        if self.committed is last_state:
            # The first write of all makes the counter, even if it comes to nothing.
            assert last_pair in {pair, UNCOUNTED}
        elif self.committed.rows != last_state.rows and self.committed is not self.unannounced:
            assert pair.nonce != last_pair.nonce
        self._last_pair = pair, self.committed

    def records_are_in_order_and_without_gaps(self) -> None:
        with self.ground.observing():
            found = list(Revision.objects.order_by("number").values_list("number", "created_at"))
        numbers, times = [number for number, _ in found], [at for _, at in found]
        assert times == sorted(times)
        assert len(numbers) + self.committed.forgotten == self.committed.number
        assert not numbers or (numbers[0] >= 1 and numbers[-1] <= self.committed.number)

    def a_cursor_is_followed_or_refused(self) -> None:
        if self.committed is self._followed:
            return
        number, start = self.committed.number, first_cursor(self.committed)
        with self.ground.observing():
            for since in {start - 1, number + 1}:
                assert start_after_refusal(since) == start
            found = [revision.number for revision in list_revisions(HistoryQuery(since=start))]
            assert found == list(range(start + 1, check_cursor(start) + 1))
        self._followed = self.committed

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
            assert seen == self.chains(session.working, process.release)
            return
        oldest, held = self.oldest_allowed(process), process.held_number
        states = [state for _, state in self.timeline]
        for index in range(oldest, len(states)):
            if seen == self.chains(states[index], process.release) and held in {None, states[index].number}:
                process.floor = index
                return
        allowed = [(state.number, printed(self.chains(state, process.release))) for state in states[oldest:]]
        raise AssertionError(
            f"Process {process.number}, session {self.sessions.index(session)}, resolves to {printed(seen)} and believes "  # noqa: E501
            f"in revision {held}; it may only see one of {allowed}."
        )

    def chains(self, state: State, release: Release) -> dict[TypeKey, list[ItemKey]]:
        return {key: state.chain(key, release) for key in TYPES}

    def _ask_again_for_nothing(self, session: Session) -> None:
        """Resolve once more, which takes no statement, unless the transaction has written."""
        asked = self.statements.count
        for key in TYPES:
            find_choice(key.name, key.manager)
        # While another thread is comparing everybody else has to ask.
        if session.working is None and not default_follower._lock.locked():
            assert self.statements.count == asked


def start_after_refusal(since: int) -> int | None:
    """Return where a cursor that cannot be followed is told to start again; ``None`` where it is not refused."""
    try:
        check_cursor(since)
    except HistoryGoneError as error:
        return error.start
    return None


def printed(chains: dict[TypeKey, list[ItemKey]]) -> dict[str, list[str]]:
    return {str(key): [f"{item.module}:{item.name}" for item in chain] for key, chain in chains.items()}


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


def stored_rows() -> dict[Key, dict[str, Any]]:
    types = {row.pk: row for row in PluginType.all_objects.all()}
    rows: dict[Key, dict[str, Any]] = {
        row.key: {
            "id": row.pk,
            "description": row.description,
            "archived": row.archived,
            "revision": row.revision,
            "chain": row.chain_revision,
        }
        for row in types.values()
    }
    for row in PluginItem.all_objects.all():
        row.plugin_type = types[row.plugin_type_id]
        names = ("status", "priority", "description", "archived", "revision")
        rows[row.key] = {"id": row.pk, **{name: getattr(row, name) for name in names}}
    return rows


def expected_rows(state: State) -> dict[Key, dict[str, Any]]:
    return {key: dict(vars(row)) for key, row in state.rows.items()}


def stored_records() -> list[dict[str, Any]]:
    changes: dict[int, dict[str, Any]] = {}
    for change in Change.objects.all():
        facts = (change.kind, change.row_id, change.before, change.after)
        assert change.key not in changes.setdefault(change.revision_id, {})
        changes[change.revision_id][change.key] = facts
    return [
        {
            "number": revision.number,
            "at": revision.created_at,
            "channel": revision.channel,
            "reason": revision.reason,
            "resolves": revision.resolves,
            "changes": changes.get(revision.number),
        }
        for revision in Revision.objects.order_by("number")
    ]


def expected_records(state: State) -> list[dict[str, Any]]:
    return [
        {
            "number": record.number,
            "at": record.at,
            "channel": "code",
            "reason": record.reason,
            "resolves": record.resolves,
            "changes": {
                str(key): ("item" if isinstance(key, ItemKey) else "type", change.row_id, change.before, change.after)
                for key, change in record.changes.items()
            },
        }
        for record in state.records
    ]
