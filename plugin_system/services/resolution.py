"""What serves and why, for people and for callers that must have a plugin."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseFailure

from plugin_system.choices import PluginStatus, Verdict
from plugin_system.choosing import Choice, key_of, overrides
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import NothingUsableError, PluginSystemError, UnknownPluginTypeError
from plugin_system.failures import forget_failure, last_failure, note_failure
from plugin_system.models import PluginItem, PluginType
from plugin_system.ownership import is_installed
from plugin_system.registry import plugin_registry
from plugin_system.rows import ItemRow
from plugin_system.selection import Candidate, Obstacle, explain
from plugin_system.services.decisions import notes_on
from plugin_system.services.lookups import write_database
from plugin_system.validation import named

logger = logging.getLogger(__name__)

_MOST_WARNED = 100
_warned: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """
    The chain of a plugin type: every item in order, with its verdict in this process.

    ``reason`` is ``active``, ``reserve``, ``nothing_usable``, or ``get_plugin`` where the type's own function chooses
    at each call; ``selected`` then is what the standard order would choose.
    """

    plugin_type: PluginType
    reason: str
    selected: PluginItem | None
    candidates: list[Candidate[PluginItem]]


def explain_type(plugin_type: PluginType, *, dated: bool = False) -> Explanation:
    """
    Return why the plugin type resolves in this process as it does, and who decided so; two queries.

    ``dated`` gives the date of a decision in the place of its age, for an answer that is kept.
    """
    items = PluginItem.all_objects.using(plugin_type._state.db).filter(plugin_type=plugin_type)
    rows = list(items)
    return explanation_of(plugin_type, rows, notes_on(items, rows, dated=dated))


def explain_all(*, dated: bool = False, using: str | None = None) -> list[Explanation]:
    """Return the explanation of every plugin type, sorted by key; three queries. ``dated`` as in explain_type."""
    database = write_database(using)
    types = list(PluginType.objects.using(database).order_by("manager", "name"))
    rows: dict[UUID, list[PluginItem]] = {row.pk: [] for row in types}
    items = PluginItem.all_objects.using(database)
    found = list(items)
    for item in found:
        if item.plugin_type_id in rows:
            rows[item.plugin_type_id].append(item)
    notes = notes_on(items, found, dated=dated)
    return [explanation_of(row, rows[row.pk], notes) for row in types]


def explanation_of(
    plugin_type: PluginType, rows: list[PluginItem], notes: Mapping[UUID, str] = MappingProxyType({})
) -> Explanation:
    """Return the explanation of a plugin type whose items, and who decided on them, are read already."""
    for row in rows:
        row.plugin_type = plugin_type
    # An archived row is out of sight, unless its code is here: then it serves.
    in_sight = [row for row in rows if row.archived is None or row.is_loadable]
    candidates = explain(in_sight, obstacle_of, lambda row: notes.get(row.pk, ""))
    selected = next((each.row for each in candidates if each.verdict is Verdict.SELECTED), None)
    return Explanation(
        plugin_type=plugin_type, reason=_reason(plugin_type, selected), selected=selected, candidates=candidates
    )


def _reason(plugin_type: PluginType, selected: PluginItem | None) -> str:
    definition = plugin_type.definition
    if definition is not None and definition.selector is not None:
        return "get_plugin"
    if selected is None:
        return NothingUsableError.code
    return PluginStatus(selected.status).value


def obstacle_of(row: PluginItem) -> Obstacle | None:
    """Return why the item's code cannot serve in this process, or ``None``; the plugin is never instantiated."""
    if plugin_registry.find_item(row.key) is None:
        for owner in (row.module, row.plugin_type.manager):
            if not is_installed(owner):
                return Obstacle(
                    verdict=Verdict.APP_NOT_INSTALLED,
                    explanation=f"The app {owner!r} is not installed in this process.",
                )
        return Obstacle(
            verdict=Verdict.NOT_REGISTERED,
            explanation=f"The app {row.module!r} registers no code for it in this process.",
        )
    failure = last_failure(row.key)
    return None if failure is None else Obstacle(verdict=Verdict.BROKEN, explanation=failure)


