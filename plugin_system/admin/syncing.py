"""Syncing from the admin: first the plan, then the deed."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plugin_system import services
from plugin_system.admin.acting import PREVIEW, origin_of
from plugin_system.admin.deeds import switches
from plugin_system.admin.history import HistoryAdmin
from plugin_system.admin.sentences import field_changes
from plugin_system.choices import REASON_MAX_LENGTH, SyncMode
from plugin_system.conf import app_settings
from plugin_system.exceptions import PluginSystemError
from plugin_system.services import SyncAction, SyncOutcome, SyncPlan

SYNC = "plugin_system.sync_plugins"
PRUNE = "plugin_system.prune_plugins"
_MOST_STEPS = 200
_WORDS = {
    SyncAction.CREATE: gettext_lazy("create"),
    SyncAction.UPDATE: gettext_lazy("update"),
    SyncAction.RESTORE: gettext_lazy("bring back"),
    SyncAction.ARCHIVE: gettext_lazy("archive"),
    SyncAction.KEEP: gettext_lazy("keep"),
}
_AS_IT_IS = {"keep": gettext_lazy("kept"), "unchanged": gettext_lazy("unchanged")}
_PLANNED = {
    "create": gettext_lazy("to create"),
    "update": gettext_lazy("to update"),
    "restore": gettext_lazy("to bring back"),
    "archive": gettext_lazy("to archive"),
    **_AS_IT_IS,
}
_DONE = {
    "create": gettext_lazy("created"),
    "update": gettext_lazy("updated"),
    "restore": gettext_lazy("brought back"),
    "archive": gettext_lazy("archived"),
    **_AS_IT_IS,
}


class SyncForm(forms.Form):
    """What a sync does with rows that exist."""

    mode = forms.ChoiceField(
        label=gettext_lazy("Rows that exist"),
        choices=[
            (SyncMode.CREATE.value, gettext_lazy("Leave as they are")),
            (SyncMode.UPDATE.value, gettext_lazy("Take over what code says")),
        ],
        help_text=gettext_lazy("What code says: the description, and the priority where it states one."),
        required=False,
    )
    prune = forms.BooleanField(label=gettext_lazy("Archive rows whose app is no longer installed"), required=False)
    prune_missing = forms.BooleanField(
        label=gettext_lazy("Archive every row whose code this process lacks"), required=False
    )

    def __init__(self, data: Any, *, may_prune: bool) -> None:
        super().__init__(data)
        if not may_prune:
            del self.fields["prune"], self.fields["prune_missing"]

    def options(self) -> dict[str, Any]:
        """Return the arguments of the service; what is damaged counts for the default."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "mode": SyncMode(given.get("mode") or SyncMode.CREATE),
            "prune": bool(given.get("prune")),
            "prune_missing": bool(given.get("prune_missing")),
        }


class SyncAdmin(HistoryAdmin):
    """Adds the page on which rows are made to follow the code of this process."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view = self.admin_site.admin_view(self.sync_view)
        return [path("sync/", view, name="plugin_system_plugintype_sync"), *super().get_urls()]

    def sync_view(self, request: HttpRequest) -> HttpResponse:
        """Show what a sync would do; on a post, do it, if the plan is still the one that was shown."""
        if not request.user.has_perm(SYNC):
            raise PermissionDenied
        may_prune = request.user.has_perm(PRUNE)
        given = request.POST if request.method == "POST" else request.GET
        if not may_prune and ("prune" in given or "prune_missing" in given):
            raise PermissionDenied
        form = SyncForm(given, may_prune=may_prune)
        try:
            outcome = services.sync_plugins(origin=PREVIEW, dry_run=True, **form.options())
        except PluginSystemError as error:
            # There is no plan to show.
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self._back(request))
        if request.method == "POST" and self._sync(request, form, outcome.plan):
            return HttpResponseRedirect(self._back(request))
        return self._sync_page(request, form, outcome)

    def _sync(self, request: HttpRequest, form: SyncForm, plan: SyncPlan) -> bool:
        """Sync and return true, or tell why not."""
        if request.POST.get("plan") != _digest(plan):
            text = _("The plan is another one now, and nothing was done. Look at it again.")
            self.message_user(request, text, messages.WARNING)
            return False
        try:
            outcome = services.sync_plugins(origin=origin_of(request), **form.options())
        except PluginSystemError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        if outcome.revision is None:
            self.message_user(request, _("Nothing was changed: rows and code agree."), messages.INFO)
            return True
        text = _("Synced, as revision %(number)d: %(counts)s.")
        done = {"number": outcome.revision, "counts": _counts_text(outcome.plan, _DONE)}
        self.message_user(request, text % done, messages.SUCCESS)
        self.tell(request, outcome.resolves)
        return True

    def _back(self, request: HttpRequest) -> str:
        """Return the list of what was synced, for those who may see it."""
        listed: bool = self.has_view_or_change_permission(request)
        return reverse(f"admin:{'plugin_system_plugintype_changelist' if listed else 'index'}")

    def _sync_page(self, request: HttpRequest, form: SyncForm, outcome: SyncOutcome) -> HttpResponse:
        steps = sorted(outcome.plan.steps, key=lambda step: step.action is SyncAction.KEEP)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sync plugins from code"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "back": self._back(request),
            "options": [(name, str(value)) for name, value in form.data.items() if name in form.fields],
            "plan": outcome.plan,
            "digest": _digest(outcome.plan),
            "counts": _counts_text(outcome.plan, _PLANNED),
            "steps": [
                (step, _WORDS[step.action], field_changes(step.before, step.after)) for step in steps[:_MOST_STEPS]
            ],
            "more": max(0, len(steps) - _MOST_STEPS),
            "switches": switches(outcome.resolves),
            "problems": [str(problem) for problem in services.registration_problems()],
            "reason": request.POST.get("reason", "")[:REASON_MAX_LENGTH],
            "reason_length": REASON_MAX_LENGTH,
            "reason_required": app_settings.PLUGIN_SYSTEM_REQUIRE_REASON,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "plugin_system/admin/sync.html", context)


def _counts_text(plan: SyncPlan, words: dict[str, Any]) -> str:
    return ", ".join(f"{count} {words[name]}" for name, count in plan.counts.items() if count) or _("no rows")


def _digest(plan: SyncPlan) -> str:
    """Return a hash of what the plan would write."""
    text = "\n".join(f"{step.action} {step.key} {step.before} {step.after}" for step in plan.changes)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
