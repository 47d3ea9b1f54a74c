"""What every admin class that writes shares: one service call, what is said of it, and the page that asks first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters, get_content_type_for_model
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from plugin_system.admin.acting import (
    EXPECTED,
    FORCE,
    PREVIEW_BUTTON,
    Act,
    Preview,
    PreviewWantedError,
    act_for,
    is_preview,
    preview_of,
    reason_of,
)
from plugin_system.admin.deeds import switches
from plugin_system.admin.sentences import entry_text, field_changes, names_text, resolving_text
from plugin_system.choices import REASON_MAX_LENGTH
from plugin_system.conf import app_settings
from plugin_system.exceptions import NothingUsableError, PluginSystemError, ReasonRequiredError
from plugin_system.models import PluginItem, PluginType
from plugin_system.services import Outcome

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

_NOT_REPLAYED = {"csrfmiddlewaretoken", "reason", FORCE, EXPECTED, PREVIEW_BUTTON}
_MOST_SHOWN = 20


class WritingAdmin(ModelAdmin):
    """Turns a request into one service call, and its outcome into messages, history entries or a question."""

    class Media:
        css = {"all": ["plugin_system/admin.css"]}  # noqa: RUF012

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """
        Return the list that the query asks for.

        :raises IncorrectLookupParameters: the query holds what no text of a database may.
        """
        if "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            raise IncorrectLookupParameters("The query holds a NUL character.")
        return super().get_changelist_instance(request)

    def require_change(self, request: HttpRequest) -> None:
        """
        Refuse a post of somebody who may only look.

        :raises PermissionDenied: the user lacks the change permission.
        """
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied

    def commit(self, request: HttpRequest, act: Act) -> Outcome:
        """Make the service call and tell what serves since."""
        outcome = act_for(request, act)
        if outcome.changed:
            self.tell(request, outcome.resolves)
        return outcome

    def tell(self, request: HttpRequest, resolves: Iterable[Any]) -> None:
        """Tell what serves now, louder where nothing does."""
        for each in resolves:
            level = messages.WARNING if each.after is None else messages.INFO
            self.message_user(request, resolving_text(each), level)

    def attempt(self, request: HttpRequest, act: Act) -> Outcome | HttpResponse | None:
        """
        Make the service call and write its history.

        Returns the outcome; or the page that asks, where the operator may insist or wants to see it first; or ``None``
        where the call was refused, and the operator was told.
        """
        try:
            outcome = self.commit(request, act)
        except (NothingUsableError, ReasonRequiredError, PreviewWantedError):
            return self.ask(request, act)
        except PluginSystemError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        self.log_outcome(request, outcome)
        return outcome

    def log_outcome(self, request: HttpRequest, outcome: Outcome) -> None:
        """Write a history entry of Django's for each changed row, in one statement."""
        rows: list[tuple[PluginItem | PluginType, list[str]]] = [
            (each.item, field_changes(each.before, each.after)) for each in outcome.changed
        ]
        rows += [(each.plugin_type, field_changes(each.before, each.after)) for each in outcome.plugin_types]
        user, reason = str(request.user.pk), reason_of(request)
        LogEntry.objects.bulk_create(
            LogEntry(
                user_id=user,
                content_type=get_content_type_for_model(row),
                object_id=str(row.pk),
                object_repr=str(row)[:200],
                action_flag=CHANGE,
                change_message=entry_text(phrases, outcome.revision, reason),
            )
            for row, phrases in rows
            if phrases
        )

    def ask(self, request: HttpRequest, act: Act) -> HttpResponse | None:
        """Return the page on which the operator gives a reason or insists: it sends the request's post again."""
        preview = preview_of(act)
        if preview.outcome is None:
            self.message_user(request, preview.refusal, messages.ERROR)
            return None
        return self.confirmation(
            request,
            preview,
            **_question(request, preview),
            replayed=[*_replayed(request), (EXPECTED, str(len(preview.outcome.items)))],
            cancel_url=request.get_full_path(),
        )

    def confirm(self, request: HttpRequest, act: Act, *, title: str, lead: str, verb: str, back: str) -> HttpResponse:
        """Show what the service call would do; on a post, make it and go ``back``."""
        if request.method != "POST":
            preview = preview_of(act)
            verb = _("Do it all the same") if preview.needs_force else verb
            return self.confirmation(request, preview, title=title, lead=lead, verb=verb, cancel_url=back)
        outcome = self.attempt(request, act)
        if isinstance(outcome, HttpResponse):
            return outcome
        if outcome is None:
            return HttpResponseRedirect(request.get_full_path())
        if outcome.revision is None:
            self.message_user(request, _("Nothing was changed: everything is so already."), messages.INFO)
        else:
            text = _("Done, as revision %(number)d.") % {"number": outcome.revision}
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(back)

    def confirmation(
        self,
        request: HttpRequest,
        preview: Preview,
        *,
        title: str,
        lead: str,
        verb: str,
        cancel_url: str,
        replayed: list[tuple[str, str]] | None = None,
    ) -> HttpResponse:
        """Return the page that shows what a service call would do, takes a reason and asks."""
        outcome = preview.outcome
        rows = [] if outcome is None else _changed_rows(outcome)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "lead": lead,
            "verb": verb,
            "preview": preview,
            "switches": [] if outcome is None else switches(outcome.resolves),
            "changed": rows[:_MOST_SHOWN],
            "more": max(0, len(rows) - _MOST_SHOWN),
            "unchanged": "" if outcome is None or not rows else names_text(outcome.unchanged),
            "loses_edits": _is_action(request) and _has_typed_edits(request),
            "replayed": replayed or [],
            "force_name": FORCE,
            "reason": request.POST.get("reason", "")[:REASON_MAX_LENGTH],
            "reason_length": REASON_MAX_LENGTH,
            "reason_required": app_settings.PLUGIN_SYSTEM_REQUIRE_REASON,
            "cancel_url": cancel_url,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "plugin_system/admin/confirmation.html", context)


def _question(request: HttpRequest, preview: Preview) -> dict[str, str]:
    """Return what the page asks: its title, a sentence, and the words of its button."""
    if preview.needs_force:
        title = _("Leave nothing usable?")
        if is_preview(request.POST):
            title = _("Preview, nothing saved: this would leave nothing usable")
        return {"title": title, "lead": "", "verb": _("Do it all the same")}
    if is_preview(request.POST):
        return {"title": _("What this would do"), "lead": _("Nothing has been done yet."), "verb": _("Do it")}
    return {"title": _("Say why"), "lead": _("A reason is kept with every change here."), "verb": _("Do it")}


def _changed_rows(outcome: Outcome) -> list[tuple[str, list[str]]]:
    changed = [(str(each.item.key), each.before, each.after) for each in outcome.changed]
    described = [each for each in outcome.plugin_types if each.before != each.after]
    changed += [(str(each.plugin_type.key), each.before, each.after) for each in described]
    return [(key, field_changes(before, after)) for key, before, after in changed]


def _replayed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the post that the confirmation sends again: all, but for an action the list's rows."""
    is_action = _is_action(request)
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in _NOT_REPLAYED and not (is_action and name.startswith(("form-", "initial-form-")))
    ]


def _is_action(request: HttpRequest) -> bool:
    return "action" in request.POST and "_save" not in request.POST


def _has_typed_edits(request: HttpRequest) -> bool:
    """Whether a field of the list differs from what was shown there."""
    post = request.POST
    return any(name.startswith("form-") and post.get(f"initial-{name}", value) != value for name, value in post.items())
