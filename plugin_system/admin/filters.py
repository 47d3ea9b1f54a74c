"""Filters of the lists."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from plugin_system import services
from plugin_system.models import PluginItem


class StateFilter(admin.SimpleListFilter):
    """Whether code of this process registers the item."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two states."""
        return [("registered", _("Registered")), ("missing", _("Missing: no code here"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the items in the chosen state."""
        if self.value() is None:
            return queryset
        if self.value() == "registered":
            return queryset.exclude(pk__in=services.missing_ids(PluginItem))
        if self.value() == "missing":
            return queryset.filter(pk__in=services.missing_ids(PluginItem))
        raise IncorrectLookupParameters(f"There is no state {self.value()!r}.")
