"""The chain of a plugin type as a picture: who serves, who waits, who is off, and why."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from plugin_system.admin.badges import OWN_CHOICE, Standing, standing_of
from plugin_system.choices import PluginStatus, Verdict
from plugin_system.exceptions import NothingUsableError
from plugin_system.models import PluginItem, PluginType
from plugin_system.selection import Candidate
from plugin_system.services import Explanation, explain_type

_WAITING = {Verdict.OUTRANKED, Verdict.RESERVE}
# A disabled item can serve as soon as somebody lets it; of the others the code is missing or broken.
_PROMOTABLE = {*_WAITING, Verdict.DISABLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One item in the chain."""

    item: PluginItem
    standing: Standing
    status: str
    is_here: bool
    may_promote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a template needs to draw the chain; ``advice`` says what to do where nothing serves."""

    links: list[Link]
    headline: str
    advice: str
    is_down: bool


def chain_of(plugin_type: PluginType, *, here: UUID | None = None) -> Chain:
    """Return the chain of the plugin type; ``here`` is the item whose page shows it."""
    explanation = explain_type(plugin_type)
    return Chain(
        links=[_link(candidate, explanation.reason, here) for candidate in explanation.candidates],
        headline=_headline(explanation),
        advice=_advice(explanation),
        is_down=explanation.selected is None and explanation.reason == NothingUsableError.code,
    )


def _link(candidate: Candidate[Any], reason: str, here: UUID | None) -> Link:
    item: PluginItem = candidate.row
    return Link(
        item=item,
        standing=standing_of(candidate, reason),
        status=str(PluginStatus(item.status).label),
        is_here=item.pk == here,
        may_promote=candidate.verdict in _PROMOTABLE and item.archived is None,
    )


def _headline(explanation: Explanation) -> str:
    selected = explanation.selected
    if explanation.reason == OWN_CHOICE:
        return _("The type's own function, get_plugin, chooses at each call. Without it, this would be the order:")
    if selected is None:
        return _("Nothing usable: whoever asks for this plugin gets none.")
    if selected.status == PluginStatus.RESERVED:
        return _("%s serves, as reserve: nothing active can.") % selected.name
    waiting = sum(1 for each in explanation.candidates if each.verdict in _WAITING)
    if not waiting:
        return _("%s serves. Nothing waits behind it.") % selected.name
    return _("%(name)s serves; %(count)d behind it.") % {"name": selected.name, "count": waiting}


def _advice(explanation: Explanation) -> str:
    if not explanation.candidates:
        return _("No item is here. Register a class with @plugin_item in the plugins.py of an app, then sync.")
    if explanation.selected is not None:
        return ""
    disabled = [each.row.name for each in explanation.candidates if each.verdict is Verdict.DISABLED]
    if disabled:
        return _("Activate one of these, whose code is here: %s.") % ", ".join(disabled)
    return _("No code of these items is usable in this process: install the app that provides one, or mend it.")
