"""
What this process knows of each database, and what plugin types resolve to by it.

A resolve is a dict look-up while what is known is *fresh*; :mod:`plugin_system.following` has the rule.
"""

import os
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from django.apps import apps
from django.core.signals import setting_changed
from django.db import router

from plugin_system.choosing import Choice, key_of, overrides
from plugin_system.definitions import TypeKey
from plugin_system.exceptions import UnknownPluginTypeError
from plugin_system.following import Follower
from plugin_system.pending import ended_writes, pending
from plugin_system.registry import plugin_registry

default_follower = Follower("default")
_followers: dict[str, Follower] = {"default": default_follower}


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
    return overrides.get(key) or follower_of(write_alias()).choice_of(key)


def add_overrides(choices: Mapping[TypeKey, Choice]) -> dict[TypeKey, Choice]:
    """Let these types resolve to these choices, whatever the rows say; return the overrides that held before."""
    held = dict(overrides)
    set_overrides({**held, **choices})
    return held


def set_overrides(choices: Mapping[TypeKey, Choice]) -> None:
    """Make these the only overrides."""
    overrides.clear()
    overrides.update(choices)
    _forget_choices()


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
