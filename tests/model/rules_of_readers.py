"""Workers resolve, also while something else happens between two statements of theirs."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from plugin_system import services
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.helpers import get_plugin_class
from plugin_system.models import PluginItem
from tests.model import acts
from tests.model.acting import step
from tests.model.draws import interruptions, pairs, sessions, statuses, sync_options, type_keys
from tests.model.ground import EPOCH
from tests.model.reference import Rows, State
from tests.model.release import CLASSES, ITEMS, Release
from tests.model.rules_of_releases import ReleaseRules
from tests.model.workers import Session


class ReaderRules(ReleaseRules):
    """Resolves that leave their mark: the process remembers what it has seen."""

    @step(number=sessions)
    def resolve(self, number: int) -> None:
        self.look(self.sessions[number])

    @precondition(lambda self: not self.lock_holder)
    @step(
        pair=pairs,
        idle=st.sampled_from([0.0, 3.0]),
        key=type_keys,
        after=interruptions,
        item=st.sampled_from(ITEMS),
        status=statuses,
        lasting=st.sampled_from([0.0, 0.5]),
        looks_back=st.booleans(),
    )
    def resolve_while_another_writes(
        self,
        pair: tuple[int, int],
        idle: float,
        key: TypeKey,
        after: int,
        item: ItemKey,
        status: str,
        lasting: float,
        looks_back: bool,
    ) -> None:
        """Resolve, when what is held may have aged, while another writes, who may be a thread of the same process."""
        reader, writer = (self.sessions[number] for number in pair)
        if writer.in_transaction:
            return
        self.clock.now += idle
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

    @precondition(lambda self: not self.lock_holder and not self.anybody_stands_still)
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
        if syncing is writer or syncing.in_transaction or writer.in_transaction:
            return
        started_from = self.committed

        def act() -> None:
            if other_options is None:
                self.set_directly(writer, item, status)
            else:
                self.sync_from(writer, other_options)

        with self.statements.interrupted(after, act), syncing.at_work():
            outcome = self.call_sync(options)
        before = self.committed
        synced = self.synced(syncing, before, options)
        # What needed nothing when it was planned may have been left alone.
        untouched = self.synced(syncing, started_from, options) is started_from and outcome.revision is None
        expected = before if untouched else synced
        self.check_sync(outcome, before, expected, syncing.process.release)
        if expected is not before:
            self.note_commit(expected, syncing.process)

    @step(number=sessions)
    def ask_for_status(self, number: int) -> None:
        """Ask what serves and why: it is said of what does."""
        session = self.sessions[number]
        state, release = self.state_before(session), session.process.release
        if session.doomed or self.is_stale(session):
            return
        with session.at_work():
            explained = {each.plugin_type.key: each.selected for each in services.explain_all()}
            status = services.read_status()
        serving = {key: next(iter(state.chain(key, release)), None) for key in {*release.types, *explained}}
        assert {key: selected and selected.key for key, selected in explained.items()} == {
            key: serving[key] for key in state.present(TypeKey)
        }
        assert {each.plugin_type: each.selected for each in status.types} == serving
        assert status.revision == state.number
        assert (status.drift.missing, status.drift.new, status.drift.differing) == drift(state, release)

    def set_directly(self, session: Session, key: ItemKey, status: str) -> None:
        """Let the session give an item a status, through the ORM."""

        def target(state: State, release: Release) -> Rows:
            return acts.edit(state, {key: {"status": status}} if key in state.rows else {})

        row_id = self.id_of(key, self.committed)
        self.write(session, lambda: PluginItem.all_objects.filter(pk=row_id).update(status=status), target)


def drift(state: State, release: Release) -> tuple[int, int, int]:
    """Return how many rows have no code, how much code has no row, and how many rows are not as code says."""
    registered = {**release.types, **release.items}
    present = {key for key, row in state.rows.items() if row.archived is None}
    synced = acts.sync(state, release, EPOCH, mode="update")
    differing = [key for key in present & registered.keys() if synced[key] != state.rows[key]]
    return len(present - registered.keys()), len(registered.keys() - present), len(differing)
