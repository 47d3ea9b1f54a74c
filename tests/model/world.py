"""The simulated processes of one example, and the model's opinion on what they must see."""

from typing import Any

from plugin_system.conf import app_settings
from plugin_system.definitions import TypeKey
from plugin_system.signals import plugin_changed, resolution_changed
from tests.model.ground import START, Ground
from tests.model.reference import State
from tests.model.workers import Process, Session, process_at_work
from tests.processes.databases import KIND

# Who has how many threads.
THREADS = (2, 1, 1)


class World:
    """The processes of one example, and the model's opinion on what they must see."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.clock, self.statements = ground, ground.clock, ground.statements
        self.clock.now = START
        ground.examples += 1
        ground.load({})
        self.processes = [Process(number) for number in range(len(THREADS))]
        self.sessions: list[Session] = []
        for process, threads in zip(self.processes, THREADS, strict=True):
            for _ in range(threads):
                # Of every two sessions that begin one has transactions that stand still.
                connection = ground.connect(stands_still=len(self.sessions) % 2 == 1)
                self.sessions.append(Session(process, connection, stands_still=len(self.sessions) % 2 == 1))
            with process.sessions[0].at_work():
                process.release.deploy()
        # When each state was committed; what is committed now comes last.
        self.timeline: list[tuple[float, State]] = [(self.clock.now, State())]
        # Commits that wrote anything, even what amounts to nothing.
        self.version = 0
        # What receivers of the signals must have heard, and what they have: by whom, which revision, what it shifted.
        self.expected_news: list[tuple[int, int, list[str]]] = []
        self.news: list[tuple[int, int, list[str]]] = []
        plugin_changed.connect(self._hear_of_change)
        resolution_changed.connect(self._hear_of_shift)
        # By session, a row that it has read and may save later: its key, the object, the row as it was.
        self.held: dict[Session, tuple[Any, Any, Any]] = {}
        # A state that came about without a word to anybody.
        self.unannounced: State | None = None
        self.backup: tuple[State, dict[Any, Any]] | None = None

    @property
    def committed(self) -> State:
        return self.timeline[-1][1]

    @property
    def last_commit(self) -> float:
        return self.timeline[-1][0]

    @property
    def lock_holder(self) -> Session | None:
        """The session whose open transaction keeps everybody else from writing."""
        return next((session for session in self.sessions if session.holds_lock), None)

    def state_before(self, session: Session) -> State:
        """Return the state that a write of the session starts from."""
        return self.committed if session.working is None else session.working

    def is_stale(self, session: Session) -> bool:
        """Whether the session stands in a transaction that shows the past, in which nothing can be written."""
        return session.stands_still and session.in_transaction and session.began_at_version != self.version

    def note_commit(self, state: State, process: Process) -> None:
        """Let the state be what is committed; the process that did it must see it at once, and hear of it."""
        self.version += 1
        news = [record for record in state.records if record.number > self.committed.number]
        self.expected_news.extend((process.number, record.number, printed(record.resolves)) for record in news)
        if state is not self.committed:
            self.timeline.append((self.clock.now, state))
        process.floor = len(self.timeline) - 1

    def note_idle_commit(self) -> None:
        """
        Let a transaction have ended that tried to write and changed nothing.

        SQLite may have written its pages anew: a transaction that shows the moment before may be refused, or not.
        """
        if KIND == "sqlite":
            for session in self.open_transactions:
                session.is_unsure = session.is_unsure or session.stands_still

    def note_rows(self, state: State) -> None:
        """Let the state be what is committed, not by a write of the control plane."""
        self.version += 1
        self.timeline.append((self.clock.now, state))

    @property
    def open_transactions(self) -> list[Session]:
        return [session for session in self.sessions if session.in_transaction]

    @property
    def anybody_stands_still(self) -> bool:
        """Whether an open transaction shows, or is going to show, the past."""
        return any(session.stands_still for session in self.open_transactions)

    def oldest_allowed(self, process: Process) -> int:
        """Return the oldest moment of the timeline from which the process may answer now."""
        limit = self.clock.now - app_settings.PLUGIN_SYSTEM_MAX_STALENESS
        seen_by_all = [index for index, (at, _) in enumerate(self.timeline) if at <= limit]
        return max([process.floor, *seen_by_all[-1:]])

    def _hear_of_change(self, *, revision: int, **_: Any) -> None:
        self.news.append((process_at_work().number, revision, []))

    def _hear_of_shift(self, *, revision: int, plugin_type: TypeKey, before: Any, after: Any, **_: Any) -> None:
        process, told, shifts = self.news[-1]
        assert (process, told) == (process_at_work().number, revision)
        shifts.extend(printed([{"plugin_type": plugin_type, "before": before, "after": after}]))

    def close(self) -> None:
        """End the processes."""
        plugin_changed.disconnect(self._hear_of_change)
        resolution_changed.disconnect(self._hear_of_shift)
        for session in self.sessions:
            session.close()


def printed(shifts: list[dict[str, Any]]) -> list[str]:
    """Return what is resolved otherwise, in words."""
    return [f"{shift['plugin_type']}: {shift['before']} -> {shift['after']}" for shift in shifts]
