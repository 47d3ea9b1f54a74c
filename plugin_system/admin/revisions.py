"""The history of everything in the admin: read, and reverted."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plugin_system import services
from plugin_system.admin.badges import NOTHING, two_lines
from plugin_system.admin.change_lists import RevisionChangeList, may_undo_row, summary_of_row
from plugin_system.admin.deeds import deed_of, may_see_changes, switches_of, switches_summary
from plugin_system.admin.moments import day_text, moment_text, time_text
from plugin_system.admin.writing import WritingAdmin
from plugin_system.models import Revision

_MOST_CHANGES = 200


@admin.register(Revision)
class RevisionAdmin(WritingAdmin):
    """What was done, by whom, when, through which door and why; nobody edits it."""

    list_display = ("number", "when", "who", "what", "resolved")
    list_filter = ("channel", "created_at")
    list_per_page = 50
    search_fields = ("actor", "reason", "request_id", "changes__key")
    search_help_text = gettext_lazy("By actor, reason, request id, or the key of a type or item.")
    ordering = ("-number",)
    actions = None
    show_full_result_count = False
    change_form_template = "plugin_system/admin/revision.html"
    change_list_template = "plugin_system/admin/revision_list.html"
    empty_value_display = NOTHING
    fields = readonly_fields = ("made", "actor", "actor_id", "channel", "reason", "request_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no: a revision is made by a change."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: what was done was done."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: history is forgotten by age, on the command line."""
        return False

    def may_revert(self, request: HttpRequest) -> bool:
        """Whether the user may undo what they see here."""
        return self.has_view_permission(request) and request.user.has_perm("plugin_system.change_pluginitem")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        """Read from where services write."""
        return super().get_queryset(request).using(services.write_database())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RevisionChangeList]:
        """Return the list whose rows know what they did."""
        return RevisionChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show the reason alone where the user may not see what was changed; a button to revert where they may."""
        shown = [name if name != "what" or may_see_changes(request) else "reason" for name in self.list_display]
        return [*shown, "undo"] if self.may_revert(request) else shown

    def get_urls(self) -> list[URLPattern]:
        """Add the page that reverts."""
        view = self.admin_site.admin_view(self.revert_view)
        return [path("<path:object_id>/revert/", view, name="plugin_system_revision_revert"), *super().get_urls()]

    # Columns

    @admin.display(description=gettext_lazy("Time"), ordering="created_at")
    def when(self, revision: Revision) -> SafeString:
        """The day, and the time."""
        return two_lines(day_text(revision.created_at), time_text(revision.created_at))

    @admin.display(description=gettext_lazy("Time"))
    def made(self, revision: Revision) -> str:
        """The day and the time, as a whole."""
        return moment_text(revision.created_at)

    @admin.display(description=gettext_lazy("Who"), ordering="actor")
    def who(self, revision: Revision) -> SafeString:
        """The actor, and the door."""
        return two_lines(revision.actor or NOTHING, revision.get_channel_display())

    @admin.display(description=gettext_lazy("What and why"))
    def what(self, revision: Revision) -> SafeString:
        """The first few of the rows that were changed, how, and why."""
        return two_lines(summary_of_row(revision), revision.reason)

    @admin.display(description=gettext_lazy("What serves since"), empty_value=NOTHING)
    def resolved(self, revision: Revision) -> str:
        """The types for which another item serves since."""
        return switches_summary(revision)

    @admin.display(description=gettext_lazy("Undo"), empty_value="")
    def undo(self, revision: Revision) -> SafeString | str:
        """The button to the page that shows what reverting would do, and asks; none where there is nothing to undo."""
        if not may_undo_row(revision):
            return ""
        url = reverse("admin:plugin_system_revision_revert", args=[revision.pk], current_app=self.admin_site.name)
        return format_html(
            '<a class="button plugin-undo" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            url,
            _("Revert"),
            revision.number,
        )

    # Pages

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show what the revision did."""
        revision: Revision = context["original"]
        changes, sees_changes = [], may_see_changes(request)
        if sees_changes:
            changes = list(revision.changes.order_by("pk")[: _MOST_CHANGES + 1])
        for change in changes:
            change.revision = revision
        deeds, is_cut = [deed_of(change) for change in changes[:_MOST_CHANGES]], len(changes) > _MOST_CHANGES
        # Nobody knows of what they do not see.
        has_something_to_undo = is_cut or not sees_changes or any(deed.may_be_undone for deed in deeds)
        context |= {
            "title": _("Revision %d") % revision.number,
            "subtitle": None,
            "switches": switches_of(revision),
            "deeds": deeds,
            "is_cut": is_cut,
            "may_see_changes": sees_changes,
            "may_revert": has_something_to_undo and self.may_revert(request),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def revert_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what undoing the revision would do; on a post, undo it."""
        if not self.may_revert(request):
            raise PermissionDenied
        revision = self.get_object(request, unquote(object_id))
        if revision is None:
            self.message_user(request, _("The history has no such revision."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:plugin_system_revision_changelist"))
        if services.describes_types(revision.number) and not request.user.has_perm("plugin_system.change_plugintype"):
            raise PermissionDenied
        return self.confirm(
            request,
            partial(services.revert, revision=revision.number),
            title=_("Revert revision %d") % revision.number,
            lead=_("The rows get back the status, priority and description that they had before it."),
            verb=_("Revert it"),
            back=reverse("admin:plugin_system_revision_change", args=[quote(revision.number)]),
        )
