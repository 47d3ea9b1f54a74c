"""What operators do: every service that changes rows, with its refusals and dry runs."""

from typing import Any

from hypothesis import strategies as st

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.services.promotion import promote
from plugin_system.services.reverting import revert
from tests.model import acts
from tests.model.acting import ORIGIN, Acting, Target, check_outcome, step
from tests.model.draws import descriptions, keys, seldom, sessions, statuses, type_keys, values
from tests.model.reference import RefusedError, Rows, State
from tests.model.release import TYPES, Release
from tests.model.workers import Session


class OperatorRules(Acting):
    """The services."""

    @step(
        number=sessions,
        chosen=st.sets(keys, min_size=1, max_size=2),
        status=statuses,
        force=st.booleans(),
        dry_run=seldom,
    )
    def set_status(self, number: int, chosen: set[ItemKey], status: str, force: bool, dry_run: bool) -> None:
        session = self.writer(number)
        state = self.state_before(session)

        def target(state: State, release: Release) -> Rows:
            acts.require_present(state, chosen, release)
            return acts.edit(state, {key: {"status": status} for key in chosen})

        selection = services.ItemSelection(ids=tuple(self.id_of(key, state) for key in sorted(chosen)))
        self._serve(
            session,
            services.set_status,
            target,
            force=force,
            dry_run=dry_run,
            items=selection,
            status=PluginStatus(status),
        )

    @step(
        number=sessions,
        type_key=st.sampled_from([None, *TYPES]),
        module=st.sampled_from([None, "bank", "coin.eu"]),
        status=st.none() | statuses,
        by=st.sampled_from([-10, 10, 40000]),
        dry_run=seldom,
    )
    def shift_priority(
        self, number: int, type_key: TypeKey | None, module: str | None, status: str | None, by: int, dry_run: bool
    ) -> None:
        members = {"plugin_type": type_key, "module": module, "status": status}
        if not any(members.values()):
            return
        session = self.writer(number)

        def target(state: State, release: Release) -> Rows:
            found = acts.fitting(state, **members)
            moved = {key: state.rows[key].priority + by for key in found}
            bounds = acts.PRIORITY_MIN, acts.PRIORITY_MAX
            return acts.edit(
                state, {key: {"priority": min(max(value, bounds[0]), bounds[1])} for key, value in moved.items()}
            )

        stated: dict[str, Any] = {name: value for name, value in members.items() if value}
        if type_key:
            stated["plugin_type"] = self.id_of(type_key, self.state_before(session))
        self._serve(
            session, services.shift_priority, target, dry_run=dry_run, items=services.ItemSelection(**stated), by=by
        )

    @step(
        number=sessions,
        edits=st.dictionaries(keys, values, min_size=1, max_size=2),
        behind=st.sampled_from([None, 0, 0, 1]),
        force=st.booleans(),
        dry_run=seldom,
    )
    def edit_items(
        self, number: int, edits: dict[ItemKey, dict[str, Any]], behind: int | None, force: bool, dry_run: bool
    ) -> None:
        session = self.writer(number)
        state = self.state_before(session)

        def target(state: State, release: Release) -> Rows:
            acts.require_present(state, edits, release)
            if behind:
                raise RefusedError("stale_revision")
            return acts.edit(state, edits)

        def revision_of(key: ItemKey) -> int | None:
            return None if behind is None or key not in state.rows else state.rows[key].revision - behind

        stated = [
            services.ItemEdit(item=self.id_of(key, state), revision=revision_of(key), **_typed(edits[key]))
            for key in sorted(edits)
        ]
        self._serve(session, services.edit_items, target, force=force, dry_run=dry_run, edits=stated)

    @step(number=sessions, key=keys, edit=values, matches=st.sampled_from([None, True, False]), force=st.booleans())
    def update_item(self, number: int, key: ItemKey, edit: dict[str, Any], matches: bool | None, force: bool) -> None:
        session = self.writer(number)
        state = self.state_before(session)

        def target(state: State, release: Release) -> Rows:
            acts.require_present(state, [key], release)
            if matches is False:
                raise RefusedError("precondition_failed")
            return acts.edit(state, {key: edit})

        row = state.rows.get(key)
        accepted = None if matches is None else {row.revision if matches and row else -1}
        stated = services.ItemEdit(item=self.id_of(key, state), **_typed(edit))
        self._serve(session, services.update_item, target, force=force, edit=stated, if_match=accepted)

    @step(number=sessions, key=type_keys, description=descriptions, dry_run=seldom)
    def update_type(self, number: int, key: TypeKey, description: str, dry_run: bool) -> None:
        session = self.writer(number)

        def target(state: State, release: Release) -> Rows:
            if key not in state.present(TypeKey):
                raise RefusedError("unknown_plugin_type")
            return acts.edit(state, {key: {"description": description}})

        type_id = self.id_of(key, self.state_before(session))
        written = self.write(
            session,
            lambda: services.update_type(plugin_type=type_id, description=description, origin=ORIGIN, dry_run=dry_run),
            target,
            reason=ORIGIN.reason,
            dry_run=dry_run,
        )
        if written is not None:
            outcome, before, after = written
            assert outcome.changed == (after is not before)
            assert outcome.revision == (None if dry_run or after is before else after.number)

    @step(number=sessions, key=keys, archives=st.booleans(), dry_run=seldom)
    def promote(self, number: int, key: ItemKey, archives: bool, dry_run: bool) -> None:
        """Promote an item; the one ahead may have been archived just before, and serves on where its code is."""
        session = self.writer(number)
        ahead = acts.active_beside(self.state_before(session), key)
        if archives and ahead:
            self.put_away(session, ahead[0][-1])
        item = self.id_of(key, self.state_before(session))
        self._serve(
            session, promote, lambda state, release: acts.promote(state, key, release), dry_run=dry_run, item=item
        )

    @step(number=sessions, back=st.integers(0, 4), force=st.booleans(), dry_run=seldom)
    def revert(self, number: int, back: int, force: bool, dry_run: bool) -> None:
        session = self.writer(number)
        revision = self.state_before(session).number - back
        self._serve(
            session,
            revert,
            lambda state, release: acts.revert(state, revision, force=force),
            force=force,
            dry_run=dry_run,
            revision=revision,
        )

    def _serve(
        self, session: Session, service: Any, target: Target, *, dry_run: bool = False, **arguments: Any
    ) -> None:
        """Call a service that answers with an :class:`Outcome`; unless forced it must refuse an outage."""
        release = session.process.release

        def checked(state: State, release: Release) -> Rows:
            rows = target(state, release)
            if not arguments.get("force", False):
                state.refuse_outage(State(rows=rows), release)
            return rows

        written = self.write(
            session,
            lambda: service(origin=ORIGIN, dry_run=dry_run, **arguments),
            checked,
            reason=ORIGIN.reason,
            dry_run=dry_run,
        )
        if written is not None:
            check_outcome(*written, release, dry_run=dry_run)


def _typed(edit: dict[str, Any]) -> dict[str, Any]:
    return {**edit, "status": PluginStatus(edit["status"])} if "status" in edit else edit
