"""What people read: changes, and what serves since, in plain sentences."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from plugin_system.admin.moments import moment_text
from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey
from plugin_system.models import Change, Revision
from plugin_system.services import ItemOutcome

_MOST_NAMED = 5
_LONGEST_VALUE = 60


def short_name(key: ItemKey | None) -> str:
    """Return the item's own part of the key, or a word for no item."""
    return _("nothing") if key is None else f"{key.module}:{key.name}"


def value_text(name: str, value: Any) -> str:
    """Return a field's value as people know it."""
    if name == "status" and value in PluginStatus.values:
        return str(PluginStatus(value).label)
    if name == "archived":
        return _("yes") if value else _("no")
    if value == "":
        return _("empty")
    return Truncator(str(value)).chars(_LONGEST_VALUE)


def field_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """Return one phrase for each field that differs."""
    old, new = before or {}, after or {}
    phrases = []
    for name in sorted({*old, *new}):
        was, now = (value_text(name, side[name]) if name in side else "—" for side in (old, new))
        phrases.append(_("%(field)s: %(was)s → %(now)s") % {"field": _(name), "was": was, "now": now})
    return phrases


def field_values(values: Mapping[str, Any]) -> list[str]:
    """Return one phrase for each field of a new row."""
    shown = {name: value for name, value in values.items() if name != "archived" or value}
    return [f"{_(name)}: {value_text(name, shown[name])}" for name in sorted(shown)]


def origin_text(revision: Revision) -> str:
    """Return who made a revision, when, through which door, and why."""
    text = _("%(actor)s at %(time)s (%(door)s, revision %(number)s)") % {
        "actor": revision.actor or _("Somebody"),
        "time": moment_text(revision.created_at),
        "door": revision.get_channel_display(),
        "number": revision.number,
    }
    return f"{text}: {revision.reason}" if revision.reason else text


def meanwhile_text(changes: Iterable[Change], current: int) -> str:
    """Return what others have done to a row meanwhile, as far as the history is kept."""
    told = [
        f"{origin_text(change.revision)}. {'; '.join(field_changes(change.before, change.after))}."
        for change in changes
    ]
    what = " ".join(told) or _("It is at revision %d now.") % current
    return _("Somebody else has changed this meanwhile, and your change was not saved. %s") % what


def entry_text(phrases: list[str], revision: int | None, reason: str) -> str:
    """Return an entry of Django's history."""
    text = _("Revision %(number)s: %(changes)s.") % {"number": revision, "changes": "; ".join(phrases)}
    return f"{text} {reason}" if reason else text


def resolving_text(resolution: Any) -> str:
    """Return what serves for a plugin type now, and what did before."""
    known = {
        "type": resolution.plugin_type,
        "now": short_name(resolution.after),
        "was": short_name(resolution.before),
    }
    if resolution.before == resolution.after:
        return _("Still serving %(type)s: %(now)s.") % known
    return _("Serving %(type)s now: %(now)s; before: %(was)s.") % known


def names_text(outcomes: Iterable[ItemOutcome]) -> str:
    """Return the names of some items, the first few of them where they are many."""
    names = [outcome.item.name for outcome in outcomes]
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return _("%(names)s and %(count)d more") % {"names": shown, "count": more} if more > 0 else shown
