"""How the machine's rules do something in a session and hold it against the model."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from hypothesis.stateful import rule

from plugin_system import services
from plugin_system.definitions import ItemKey
from plugin_system.exceptions import PluginSystemError
from plugin_system.models import PluginItem, PluginType
from plugin_system.origins import Origin
from plugin_system.rows import read_counter
from tests.model import acts
from tests.model.reference import Key, RefusedError, Rows, State, resolves
from tests.model.release import Release
from tests.model.workers import Session
from tests.model.world import World
from tests.processes.databases import KIND

ORIGIN = Origin(reason="model")

Target = Callable[[State, Release], Rows]


def step(**arguments: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of the method; after it time passes, and those who are keen look, as the example has it."""

    def accept(act: Callable[..., None]) -> Any:
        @wraps(act)
        def run_step(self: "Acting", **drawn: Any) -> None:
            self.ground.steps += 1
            act(self, **drawn)
            self.clock.now += self.pace
            for number in sorted(self.keen):
                self.look(self.sessions[number])

        return rule(**arguments)(run_step)

    return accept


class Acting(World):
    """Does what a rule says, in the database and in the model."""

    # Seconds that every step takes, and the sessions that look after each.
    pace = 0.0
    keen: frozenset[int] = frozenset()

    def look(self, session: Session) -> None:
        """Let the session resolve everything, and judge what it sees."""
        raise NotImplementedError

    def writer(self, number: int) -> Session:
        """Return the session of that number, or the one that keeps it from writing; it can write."""
        session = self.lock_holder or self.sessions[number]
        if session.doomed:
            self.leave(session, commits=False)
        if self.is_stale(session):
            self.be_refused(session)
        while session.is_unsure:
            self.leave(session, commits=False)
        session.has_tried = session.in_transaction
        return session

    def be_refused(self, session: Session) -> None:
        """Try to write in a transaction that shows the past; that must fail and leave nothing behind."""
        # MariaDB lets it through: the counter's update sees the present, the reads after it do not.
        if KIND != "mariadb":
            try:
                with session.at_work():
                    services.touch()
            except DatabaseError:
                pass
            else:
                raise AssertionError("A write in a transaction that shows the past was not refused.")
        while session.in_transaction:
            self.leave(session, commits=False)

    def enter(self, session: Session) -> None:
        """Begin a transaction, or a savepoint in it."""
        if not session.in_transaction:
            session.began_at_version = self.version
            session.holds_lock = KIND == "sqlite" and not session.stands_still
        session.enter_block()
        with session.at_work():
            read_counter(session.connection)

    def leave(self, session: Session, *, commits: bool) -> None:
        """End the innermost transaction or savepoint; one that is doomed is rolled back all the same."""
        session.leave_block(commits=commits)
        if not session.in_transaction:
            working, has_tried = session.working, session.has_tried
            session.forget_transaction()
            if working is not None:
                self.note_commit(working, session.process)
            elif has_tried:
                self.note_idle_commit()

    def write(
        self,
        session: Session,
        act: Callable[[], Any],
        target: Target,
        *,
        reason: str = "",
        dry_run: bool = False,
        by_sync: bool = False,
    ) -> tuple[Any, State, State] | None:
        """
        Let the session write; it must come to what ``target`` makes of the rows, or be refused as that refuses.

        Return what ``act`` returned, with the state before and after: for a dry run what would be after.
        """
        before, release = self.state_before(session), session.process.release
        try:
            rows = target(before, release)
            after = before.followed(rows, release, self.clock.wall(), reason=reason, by_sync=by_sync)
            refusal = None
        except RefusedError as refused:
            after, refusal = before, refused.code
        result, error = self._perform(session, act)
        assert error == refusal, f"The answer was {error or result!r}; it should have been {refusal or after!r}."
        self.note_write(session, None if refusal or dry_run else after)
        return None if refusal else (result, before, after)

    def note_write(self, session: Session, after: State | None) -> None:
        """Keep in mind that the session has taken the lock, and, if it has written, the state that it has made."""
        if session.in_transaction:
            session.holds_lock = True
            session.working = session.working if after is None else after
        elif after is not None:
            self.note_commit(after, session.process)

    def _perform(self, session: Session, act: Callable[[], Any]) -> tuple[Any, str | None]:
        with session.at_work():
            try:
                # A block of the host's own, so that a refusal leaves its transaction usable.
                with transaction.atomic() if session.in_transaction else nullcontext():
                    return act(), None
            except PluginSystemError as error:
                return None, error.code
            except IntegrityError:
                return None, "integrity"

    def put_away(self, session: Session, key: Key, *, archive: bool = True) -> None:
        """Let the session archive a row, or bring it back, through the ORM."""
        model: Any = PluginItem if isinstance(key, ItemKey) else PluginType
        row_id = self.id_of(key, self.state_before(session))
        at = self.clock.wall() if archive else None

        def target(state: State, release: Release) -> Rows:
            differs = key in state.rows and (state.rows[key].archived is None) == archive
            return acts.edit(state, {key: {"archived": at}} if differs else {})

        rows = model.all_objects.filter(pk=row_id, archived__isnull=archive)
        self.write(session, lambda: rows.update(archived=at), target)

    def id_of(self, key: Key, state: State) -> Any:
        """Return the id of the row, or the one that it would have."""
        row = state.rows.get(key)
        return key.row_id if row is None else row.id

    def row_of(self, session: Session, key: Key) -> Any:
        """Return the row as the session's ORM has it."""
        model: Any = PluginItem if isinstance(key, ItemKey) else PluginType
        with session.at_work():
            return model.all_objects.get(pk=self.id_of(key, self.state_before(session)))


def check_outcome(outcome: services.Outcome, before: State, after: State, release: Release, *, dry_run: bool) -> None:
    """Hold what a service answers against the model."""
    assert outcome.revision == (None if dry_run or after is before else after.number)
    told = {each.item.key: (each.before, each.after) for each in outcome.changed}
    told.update({each.plugin_type.key: (each.before, each.after) for each in outcome.plugin_types if each.before})
    assert told == differences(before, after)
    changed = [each.as_json() for each in outcome.resolves if each.before != each.after]
    assert changed == resolves(before, after, release)


def differences(before: State, after: State) -> dict[Key, Any]:
    """Return what the newest revision did, if there is one more: by key, the fields before and after."""
    if after is before:
        return {}
    return {key: (change.before, change.after) for key, change in after.records[-1].changes.items()}
