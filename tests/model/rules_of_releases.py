"""Code comes and goes: registrations, apps, new processes, and the sync that follows."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from plugin_system import services
from plugin_system.choices import SyncMode
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import UnknownPluginTypeError
from tests.model import acts
from tests.model.acting import ORIGIN, Acting, differences, step
from tests.model.draws import descriptions, processes, seldom, sessions, statuses, sync_options, type_keys
from tests.model.reference import State, resolves
from tests.model.release import APPS, ITEMS, TYPES, Registered, Release
from tests.model.workers import Session


class ReleaseRules(Acting):
    """Registers and forgets, installs and uninstalls, restarts and syncs."""

    @initialize(
        synced=st.sampled_from([True, True, True, False]),
        pace=st.sampled_from([0.0, 0.25, 1.0]),
        keen=st.frozensets(sessions, max_size=3),
    )
    def deploy(self, synced: bool, pace: float, keen: frozenset[int]) -> None:
        if synced:
            self.sync_from(self.sessions[0], {"mode": "create"})
        self.pace, self.keen = pace, keen

    @step(number=processes, key=type_keys, description=descriptions)
    def register_type(self, number: int, key: TypeKey, description: str) -> None:
        process = self.processes[number]
        with process.sessions[0].at_work():
            process.release.register_type(key, description)

    @step(
        number=processes,
        key=st.sampled_from(ITEMS),
        registered=st.builds(Registered, st.sampled_from([None, 0, 10, 20]), descriptions, statuses),
    )
    def register_item(self, number: int, key: ItemKey, registered: Registered) -> None:
        process = self.processes[number]
        with process.sessions[0].at_work():
            try:
                process.release.register_item(key, registered)
            except UnknownPluginTypeError:
                assert key.type not in process.release.types

    @step(number=processes, key=st.sampled_from([*ITEMS, *TYPES]))
    def unregister(self, number: int, key: Any) -> None:
        process = self.processes[number]
        with process.sessions[0].at_work():
            process.release.forget([key])

    @step(number=processes, apps=st.sampled_from([*([app] for app in APPS), APPS]))
    def uninstall(self, number: int, apps: Sequence[str]) -> None:
        process = self.processes[number]
        process.release.installed.difference_update(apps)
        with process.sessions[0].at_work():
            for app in apps:
                process.release.forget(process.release.members_of(app))

    @step(number=processes)
    def install(self, number: int) -> None:
        """Bring back all there is."""
        process = self.processes[number]
        process.release.installed.update(APPS)
        with process.sessions[0].at_work():
            process.release.deploy()

    @step(number=processes)
    def restart(self, number: int) -> None:
        process = self.processes[number]
        for session in process.sessions:
            session.close()
            self.held.pop(session, None)
        process.restart()
        # Without a memory it looks before it answers.
        process.floor = len(self.timeline) - 1

    @step(number=sessions, options=sync_options, dry_run=seldom)
    def sync(self, number: int, options: dict[str, Any], dry_run: bool) -> None:
        self.sync_from(self.writer(number), options, dry_run=dry_run)

    def sync_from(self, session: Session, options: dict[str, Any], *, dry_run: bool = False) -> None:
        """Let the session sync."""
        before = self.state_before(session)
        after = self.synced(session, before, options)
        if after is before:
            # Nothing differs, so no lock is taken: not even another's can be in the way.
            with session.at_work():
                outcome = self.call_sync(options, dry_run=dry_run)
        else:
            written = self.write(
                session,
                lambda: self.call_sync(options, dry_run=dry_run),
                lambda state, release: acts.sync(state, release, self.clock.wall(), **options),
                reason=ORIGIN.reason,
                dry_run=dry_run,
                by_sync=True,
            )
            assert written is not None
            outcome = written[0]
        after = self.synced(session, before, options)
        self.check_sync(outcome, before, after, session.process.release, dry_run=dry_run)

    def synced(self, session: Session, state: State, options: dict[str, Any]) -> State:
        """Return what a sync of the session must make of the state."""
        release = session.process.release
        rows = acts.sync(state, release, self.clock.wall(), **options)
        for key, row in state.rows.items():
            assert not isinstance(key, ItemKey) or rows[key].status == row.status
        return state.followed(rows, release, self.clock.wall(), reason=ORIGIN.reason, by_sync=True)

    def call_sync(self, options: dict[str, Any], *, dry_run: bool = False) -> services.SyncOutcome:
        """Sync, in the process at work."""
        return services.sync_plugins(origin=ORIGIN, dry_run=dry_run, **{**options, "mode": SyncMode(options["mode"])})

    def check_sync(
        self, outcome: services.SyncOutcome, before: State, after: State, release: Release, *, dry_run: bool = False
    ) -> None:
        """Hold what a sync answers against the model."""
        assert outcome.revision == (None if dry_run or after is before else after.number)
        assert {step.key: (step.before, step.after) for step in outcome.plan.changes} == differences(before, after)
        assert [each.as_json() for each in outcome.resolves] == resolves(before, after, release)
