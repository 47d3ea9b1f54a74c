"""What revisions did, in the form in which pages show it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plugin_system.admin.moments import moment_text
from plugin_system.admin.sentences import field_changes, field_values
from plugin_system.models import Change, Revision

MOST_NAMED = 3
# The fields that a revert gives back.
_GIVEN_BACK = ("status", "priority", "description")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """What serves for a plugin type before and after; an empty text for nothing."""

    plugin_type: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """
    What a revision did to one row.

    ``when`` is its time, ``switches`` what it did to the choice of the row's plugin type; ``may_be_undone`` is false
    where it made the row or took it away.
    """

    revision: Revision
    when: str
    key: str
    phrases: list[str]
    switches: list[Switch]
    may_be_undone: bool


def deed_of(change: Change) -> Deed:
    """Return the change as a deed; its revision must be read already."""
    type_key = change.key.partition("/")[0]
    return Deed(
        revision=change.revision,
        when=moment_text(change.revision.created_at),
        key=change.key,
        phrases=_phrases(change),
        switches=[each for each in switches_of(change.revision) if each.plugin_type == type_key],
        may_be_undone=may_be_undone(change),
    )


def may_be_undone(change: Change) -> bool:
    """Whether the change has taken something from a row that a revert would give back."""
    return bool(change.after) and any(name in (change.before or {}) for name in _GIVEN_BACK)


def revisions_to_undo(numbers: Collection[int], *, using: str) -> set[int]:
    """Return those of these revisions with a change that may be undone; one query."""
    undoable = Change.objects.filter(
        revision=OuterRef("pk"), before__has_any_keys=_GIVEN_BACK, after__isnull=False
    ).order_by()
    return set(Revision.objects.using(using).filter(Exists(undoable), pk__in=numbers).values_list("pk", flat=True))


def may_see_changes(request: HttpRequest) -> bool:
    """Whether the user may see what was done to a row."""
    return request.user.has_perm("plugin_system.view_change")


def switches_of(revision: Revision) -> list[Switch]:
    """Return the plugin types for which another item serves since the revision."""
    return [_switch(each["plugin_type"], each["before"], each["after"]) for each in revision.resolves]


def switches(resolves: Iterable[Any]) -> list[Switch]:
    """Return what serves before and after, as a service has answered it."""
    return [_switch(each.plugin_type, each.before, each.after) for each in resolves]


def summary(changes: Iterable[Change], total: int) -> str:
    """Return the first few of a revision's changes in a line, and how many more there are."""
    told = [f"{_brief_name(change.key)}: {_brief(change)}" for change in list(changes)[:MOST_NAMED]]
    more = total - len(told)
    if more > 0:
        told.append(ngettext("%d more", "%d more", more) % more)
    return "; ".join(told)


def switches_summary(revision: Revision) -> str:
    """Return, in a line, which other items serve since."""
    return "; ".join(
        f"{_brief_name(each.plugin_type)}: {_named(each.before)} → {_named(each.after)}"
        for each in switches_of(revision)
    )


def _switch(plugin_type: Any, before: Any, after: Any) -> Switch:
    return Switch(plugin_type=str(plugin_type), before=_own_part(before), after=_own_part(after))


def _own_part(key: Any) -> str:
    """Return an item's key without that of its type, beside which it is shown."""
    text = "" if key is None else str(key)
    return text.partition("/")[2] or text


def _phrases(change: Change) -> list[str]:
    before, after = change.before, change.after
    if before is None:
        return [_("created"), *field_values(after or {})]
    if after is None:
        return [_("deleted")]
    if "archived" not in after:
        return field_changes(before, after)
    word = _("archived") if after["archived"] else _("back from the archive")
    old, new = ({name: value for name, value in side.items() if name != "archived"} for side in (before, after))
    return [word, *field_changes(old, new)]


def _brief(change: Change) -> str:
    phrases = _phrases(change)
    return phrases[0] if change.before is None else ", ".join(phrases)


def _brief_name(key: str) -> str:
    """Return the name alone, of a row's key."""
    return key.rpartition(":")[2]


def _named(own_part: str) -> str:
    return _brief_name(own_part) or _("nothing")