def construct_next(choice: Choice, error: Exception) -> Any:
    """
    Return an instance of the first candidate that can be instantiated, the first of all having raised ``error``.

    Each failure is logged, and shown for a while as the item's verdict in this process. ``None`` where all fail.
    """
    if choice.key is None or not choice.candidates:
        raise error
    _note_failure(choice.key, choice.candidates[0][0], error)
    for row, plugin_class in choice.candidates[1:]:
        try:
            instance = plugin_class()
        except Exception as next_error:  # noqa: BLE001 - Whatever it raises, a healthy plugin may wait behind.
            _note_failure(choice.key, row, next_error)
        else:
            note_success(choice.key, row)
            return instance
    return None


def note_success(type_key: TypeKey, row: ItemRow) -> None:
    """Take back that the item's plugin could not be instantiated lately."""
    forget_failure(ItemKey(type_key, row.module, row.name))


def _note_failure(type_key: TypeKey, row: ItemRow, error: Exception) -> None:
    key = ItemKey(type_key, row.module, row.name)
    note_failure(key, error)
    logger.error("Plugin %r cannot be instantiated; the next in the chain is tried.", str(key), exc_info=error)


def warn_of_unknown(plugin_type: Any, manager: str | None) -> None:
    """
    Log, once per process, that the plugin type asked for is unknown, unless code registers it; it has no rows.

    Of the first 100 only: names from outside must not fill the memory.
    """
    asked = repr(plugin_type) if manager is None else f"{manager}:{plugin_type}"
    if asked in _warned or len(_warned) >= _MOST_WARNED:
        return
    try:
        key = key_of(plugin_type, manager)
    except UnknownPluginTypeError as error:
        message = f"{error} Whoever asks for it gets None."
    else:
        if plugin_registry.find_type(key) is not None:
            return
        message = f"No plugin type {asked!r} is registered or synced; whoever asks for it gets None. {hint_at(key)}"
    _warned.add(asked)
    logger.warning("%s", message)


def hint_at(key: TypeKey) -> str:
    """Return the registered plugin type that may be meant by an unknown key, or all of them, in a sentence."""
    known = [str(each.key) for each in plugin_registry.types()]
    nearest = get_close_matches(str(key), known, n=1)
    if nearest:
        return f"Did you mean {nearest[0]!r}?"
    return f"Registered: {', '.join(map(repr, known)) or 'none'}."


def why_nothing(key: TypeKey) -> PluginSystemError:
    """Return the error that says why the plugin type resolves to nothing in this process, as far as can be read."""
    try:
        return _why_nothing(key)
    except DatabaseFailure as error:
        return NothingUsableError(
            f"Plugin type {str(key)!r} has nothing usable; the database cannot be asked why: {type(error).__name__}."
        )


def _why_nothing(key: TypeKey) -> PluginSystemError:
    if key in overrides:
        return NothingUsableError(f"Plugin type {str(key)!r} has nothing usable: override_plugins() gives None for it.")
    row = PluginType.objects.using(write_database()).filter(manager=key.manager, name=key.name).first()
    definition = plugin_registry.find_type(key)
    if row is None and definition is None:
        known = ", ".join(repr(str(each.key)) for each in plugin_registry.types()) or "none"
        return UnknownPluginTypeError(f"No plugin type {str(key)!r} is registered or synced; registered: {known}.")
    if row is None:
        return NothingUsableError(
            f"Plugin type {str(key)!r} is registered but has no row yet; run manage.py pluginsync."
        )
    if definition is None:
        return NothingUsableError(
            f"Plugin type {str(key)!r} has rows, but no code registers it in this process; install {key.manager!r}."
        )
    if definition.selector is not None:
        function = named(definition.selector)
        return NothingUsableError(f"The get_plugin of plugin type {str(key)!r} returned None: {function}.")
    candidates = explain_type(row).candidates
    if not candidates:
        return NothingUsableError(f"Plugin type {str(key)!r} has no items; register one and run manage.py pluginsync.")
    chain = " ".join(f"{_own_name(each.row.key)}: {each.explanation}" for each in candidates)
    return NothingUsableError(
        f"Plugin type {str(key)!r} has nothing usable. {chain} Activate an item whose code is installed."
    )


def _own_name(key: ItemKey) -> str:
    return f"{key.module}:{key.name}"
