"""
The process's in-memory view of the rows that may serve, and its freshness rule.

A resolve is a dict look-up while the view is *fresh*: compared with the database less than
``PLUGIN_SYSTEM_MAX_STALENESS`` seconds ago. One thread compares, the others go on with what they have.
"""

import logging
import os
import random
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any

from django.apps import apps
from django.core.signals import setting_changed
from django.db import Error as DatabaseFailure
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system.conf import app_settings
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import SnapshotTooOldError, UnknownPluginTypeError
from plugin_system.observation import observe
from plugin_system.pending import ended_writes, has_pending_write, pending
from plugin_system.registry import plugin_registry
from plugin_system.rows import Content, ItemRow, TypeRows, read_content, read_content_of, read_counter
from plugin_system.selection import in_order

logger = logging.getLogger(__name__)

# A comparison starts when this part of MAX_STALENESS has passed, so that it is over before the rest has.
REFRESH_AHEAD = 0.9
# Seconds; a comparison that takes longer is, for the other threads, one with a database that cannot be reached.
LONGEST_WAIT = 0.5
LONGEST_BACK_OFF = 2.0


class Choice:
    """
    What one plugin type resolves to in this process.

    ``plugin_class`` is ``None`` where nothing is usable; ``selector`` is the type's ``get_plugin``; ``candidates``
    are the usable rows in order, each with its class.
    """

    __slots__ = ("candidates", "key", "plugin_class", "selector", "type_id")

    def __init__(
        self,
        key: TypeKey | None,
        *,
        type_id: Any = None,
        candidates: tuple[tuple[ItemRow, type], ...] = (),
        selector: Callable[..., Any] | None = None,
    ) -> None:
        self.key = key
        self.type_id = type_id
        self.candidates = candidates
        self.selector = selector
        self.plugin_class: Callable[[], Any] | None = candidates[0][1] if candidates else None


class View:
    """
    One immutable content, with the choices made from it so far.

    ``classes`` and ``by_interface`` serve the hot path: what to instantiate, by manager and then by name, so that no
    pair of them need be made, and by interface. They have only types that need nothing else, and nothing at all while
    tests override plugins or a router decides on the database.
    """

    __slots__ = ("by_interface", "choices", "classes", "content")

    def __init__(self, content: Content) -> None:
        self.content = content
        self.choices: dict[TypeKey, Choice] = {}
        self.classes: dict[str, dict[str, Callable[[], Any]]] = {}
        self.by_interface: dict[type, Callable[[], Any]] = {}


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
        # When the comparison under way began; infinite while none is known to be.
        self._comparing_since = float("inf")
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

    def choice_of(self, key: TypeKey) -> Choice:
        """Return what the plugin type resolves to, as fresh as the settings demand."""
        if has_pending_write(self.using):
            return choose_from(View(read_content_of(connections[self.using], [key], locks=True)), key)
        if monotonic() >= self.fresh_until:
            if self._lock.acquire(timeout=self._patience()):
                try:
                    self._refresh()
                finally:
                    self._comparing_since = float("inf")
                    self._lock.release()
            elif self._has_no_answer():
                return self._read_alone(key)
            else:
                self._allow_last_known(monotonic())
        view = self.view
        return self._read_alone(key) if view is None else choose_from(view, key)

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

    def _refresh(self) -> None:
        now = monotonic()
        if now < self.fresh_until:
            return
        if now < self._retry_at:
            self._allow_last_known(now)
            return
        self._comparing_since = now
        expiries = self._expiries
        try:
            content = self._observe(now)
        except DatabaseFailure as error:
            self._note_failure(error, now)
            return
        if self.view is None or content is not self.view.content:
            self.view = View(content)
        self._note_success(now)
        with self._stamping:
            # A commit of this process during the comparison may be missing from it: the next resolve compares again.
            if expiries == self._expiries:
                self._behind = False
                self.fresh_until = now + app_settings.PLUGIN_SYSTEM_MAX_STALENESS * REFRESH_AHEAD

    def _observe(self, now: float) -> Content:
        """Return the content held, if the database still has it, or what the database has now."""
        held = self.view.content if self.view is not None and now < self._reload_at else None

        def read(connection: BaseDatabaseWrapper) -> Content:
            if held is not None and read_counter(connection) == held.counter:
                return held
            return read_content(connection)

        content = observe(connections[self.using], read)
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


