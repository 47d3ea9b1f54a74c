"""Workers resolve, also while something else happens between two statements of theirs."""

from typing import Any

from hypothesis import strategies as st

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.helpers import get_plugin_class
from plugin_system.models import PluginItem
from plugin_system.services.resolution import explain_type
from tests.model import acts
from tests.model.acting import step
from tests.model.reference import Rows, State
from tests.model.release import CLASSES, ITEMS, TYPES, Release
from tests.model.rules_of_operators import sessions, statuses
from tests.model.rules_of_releases import ReleaseRules, sync_options
from tests.model.workers import Session


class ReaderRules(ReleaseRules):
    """Resolves that leave their mark: the process remembers what it has seen."""

    @step(number=sessions)
    def resolve(self, number: int) -> None:
        self.look(self.sessions[number])

    @step(
        number=sessions,
        key=st.sampled_from(TYPES),
        after=st.integers(1, 4),
        other=sessions,
        item=st.sampled_from(ITEMS),
        status=statuses,
        lasting=st.sampled_from([0.0, 0.5]),
        looks_back=st.booleans(),
    )
    def resolve_while_another_writes(
        self,
        number: int,
        key: TypeKey,
        after: int,
        other: int,
        item: ItemKey,
        status: str,
        lasting: float,
        looks_back: bool,
    ) -> None:
        reader, writer = self.sessions[number], self.sessions[other]
        if reader is writer or self.lock_holder or writer.in_transaction:
            return
        oldest = self.oldest_allowed(reader.process)

        def act() -> None:
            self.set_directly(writer, item, status)
            self.clock.now += lasting
            if looks_back:
                self.look(writer)

        with self.statements.interrupted(after, act), reader.at_work():
            found = get_plugin_class(key.name, key.manager)
        states = [state for _, state in self.timeline[oldest:]]
        winners = [next(iter(state.chain(key, reader.process.release)), None) for state in states]
        winner = next((item for item, plugin_class in CLASSES.items() if plugin_class is found), None)
        assert winner in winners, f"{winner} serves; it should be one of {winners}."
        reader.process.floor = max(reader.process.floor, oldest + winners.index(winner))

    @step(
        number=sessions,
        options=sync_options,
        after=st.integers(1, 2),
        other=sessions,
        other_options=st.none() | sync_options,
        item=st.sampled_from(ITEMS),
        status=statuses,
    )
    def sync_while_another_writes(
        self,
        number: int,
        options: dict[str, Any],
        after: int,
        other: int,
        other_options: dict[str, Any] | None,
        item: ItemKey,
        status: str,
    ) -> None:
        """Sync, while another writes between the plan and the lock."""
        syncing, writer = self.sessions[number], self.sessions[other]
        if syncing is writer or self.lock_holder or self.anybody_stands_still:
            return
        started_from = self.committed

        def act() -> None:
            if other_options is None:
                self.set_directly(writer, item, status)
            else:
                self.sync_from(writer, other_options)

        with self.statements.interrupted(after, act), syncing.at_work():
            outcome = self._sync(options, dry_run=False)
        before = self.committed
        synced = self._synced(syncing, before, options)
        # What needed nothing when it was planned may have been left alone.
        untouched = self._synced(syncing, started_from, options) is started_from and outcome.revision is None
        expected = before if untouched else synced
        self._check_sync(outcome, before, expected, syncing.process.release, dry_run=False)
        if expected is not before:
            self.note_commit(expected, syncing.process)

    @step(number=sessions, key=st.sampled_from(TYPES))
    def explain(self, number: int, key: TypeKey) -> None:
        """Ask why: what is said to serve is what serves."""
        session = self.sessions[number]
        state = self.state_before(session)
        if session.doomed or self.is_stale(session) or key not in state.rows:
            return
        row = self.row_of(session, key)
        with session.at_work():
            explanation = explain_type(row)
        selected = explanation.selected and explanation.selected.key
        assert selected == next(iter(state.chain(key, session.process.release)), None)

    def set_directly(self, session: Session, key: ItemKey, status: str) -> None:
        """Let the session give an item a status, through the ORM."""

        def target(state: State, release: Release) -> Rows:
            return acts.edit(state, {key: {"status": status}} if key in state.rows else {})

        row_id = self.id_of(key, self.committed)
        self.write(session, lambda: PluginItem.all_objects.filter(pk=row_id).update(status=status), target)
