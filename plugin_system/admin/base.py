"""What the admin classes of rows share: what Django says after a form is true, though a service has written."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from plugin_system import services
from plugin_system.admin.acting import reason_of
from plugin_system.admin.forms import ChangeForm
from plugin_system.admin.sentences import entry_text
from plugin_system.admin.writing import WritingAdmin


class ServiceAdmin(WritingAdmin):
    """Rows that come from code: nobody adds or deletes one here, and edits go through the services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no: a row is made by a sync."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: a row goes, by a sync too, when its code has gone."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read from where services write: a replica's revisions may be old, and every edit would be refused."""
        return super().get_queryset(request).using(services.write_database())

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """
        Show the form, or take it.

        Not in a transaction of Django's: there the form's reads would come before the service's lock, and under
        repeatable read the service would decide on the sight of the past.
        """
        response: HttpResponse = self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        context = getattr(response, "context_data", None) or {}
        form = getattr(context.get("adminform"), "form", None)
        if isinstance(form, ChangeForm) and form.paused is not None:
            return self.ask(request, form.paused) or response
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form's class, made to act for the request's user."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.commit = staticmethod(partial(self.commit, request))
        return form

    # Django's admin saves and logs after a form's validation; here the validation has written.

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> Any:
        """Return the row; it is written already."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Leave the row alone; it is written already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Leave related rows alone; there are none to write."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return the history entry; empty where nothing has changed."""
        return entry_text(form.phrases, form.number, reason_of(request)) if form.phrases else ""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write the history entry, if something has changed."""
        return super().log_change(request, obj, message) if message else None

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say that the row was changed only where it was."""
        if int(request.POST["seen"]) != obj.revision:
            return super().response_change(request, obj)
        self.message_user(request, _("Nothing was changed: everything is so already."), messages.INFO)
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        return self.response_post_save_change(request, obj)