def choose_from(view: View, key: TypeKey) -> Choice:
    """Return what the plugin type resolves to by the rows of ``view`` and the registry of this process."""
    choices, classes, by_interface = view.choices, view.classes, view.by_interface
    held = choices.get(key)
    if held is not None:
        return held
    definition = plugin_registry.find_type(key)
    rows = view.content.types.get(key)
    items = plugin_registry.items_of(key)
    choice = Choice(
        key,
        type_id=None if rows is None else rows.id,
        candidates=() if rows is None else _usable(key, rows, items),
        selector=None if definition is None or rows is None else definition.selector,
    )
    if definition is not None:  # Only what code registers: names from outside must not fill the memory.
        choices[key] = choice
        if choice.selector is None and choice.plugin_class is not None and not _overrides and not router.routers:
            classes.setdefault(key.manager, {})[key.name] = choice.plugin_class
            if _is_only_type_of(definition.interface, key):
                by_interface[definition.interface] = choice.plugin_class
    return choice


def _usable(key: TypeKey, rows: TypeRows, items: dict[ItemKey, Any]) -> tuple[tuple[ItemRow, type], ...]:
    usable = ((row, items.get(ItemKey(key, row.module, row.name))) for row in rows.items)
    classes = {row: definition.plugin_class for row, definition in usable if definition is not None}
    return tuple((row, classes[row]) for row in in_order(classes))


def _is_only_type_of(interface: type, key: TypeKey) -> bool:
    try:
        return plugin_registry.key_of_interface(interface) == key
    except UnknownPluginTypeError:
        return False


default_follower = Follower("default")
_followers: dict[str, Follower] = {"default": default_follower}
# What tests put in the place of the choice.
_overrides: dict[TypeKey, Choice] = {}


def follower_of(using: str) -> Follower:
    """Return this process's follower of a database."""
    held = _followers.get(using)
    return held if held is not None else _followers.setdefault(using, Follower(using))


def ready_class(plugin_type: Any, manager: str | None) -> Callable[[], Any] | None:
    """Return what to instantiate if that is known without any wait and the host's code has no say, else ``None``."""
    if monotonic() < default_follower.fresh_until and not pending:
        view = default_follower.view
        assert view is not None  # Fresh: it is there.
        return view.by_interface.get(plugin_type) if manager is None else view.classes.get(manager, {}).get(plugin_type)
    return None


def find_choice(plugin_type: Any, manager: str | None) -> Choice:
    """Return what a plugin type resolves to, asked for by name and manager or by interface and ``None``."""
    if pending:
        _expire_after_writes()
    try:
        key = key_of(plugin_type, manager)
    except UnknownPluginTypeError:
        return Choice(None)
    return _overrides.get(key) or follower_of(write_alias()).choice_of(key)


def add_overrides(choices: Mapping[TypeKey, Choice]) -> dict[TypeKey, Choice]:
    """Let these types resolve to these choices, whatever the rows say; return the overrides that held before."""
    held = dict(_overrides)
    set_overrides({**held, **choices})
    return held


def set_overrides(choices: Mapping[TypeKey, Choice]) -> None:
    """Make these the only overrides."""
    _overrides.clear()
    _overrides.update(choices)
    _forget_choices()


def key_of(plugin_type: Any, manager: str | None) -> TypeKey:
    """
    Return the key asked for by name and manager or by interface.

    :raises UnknownPluginTypeError: the interface is not that of exactly one registered type.
    :raises TypeError: neither form was used.
    """
    if isinstance(plugin_type, str) and isinstance(manager, str):
        return TypeKey(manager, plugin_type)
    if isinstance(plugin_type, type) and manager is None:
        return plugin_registry.key_of_interface(plugin_type)
    raise TypeError(
        f"Ask for a plugin by name and manager, ('otp', 'apps.otp'), or by interface, not by "
        f"{(plugin_type, manager)!r}."
    )


def write_alias() -> str:
    """Return the database that holds the control plane: counter and rows always come from the same."""
    return router.db_for_write(apps.get_model("plugin_system", "PluginItem"))


def _expire_after_writes() -> None:
    for write, using in ended_writes():
        follower_of(using).expire()
        pending.pop(write, None)


def _on_setting_changed(*, setting: str, **_: Any) -> None:
    if setting.startswith(("PLUGIN_SYSTEM_", "DATABASE")):
        _forget_choices()
        for follower in _followers.values():
            follower.expire()


def _forget_choices() -> None:
    for follower in _followers.values():
        follower.forget_choices()


def _after_fork() -> None:
    for follower in _followers.values():
        follower.renew_locks()


setting_changed.connect(_on_setting_changed)
plugin_registry.subscribe(_forget_choices)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
