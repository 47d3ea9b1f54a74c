"""Plugin items in the admin."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from plugin_system import services
from plugin_system.admin.acting import press_previewed
from plugin_system.admin.badges import badge, breakable, in_label, standing_of, two_lines
from plugin_system.admin.chains import chain_of
from plugin_system.admin.change_lists import (
    ExplainedChangeList,
    chain_page_of_row,
    explanation_of_row,
    may_see_types,
)
from plugin_system.admin.filters import StateFilter
from plugin_system.admin.forms import ItemForm, ReasonActionForm
from plugin_system.admin.item_actions import ItemActions
from plugin_system.admin.quick_edit import QuickEditForm, QuickEditFormSet
from plugin_system.choices import PluginStatus
from plugin_system.definitions import TypeKey
from plugin_system.exceptions import InvalidKeyError, NotLoadableError
from plugin_system.models import PluginItem
from plugin_system.services import HistoryQuery

# In the order in which they come to serve.
_RANK = Case(
    When(status=PluginStatus.ACTIVE, then=Value(0)),
    When(status=PluginStatus.RESERVED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@admin.register(PluginItem)
class PluginItemAdmin(ItemActions):
    """What operators decide: which item serves."""

    form = ItemForm
    list_display = ("name", "verdict", "status", "priority", "class_loads", "belongs")
    list_editable = ("status", "priority")
    list_filter = ("status", StateFilter, "plugin_type", ("module", admin.AllValuesFieldListFilter))
    # A row has six fields in the form, and Django takes a thousand.
    list_per_page = 50
    list_max_show_all = 100
    search_fields = ("name", "module", "description", "plugin_type__name", "plugin_type__manager")
    search_help_text = gettext_lazy("By name, module, type or description; or a whole key.")
    ordering = ("plugin_type__manager", "plugin_type__name", _RANK, "priority", "module", "name")
    action_form = ReasonActionForm
    change_list_template = "plugin_system/admin/item_list.html"
    change_form_template = "plugin_system/admin/row_form.html"
    readonly_fields = ("name", "module", "plugin_type", "key_text", "class_text")
    fieldsets = (
        (None, {"fields": ("status", "priority", "description", "reason", "seen")}),
        (gettext_lazy("From code"), {"fields": readonly_fields}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PluginItem]:
        """Read the items with their types."""
        return super().get_queryset(request).select_related("plugin_type")

    def get_fieldsets(self, request: HttpRequest, obj: PluginItem | None = None) -> Any:
        """Leave out what only an edit needs, where the user may only look."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        decided = (None, {"fields": ("status", "priority", "description")})
        return (decided, *self.fieldsets[1:])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ExplainedChangeList]:
        """Return the list whose rows know what serves."""
        return ExplainedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PluginItem], search_term: str
    ) -> tuple[QuerySet[PluginItem], bool]:
        """Find a key as everywhere else, or search."""
        type_text, _, own_text = search_term.strip().partition("/")
        try:
            kind, own = TypeKey.parse(type_text), TypeKey.parse(own_text) if own_text else None
        except InvalidKeyError:
            return super().get_search_results(request, queryset, search_term)
        found = queryset.filter(plugin_type__manager=kind.manager, plugin_type__name=kind.name)
        return found if own is None else found.filter(module=own.manager, name=own.name), False

    # Columns and read-only fields

    @admin.display(description=gettext_lazy("Class loads"))
    def class_loads(self, item: PluginItem) -> SafeString:
        """Whether this process has the item's code; nothing is instantiated."""
        return in_label(gettext("Class loads"), display_for_value(item.is_loadable, "", boolean=True))

    @admin.display(description=gettext_lazy("Now"), empty_value="")
    def verdict(self, item: PluginItem) -> SafeString | str:
        """What the item does now, and why."""
        explanation = explanation_of_row(item)
        if explanation is None:
            return ""
        found = next((each for each in explanation.candidates if each.row.pk == item.pk), None)
        return badge(standing_of(found, explanation.reason), chain_page_of_row(item)) if found else ""

    @admin.display(description=gettext_lazy("Plugin type, module"), ordering="plugin_type__name")
    def belongs(self, item: PluginItem) -> SafeString:
        """The plugin type that the item is of, and the module that provides it."""
        return two_lines(breakable(item.plugin_type.key), breakable(item.module))

    @admin.display(description=gettext_lazy("Key"))
    def key_text(self, item: PluginItem) -> str:
        """The key by which the API and the command line know the item."""
        return format_html("<code>{}</code>", item.key)

    @admin.display(description=gettext_lazy("Class"))
    def class_text(self, item: PluginItem) -> str:
        """The class that this process would use, or why there is none."""
        try:
            found = item.load_class()
        except NotLoadableError as error:
            return str(error)
        return format_html("<code>{}.{}</code>", found.__module__, found.__qualname__)

    # Pages

    def history_of(self, row: PluginItem) -> HistoryQuery:
        """Return the changes of the item."""
        return HistoryQuery(item=row.pk)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the chain in which the item stands."""
        item: PluginItem = context["original"]
        context |= {
            "chain": chain_of(item.plugin_type, here=item.pk),
            "chain_type": item.plugin_type,
            "may_promote": self.has_change_permission(request),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that promotes."""
        view = self.admin_site.admin_view(self.promote_view)
        return [path("<path:object_id>/promote/", view, name="plugin_system_pluginitem_promote"), *super().get_urls()]

    def promote_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what making the item the one that serves would do; on a post, do it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        item = self.get_object(request, unquote(object_id))
        if item is None:
            self.message_user(request, gettext("There is no such item; it may have been archived."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:plugin_system_pluginitem_changelist"))
        return self.confirm(
            request,
            partial(services.promote, item=item.pk),
            title=gettext("Make %s the one that serves") % item.name,
            lead=gettext("It becomes active and goes ahead of the other active ones."),
            verb=gettext("Let it serve"),
            back=self._page_of_chain(request, item),
        )

    def _page_of_chain(self, request: HttpRequest, item: PluginItem) -> str:
        """Return the page that shows the item's chain: the type's own, for those who may see that."""
        if may_see_types(request):
            return reverse("admin:plugin_system_plugintype_change", args=[item.plugin_type_id])
        return reverse("admin:plugin_system_pluginitem_change", args=[item.pk])

    # Quick edits

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the formset's class, made to act for the request's user."""
        formset: Any = super().get_changelist_formset(request, formset=QuickEditFormSet, **kwargs)
        formset.commit = staticmethod(partial(self.commit, request))
        return formset

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form of one row of the list."""
        return super().get_changelist_form(request, form=QuickEditForm, fields=self.list_editable, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or take an action or quick edits."""
        self.require_change(request)
        press_previewed(request)
        response = super().changelist_view(request, extra_context)
        shown: Any = (getattr(response, "context_data", None) or {}).get("cl")
        formset = getattr(shown, "formset", None)
        if not isinstance(formset, QuickEditFormSet) or not formset.is_bound:
            return response
        if formset.paused is not None:
            page = self.ask(request, formset.paused)
            if page is not None:
                return page
        # Django would lay the posted forms beside whatever rows the list has now.
        shown.result_list = [form.instance for form in formset.forms]
        shown.explain(shown.result_list)
        return response
