"""Plugin types in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from plugin_system.admin.badges import OWN_CHOICE, two_lines
from plugin_system.admin.chains import chain_of
from plugin_system.admin.change_lists import StatusChangeList, status_of_row
from plugin_system.admin.forms import TypeForm
from plugin_system.admin.syncing import SyncAdmin
from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import InvalidKeyError
from plugin_system.models import PluginType
from plugin_system.rows import row_uuid
from plugin_system.services import HistoryQuery, PlannedRow


@admin.register(PluginType)
class PluginTypeAdmin(SyncAdmin):
    """What is swappable, and what serves now."""

    form = TypeForm
    list_display = ("name", "serves_now", "active", "reserve", "disabled", "manager", "description")
    search_fields = ("name", "manager", "description")
    search_help_text = gettext_lazy("By name, manager or description; or a whole key.")
    ordering = ("manager", "name")
    actions = None
    change_list_template = "plugin_system/admin/type_list.html"
    change_form_template = "plugin_system/admin/row_form.html"
    readonly_fields = ("name", "manager", "key_text")
    fieldsets = (
        (None, {"fields": ("description", "reason", "seen")}),
        (gettext_lazy("From code"), {"fields": readonly_fields}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: PluginType | None = None) -> Any:
        """Leave out what only an edit needs, where the user may only look."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("description",)}), *self.fieldsets[1:])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StatusChangeList]:
        """Return the list whose rows know what serves."""
        return StatusChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; there is nothing to post."""
        self.require_change(request)
        return super().changelist_view(request, extra_context)

    def history_of(self, row: PluginType) -> HistoryQuery:
        """Return the changes of the type and of its items."""
        return HistoryQuery(plugin_type=row.key)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the type's chain."""
        row: PluginType = context["original"]
        may_promote = request.user.has_perm("plugin_system.change_pluginitem")
        context |= {"chain": chain_of(row), "chain_type": row, "may_promote": may_promote}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PluginType], search_term: str
    ) -> tuple[QuerySet[PluginType], bool]:
        """Find a key as everywhere else, or search."""
        try:
            key = TypeKey.parse(search_term.strip())
        except InvalidKeyError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(manager=key.manager, name=key.name), False

    # Columns and read-only fields

    @admin.display(description=gettext_lazy("Serves now"))
    def serves_now(self, row: PluginType) -> SafeString | str:
        """The item that the type resolves to in this process, or would but for its own function."""
        status = status_of_row(row)
        if status is None or status.selected is None or status.selected_row is None:
            return format_html('<span class="plugin-badge plugin-nothing">{}</span>', gettext_lazy("Nothing usable"))
        note = {
            OWN_CHOICE: gettext("first in order; get_plugin chooses"),
            PluginStatus.RESERVED.value: gettext("as reserve"),
        }.get(status.reason, "")
        return two_lines(item_link(status.selected, status.selected_row), note)

    @admin.display(description=gettext_lazy("Active"))
    def active(self, row: PluginType) -> SafeString | str:
        """How many items are active."""
        return self._count(row, PluginStatus.ACTIVE)

    @admin.display(description=gettext_lazy("Reserve"))
    def reserve(self, row: PluginType) -> SafeString | str:
        """How many items are in reserve."""
        return self._count(row, PluginStatus.RESERVED)

    @admin.display(description=gettext_lazy("Disabled"))
    def disabled(self, row: PluginType) -> SafeString | str:
        """How many items are disabled."""
        return self._count(row, PluginStatus.DISABLED)

    def _count(self, row: PluginType, status: PluginStatus) -> SafeString:
        found = status_of_row(row)
        count = 0 if found is None else found.counts[status]
        query = urlencode({"plugin_type__id__exact": str(row.pk), "status__exact": status.value})
        url = reverse("admin:plugin_system_pluginitem_changelist", current_app=self.admin_site.name)
        return format_html(
            '<a href="{}?{}">{}<span class="plugin-word"> {}</span></a>', url, query, count, status.label
        )

    @admin.display(description=gettext_lazy("Key"))
    def key_text(self, row: PluginType) -> SafeString:
        """The key by which the API and the command line know the type."""
        return format_html("<code>{}</code>", row.key)


def item_link(key: ItemKey, row: PlannedRow) -> SafeString:
    """Return the item's name as a link to its page; an archived one has none."""
    if row.archived:
        return format_html("{}", key.name)
    url = reverse("admin:plugin_system_pluginitem_change", args=[row_uuid(row.id)])
    return format_html('<a href="{}" title="{}">{}</a>', url, key, key.name)
