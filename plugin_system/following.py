"""
How a process follows a database: the rows it last saw, and how long they count as fresh.

They are fresh for ``PLUGIN_SYSTEM_MAX_STALENESS`` seconds from the moment at which a comparison with the database
began. One thread compares, the others go on with what they have.
"""

import logging
import random
from threading import Lock
from time import monotonic
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system.choosing import Choice, View, choose_from
from plugin_system.conf import app_settings
from plugin_system.definitions import TypeKey
from plugin_system.exceptions import SnapshotTooOldError
from plugin_system.observation import observe, observe_anew
from plugin_system.pending import has_pending_write
from plugin_system.rows import Content, read_content, read_content_of, read_counter

logger = logging.getLogger(__name__)

# A comparison starts when this part of MAX_STALENESS has passed, so that it is over before the rest has.
REFRESH_AHEAD = 0.9
# Seconds; a comparison that takes longer is, for the other threads, one with a database that cannot be reached.
LONGEST_WAIT = 0.5
LONGEST_BACK_OFF = 2.0
# Seconds; a comparison that takes longer may hang on a connection that nobody answers any more, for as long as the
# kernel is patient. Another thread compares in its place, on a new connection; that one is waited for.
LONGEST_COMPARISON = 2.0


class Follower:
    """Follows one database: what this process last saw of it, and how long that counts as fresh."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.view: View | None = None
        self.fresh_until = float("-inf")
        self._compared_at = float("-inf")
        self._reload_at = float("-inf")
        self._retry_at = float("-inf")
        self._failures = 0
        self._failure: DatabaseFailure | None = None
        self._last_failure: tuple[str, float] | None = None
        self._expiries = 0
        self._behind = False
        self.renew_locks()

    @property
    def age(self) -> float | None:
        """Seconds since the view was last found equal to the database; ``None`` before the first time."""
        return None if self.view is None else monotonic() - self._compared_at

    @property
    def last_failure(self) -> tuple[str, float] | None:
        """What the database answered when it last failed a comparison, and how many seconds ago; ``None`` if never."""
        if self._last_failure is None:
            return None
        text, at = self._last_failure
        return text, monotonic() - at

    def expire(self) -> None:
        """Compare before the next answer: this process has committed a change, so the database is there."""
        with self._stamping:
            self._expiries += 1
            self._behind = True
            self._retry_at = self.fresh_until = float("-inf")

    def forget_choices(self) -> None:
        """Choose anew from the same rows: the registry has changed."""
        if self.view is not None:
            # Not cleared: a thread that is choosing by the old registry shall fill what nobody reads any more.
            self.view.choices, self.view.classes, self.view.by_interface = {}, {}, {}

    def renew_locks(self) -> None:
        """Make the locks anew, in a forked child: the thread that held them does not exist there."""
        self._lock = Lock()
        self._stamping = Lock()
        # When the comparison under way began, infinite while none is known to be; and whether it has a new connection.
        self._comparing_since = float("inf")
        self._compares_anew = False

    def choice_of(self, key: TypeKey) -> Choice:
        """Return what the plugin type resolves to, as fresh as the settings demand."""
        if has_pending_write(self.using):
            return choose_from(View(read_content_of(connections[self.using], [key], locks=True)), key)
        if monotonic() >= self.fresh_until:
            anew = self._give_up_hanging()
            lock = self._lock
            if lock.acquire(timeout=self._patience()):
                try:
                    self._refresh(lock, anew=anew)
                finally:
                    if self._lock is lock:
                        self._comparing_since = float("inf")
                    lock.release()
            elif self._has_no_answer():
                return self._read_alone(key)
            else:
                self._allow_last_known(monotonic())
        view = self.view
        return self._read_alone(key) if view is None else choose_from(view, key)

    def _give_up_hanging(self) -> bool:
        """Whether another thread's comparison hung, and has now been given up for one on a new connection."""
        if monotonic() - self._comparing_since <= LONGEST_COMPARISON or self._compares_anew:
            return False
        with self._stamping:
            if monotonic() - self._comparing_since <= LONGEST_COMPARISON:
                return False
            self._lock, self._comparing_since = Lock(), float("inf")
        logger.warning("A comparison with database %r hangs; another is made on a new connection.", self.using)
        return True

    def _patience(self) -> float:
        """Seconds to wait for another thread's comparison: none, unless it began when what is held was too old."""
        now = monotonic()
        began = min(self._comparing_since, now)
        if began - self._compared_at < app_settings.PLUGIN_SYSTEM_MAX_STALENESS or self._failure:
            return 0.0
        return 0.0 if self._has_no_answer() else max(0.0, began + LONGEST_WAIT - now)

    def _has_no_answer(self) -> bool:
        """Whether what is held will not do, however short another thread's comparison would make it wait."""
        if self.view is None or self._failure:
            return self.view is None
        return self._behind or app_settings.PLUGIN_SYSTEM_MAX_STALENESS <= 0 or self._is_too_old(monotonic())

    def _read_alone(self, key: TypeKey) -> Choice:
        """Read just this type, past the view, and publish nothing."""
        try:
            content = observe(connections[self.using], lambda connection: read_content_of(connection, [key]))
        except DatabaseFailure:
            if self.view is None:
                raise
            self._allow_last_known(monotonic())
            return choose_from(self.view, key)
        if self.view is None or content.counter != self.view.content.counter:
            # What another thread is reading may be older than this: it shall not count as fresh.
            self.expire()
        return choose_from(View(content), key)

    def _refresh(self, lock: Any, *, anew: bool) -> None:
        now = monotonic()
        if now < self.fresh_until:
            return
        if now < self._retry_at:
            self._allow_last_known(now)
            return
        self._comparing_since, self._compares_anew = now, anew
        expiries = self._expiries
        try:
            content = self._observe(now, anew=anew)
        except DatabaseFailure as error:
            if self._lock is lock or self.view is None:
                self._note_failure(error, now)
            return
        with self._stamping:
            if self._lock is not lock:
                return  # This took so long that another thread compares in its place.
            if self.view is None or content is not self.view.content:
                self.view = View(content)
            # A commit of this process during the comparison may be missing from it: the next resolve compares again.
            if expiries == self._expiries:
                self._behind = False
                self.fresh_until = now + app_settings.PLUGIN_SYSTEM_MAX_STALENESS * REFRESH_AHEAD
        self._note_success(now)

    def _observe(self, now: float, *, anew: bool) -> Content:
        """Return the content held, if the database still has it, or what the database has now."""
        held = self.view.content if self.view is not None and now < self._reload_at else None

        def read(connection: BaseDatabaseWrapper) -> Content:
            if held is not None and read_counter(connection) == held.counter:
                return held
            return read_content(connection)

        content = (observe_anew if anew else observe)(connections[self.using], read)
        if content is not held:
            self._reload_at = now + app_settings.PLUGIN_SYSTEM_RESYNC * random.uniform(0.9, 1.1)  # nosec B311 # Spreads load, guards nothing.  # noqa: S311
        return content

    def _note_success(self, now: float) -> None:
        if self._failures:
            logger.info("Database %r can be reached again; plugins are resolved from it.", self.using)
        self._failures, self._failure = 0, None
        self._compared_at = now

    def _note_failure(self, error: DatabaseFailure, now: float) -> None:
        self._last_failure = (str(error).strip(), now)
        if self.view is None:
            raise error
        if not self._failures:
            logger.warning(
                "Database %r cannot be reached (%s); plugins are resolved from the last known state, %.1f s old.",
                self.using, error, now - self._compared_at,
            )  # fmt: skip
        self._failures, self._failure = self._failures + 1, error
        back_off = min(LONGEST_BACK_OFF, 0.05 * 2**self._failures)
        self._retry_at = monotonic() + back_off * random.uniform(0.5, 1.0)  # nosec B311 # Spreads load, guards nothing.  # noqa: S311
        self._allow_last_known(now)

    def _allow_last_known(self, now: float) -> None:
        if self._is_too_old(now):
            raise SnapshotTooOldError(
                f"Database {self.using!r} cannot be reached and the last known state is "
                f"{now - self._compared_at:.1f} s old; PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR allows "
                f"{app_settings.PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR:.1f} s."
            ) from self._failure

    def _is_too_old(self, now: float) -> bool:
        bound = app_settings.PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR
        return bound is not None and now - self._compared_at > bound
