"""What a host's own code does to the rows: through the ORM, and past it."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from plugin_system import services
from plugin_system.conf import app_settings
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.rows import unrecorded
from tests.model import acts
from tests.model.acting import Acting, step
from tests.model.draws import any_keys, keys, sessions, some_values, statuses, values
from tests.model.reference import ItemRow, RefusedError, Rows, State
from tests.model.release import CARD, GHOST, LETTER, PAY, Release
from tests.model.workers import Session

# Rows that a host makes need not have the id that their key determines.
OTHER_IDS = UUID("00000000-0000-4000-8000-000000000000")


class HostRules(Acting):
    """Saves, bulk writes, deletions, objects that were read long ago, and raw SQL."""

    @step(number=sessions, key=keys, edit=values)
    def save_item(self, number: int, key: ItemKey, edit: dict[str, Any]) -> None:
        session = self.writer(number)
        if key not in self.state_before(session).rows:
            return
        row = self.row_of(session, key)
        for name, value in edit.items():
            setattr(row, name, value)
        self.write(session, row.save, lambda state, release: acts.edit(state, {key: edit}))
        assert row.revision == self.state_before(session).rows[key].revision

    @step(number=sessions, key=any_keys)
    def read(self, number: int, key: Any) -> None:
        """Read a row, to save it later as it was."""
        session = self.sessions[number]
        if not session.doomed and not self.is_stale(session) and key in self.state_before(session).rows:
            self.held[session] = key, self.row_of(session, key), self.state_before(session).rows[key]

    @precondition(lambda self: self.held)
    @step(number=sessions, description=st.sampled_from([None, None, "other"]))
    def save_what_was_read(self, number: int, description: str | None) -> None:
        readers = [session for session in self.sessions if session in self.held]
        session = readers[number % len(readers)]
        if session is not self.writer(self.sessions.index(session)):
            return
        key, row, known = self.held.pop(session)
        row.description = known.description if description is None else description

        def target(state: State, release: Release) -> Rows:
            now = state.rows.get(key)
            if now is not None and now.id != known.id:
                raise RefusedError("integrity")
            stamps = {"revision": now.revision if now else 0}
            if isinstance(key, TypeKey):
                stamps["chain"] = now.chain if now else 0
            return {**state.rows, key: replace(known, description=row.description, **stamps)}

        # Its type may be gone: then even the key cannot be told.
        if isinstance(key, TypeKey) or self._has_same_type(session, key, row.plugin_type_id):
            self.write(session, row.save, target)

    def _has_same_type(self, session: Session, key: ItemKey, type_id: UUID) -> bool:
        owner = self.state_before(session).rows.get(key.type)
        return owner is not None and owner.id == type_id

    @step(
        number=sessions,
        edit=some_values,
        status=st.none() | statuses,
        module=st.sampled_from([None, "bank", "ghost"]),
        archived_too=st.booleans(),
    )
    def update_items(
        self, number: int, edit: dict[str, Any], status: str | None, module: str | None, archived_too: bool
    ) -> None:
        session = self.writer(number)
        filters = {name: value for name, value in {"status": status, "module": module}.items() if value}
        rows = PluginItem.all_objects if archived_too else PluginItem.objects

        def target(state: State, release: Release) -> Rows:
            found = [
                key
                for key, row in state.rows.items()
                if isinstance(key, ItemKey)
                and (archived_too or row.archived is None)
                and status in {None, row.status}
                and module in {None, key.module}
            ]
            return acts.edit(state, dict.fromkeys(found, edit))

        self.write(session, lambda: rows.filter(**filters).update(**edit), target)

    @step(number=sessions, key=any_keys, archive=st.booleans())
    def set_archived(self, number: int, key: Any, archive: bool) -> None:
        self.put_away(self.writer(number), key, archive=archive)

    @step(
        number=sessions, made=st.dictionaries(keys, values, min_size=1, max_size=2), own_ids=st.booleans(),
        ignores=st.booleans(),
    )  # fmt: skip
    def bulk_create(self, number: int, made: dict[ItemKey, dict[str, Any]], own_ids: bool, ignores: bool) -> None:
        """Make rows; of keys that have one already those are left alone, or it is refused."""
        session = self.writer(number)
        state = self.state_before(session)
        wanted = {key: values for key, values in made.items() if key.type in state.rows}
        ids = {key: uuid5(OTHER_IDS, str(key)) if own_ids else key.row_id for key in wanted}

        def act() -> None:
            rows = [
                PluginItem(
                    id=ids[key] if own_ids else None,
                    plugin_type=PluginType.all_objects.get(pk=state.rows[key.type].id),
                    module=key.module,
                    name=key.name,
                    **values,
                )
                for key, values in wanted.items()
            ]
            PluginItem.objects.bulk_create(rows, ignore_conflicts=ignores)

        def target(state: State, release: Release) -> Rows:
            new: Rows = {key: ItemRow(id=ids[key], **values) for key, values in wanted.items()}
            if not ignores and new.keys() & state.rows.keys():
                raise RefusedError("integrity")
            return {**new, **state.rows}

        self.write(session, act, target)

    @step(number=sessions, edits=st.dictionaries(keys, some_values, min_size=1, max_size=3))
    def bulk_update(self, number: int, edits: dict[ItemKey, dict[str, Any]]) -> None:
        session = self.writer(number)
        state = self.state_before(session)
        wanted = {key: values for key, values in edits.items() if key in state.rows}
        rows = [self.row_of(session, key) for key in sorted(wanted)]
        for key, row in zip(sorted(wanted), rows, strict=True):
            for name, value in wanted[key].items():
                setattr(row, name, value)
        if rows:
            self.write(
                session,
                lambda: PluginItem.all_objects.bulk_update(rows, ["status", "priority", "description"]),
                lambda state, release: acts.edit(state, wanted),
            )

    @step(number=sessions, key=st.sampled_from([GHOST, LETTER, CARD, PAY]), by_queryset=st.booleans())
    def delete(self, number: int, key: Any, by_queryset: bool) -> None:
        session = self.writer(number)
        if key not in self.state_before(session).rows:
            return
        row = self.row_of(session, key)
        rows = type(row).all_objects.filter(pk=row.pk)
        self.write(
            session, rows.delete if by_queryset else row.delete, lambda state, release: acts.delete(state, [key])
        )

    @step(number=sessions, key=keys, edit=some_values)
    def write_raw_and_touch(self, number: int, key: ItemKey, edit: dict[str, Any]) -> None:
        session = self.writer(number)
        state = self.state_before(session)
        if key not in state.rows:
            return
        with session.at_work():
            # The plain manager is what raw SQL is: nothing is recorded.
            unrecorded(PluginItem, "default").filter(pk=state.rows[key].id).update(**edit)
            services.touch()
        self.note_write(session, replace(state, rows=acts.edit(state, {key: edit})))

    @precondition(lambda self: not self.lock_holder and not self.anybody_stands_still)
    @step(key=keys, edit=some_values)
    def write_raw_and_wait(self, key: ItemKey, edit: dict[str, Any]) -> None:
        """Write past everything, and tell nobody: every process reloads after a while."""
        state = self.committed
        if key not in state.rows:
            return
        with self.ground.observing():
            unrecorded(PluginItem, "default").filter(pk=state.rows[key].id).update(**edit)
        self.note_rows(replace(state, rows=acts.edit(state, {key: edit})))
        self.unannounced = self.committed
        self.clock.now += app_settings.PLUGIN_SYSTEM_RESYNC * 1.125
        # No counter would tell the state of a backup from this one.
        self.backup = None
