"""What was done to one row, through every door, newest first."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from plugin_system import services
from plugin_system.admin.base import ServiceAdmin
from plugin_system.admin.deeds import deed_of, may_see_changes
from plugin_system.services import HistoryQuery

_PER_PAGE = 50


class HistoryAdmin(ServiceAdmin):
    """Shows the recorded changes in the place of Django's own history, which knows of the admin only."""

    def history_of(self, row: Any) -> HistoryQuery:
        """Return which changes are the row's history."""
        raise NotImplementedError

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """
        Show who changed the row, when, through which door, why, and what serves since.

        :raises PermissionDenied: the user may not see the row, or no changes; Django's own page, which knows of the
            admin only, would say that nothing has ever changed.
        """
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return super().history_view(request, object_id, extra_context)
        if not self.has_view_or_change_permission(request, row) or not may_see_changes(request):
            raise PermissionDenied
        changes = services.list_changes(self.history_of(row)).reverse()
        page = self.get_paginator(request, changes, _PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(row),
            "original": row,
            "opts": self.opts,
            "media": self.media,
            "page": page,
            "deeds": [deed_of(change) for change in page],
            "may_see_revisions": request.user.has_perm("plugin_system.view_revision"),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "plugin_system/admin/history.html", context)
