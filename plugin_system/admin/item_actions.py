"""The bulk actions on plugin items: one click, one service call, one revision."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from plugin_system import services
from plugin_system.admin.acting import expected_count
from plugin_system.admin.history import HistoryAdmin
from plugin_system.admin.sentences import names_text
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import ExpectedCountError
from plugin_system.models import PluginItem
from plugin_system.origins import Origin
from plugin_system.services import ItemSelection, Outcome

_IN_WORDS = {
    PluginStatus.ACTIVE: gettext_lazy("active"),
    PluginStatus.RESERVED: gettext_lazy("in reserve"),
    PluginStatus.DISABLED: gettext_lazy("disabled"),
}


class ItemActions(HistoryAdmin):
    """What is done to several items at once."""

    actions = ("activate", "reserve", "disable", "raise_priority", "lower_priority")

    @admin.action(description=gettext_lazy("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[PluginItem]) -> HttpResponse | None:
        """Let the selected items serve."""
        return self._set_status(request, queryset, PluginStatus.ACTIVE)

    @admin.action(description=gettext_lazy("Put in reserve"), permissions=["change"])
    def reserve(self, request: HttpRequest, queryset: QuerySet[PluginItem]) -> HttpResponse | None:
        """Let the selected items serve when no active one can."""
        return self._set_status(request, queryset, PluginStatus.RESERVED)

    @admin.action(description=gettext_lazy("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[PluginItem]) -> HttpResponse | None:
        """Let the selected items never serve."""
        return self._set_status(request, queryset, PluginStatus.DISABLED)

    @admin.action(description=gettext_lazy("Raise priority by one step"), permissions=["change"])
    def raise_priority(self, request: HttpRequest, queryset: QuerySet[PluginItem]) -> HttpResponse | None:
        """Move the selected items one step towards serving."""
        return self._shift_priority(request, queryset, -1)

    @admin.action(description=gettext_lazy("Lower priority by one step"), permissions=["change"])
    def lower_priority(self, request: HttpRequest, queryset: QuerySet[PluginItem]) -> HttpResponse | None:
        """Move the selected items one step away from serving."""
        return self._shift_priority(request, queryset, 1)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Take the items that were ticked, though they may have left the list's filter meanwhile."""
        if BooleanField(required=False).to_python(request.POST.get("select_across")):
            return super().response_action(request, queryset, *args, **kwargs)
        try:
            ids = {UUID(text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)}
        except ValueError:
            self.message_user(request, _("The selection is damaged; nothing was changed."), messages.ERROR)
            return None
        ticked = self.get_queryset(request).filter(pk__in=ids)
        if ticked.count() < len(ids):
            text = _("Some of the selected items are no longer here; nothing was changed.")
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, ticked, *args, **kwargs)

    def _set_status(
        self, request: HttpRequest, queryset: QuerySet[PluginItem], status: PluginStatus
    ) -> HttpResponse | None:
        act = partial(
            services.set_status, items=_selection(queryset), status=status, expected_count=expected_count(request)
        )
        outcome = self.attempt(request, act)
        if not isinstance(outcome, Outcome):
            return outcome
        if outcome.changed:
            text = ngettext(
                "%(count)d item is %(status)s now.", "%(count)d items are %(status)s now.", len(outcome.changed)
            )
            self.message_user(
                request, text % {"count": len(outcome.changed), "status": _IN_WORDS[status]}, messages.SUCCESS
            )
        if outcome.unchanged:
            text = _("So already: %(names)s.") % {"names": names_text(outcome.unchanged)}
            self.message_user(request, text, messages.INFO)
        return None

    def _shift_priority(self, request: HttpRequest, queryset: QuerySet[PluginItem], by: int) -> HttpResponse | None:
        selection, expected = _selection(queryset), expected_count(request)

        def act(*, origin: Origin, force: bool, dry_run: bool) -> Outcome:
            del force  # A priority leaves no type without a usable item.
            if expected is not None and expected != len(selection.ids or ()):
                raise ExpectedCountError(expected, len(selection.ids or ()))
            return services.shift_priority(items=selection, by=by, origin=origin, dry_run=dry_run)

        outcome = self.attempt(request, act)
        if not isinstance(outcome, Outcome):
            return outcome
        if outcome.changed:
            told = ", ".join(
                f"{each.item.name}: {each.before['priority']} → {each.item.priority}" for each in outcome.changed[:5]
            )
            self.message_user(request, _("Priority of %s.") % told, messages.SUCCESS)
        if outcome.unchanged:
            text = _("Stopped at the bound %(bound)d: %(names)s.") % {
                "bound": PRIORITY_MIN if by < 0 else PRIORITY_MAX,
                "names": names_text(outcome.unchanged),
            }
            self.message_user(request, text, messages.WARNING)
        return None


def _selection(queryset: QuerySet[PluginItem]) -> ItemSelection:
    return ItemSelection(ids=tuple(queryset.values_list("pk", flat=True)))
