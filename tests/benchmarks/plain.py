"""
The plainest pages that show the same: stock DRF views that return the same bytes, stock admins of the same columns.

They are the limit of our pages. They answer the same user by the same authentication, and check the same permissions.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from rest_framework import generics, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugin_system import services
from plugin_system.models import PluginItem, PluginType
from plugin_system.origins import Origin
from plugin_system.snapshot import find_choice


class MayViewAndChange(BasePermission):
    """Asks for the permissions that a view names."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.has_perms(view.permissions))


class CompactRenderer(JSONRenderer):
    """JSON as ours is."""

    ensure_ascii = False
    strict = True


class PlainView(APIView):
    """Common to the views."""

    permission_classes = (MayViewAndChange,)
    renderer_classes = (CompactRenderer,)
    permissions: Any = ("plugin_system.view_pluginitem",)


class TypeSerializer(serializers.ModelSerializer[PluginType]):
    key = serializers.CharField()
    state = serializers.SerializerMethodField()

    class Meta:
        model = PluginType
        fields = ("id", "key", "manager", "name", "description", "state", "revision")

    def get_state(self, row: PluginType) -> str:
        return "registered" if row.definition is not None else "missing"


class ItemSerializer(serializers.ModelSerializer[PluginItem]):
    key = serializers.CharField()
    plugin_type_key = serializers.CharField(source="plugin_type.key")
    state = serializers.SerializerMethodField()

    class Meta:
        model = PluginItem
        fields = (
            "id", "key", "plugin_type", "plugin_type_key", "module", "name", "status", "priority", "description",
            "state", "revision",
        )  # fmt: skip

    def get_state(self, row: PluginItem) -> str:
        return "registered" if row.is_loadable else "missing"


class HundredAPage(PageNumberPagination):
    page_size = 100
    page_size_query_param = "page_size"


class ListView(PlainView, generics.ListAPIView[PluginItem]):
    queryset = PluginItem.objects.select_related("plugin_type").order_by(
        "plugin_type__manager", "plugin_type__name", "priority", "module", "name", "pk"
    )
    serializer_class = ItemSerializer
    pagination_class = HundredAPage


class ItemView(PlainView, generics.RetrieveAPIView[PluginItem]):
    queryset = PluginItem.objects.select_related("plugin_type")
    serializer_class = ItemSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 304 to a caller who has the row's revision already."""
        row = self.get_object()
        if request.headers.get("If-None-Match") == f'"{row.revision}"':
            return Response(status=304)
        return Response(self.get_serializer(row).data)


class ResolveActiveView(PlainView):
    permissions = ("plugin_system.view_plugintype", "plugin_system.view_pluginitem")

    def get(self, request: Request, pk: str) -> Response:
        found = services.explain_type(PluginType.objects.get(pk=pk))
        items = ItemSerializer([each.row for each in found.candidates], many=True).data
        return Response(
            {
                "plugin_type": TypeSerializer(found.plugin_type).data,
                "revision": found.plugin_type.chain_revision,
                "reason": found.reason,
                "selected": ItemSerializer(found.selected).data,
                "candidates": [
                    {"item": item, "verdict": each.verdict.value, "explanation": each.explanation}
                    for item, each in zip(items, found.candidates, strict=True)
                ],
            }
        )


class BulkStatusView(PlainView):
    permissions = ("plugin_system.change_pluginitem",)

    def post(self, request: Request) -> Response:
        outcome = services.set_status(
            items=services.ItemSelection(ids=tuple(map(UUID, request.data["select"]["ids"]))),
            status=request.data["status"],
            origin=Origin(actor=request.user.username),
        )
        items = ItemSerializer([each.item for each in outcome.items], many=True).data
        return Response(
            {
                "revision": outcome.revision,
                "dry_run": outcome.dry_run,
                "resolves": [each.as_json() for each in outcome.resolves],
                "changed_count": len(outcome.changed),
                "unchanged_count": len(outcome.unchanged),
                "items": [
                    {"changed": each.changed, "before": each.before, "after": each.after, "item": item}
                    for item, each in zip(items, outcome.items, strict=True)
                ],
            }
        )


site = admin.AdminSite("plain")


class PlainTypeAdmin(admin.ModelAdmin):
    list_display = ("name", "serves_now", "active", "reserve", "disabled", "manager", "description")
    search_fields = ("name", "manager", "description")
    ordering = ("manager", "name")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {
            name: Count("items", filter=Q(items__status=status))
            for name, status in (
                ("count_active", "active"),
                ("count_reserve", "reserve"),
                ("count_disabled", "disable"),
            )
        }
        return super().get_queryset(request).annotate(**counts)

    def serves_now(self, row: PluginType) -> str:
        item = find_choice(row.name, row.manager).candidates[0][0]
        url = reverse("admin:plugin_system_pluginitem_change", args=[item.id])
        return format_html('<a href="{}" title="{}">{}</a>', url, row.key, item.name)

    def active(self, row: Any) -> str:
        return self.counted(row, "active", row.count_active)

    def reserve(self, row: Any) -> str:
        return self.counted(row, "reserve", row.count_reserve)

    def disabled(self, row: Any) -> str:
        return self.counted(row, "disable", row.count_disabled)

    def counted(self, row: Any, status: str, count: int) -> str:
        url = reverse("admin:plugin_system_pluginitem_changelist")
        query = urlencode({"plugin_type__id__exact": str(row.pk), "status__exact": status})
        return format_html('<a href="{}?{}">{}<span class="plugin-word"> {}</span></a>', url, query, count, status)


class PlainItemAdmin(admin.ModelAdmin):
    list_display = ("name", "verdict", "status", "priority", "class_loads", "belongs")
    list_editable = ("status", "priority")
    list_filter = ("status", "plugin_type", ("module", admin.AllValuesFieldListFilter))
    list_select_related = ("plugin_type",)
    list_per_page = 50
    search_fields = ("name", "module", "description", "plugin_type__name", "plugin_type__manager")
    ordering = ("plugin_type__manager", "plugin_type__name", "status", "priority", "module", "name")

    def verdict(self, row: PluginItem) -> str:
        chosen = find_choice(row.plugin_type.name, row.plugin_type.manager).candidates[0][0]
        word = "selected" if (chosen.module, chosen.name) == (row.module, row.name) else row.status
        return format_html('<span class="plugin-badge" title="{}">{}</span>', chosen.name, word)

    @admin.display(boolean=True)
    def class_loads(self, row: PluginItem) -> bool:
        return row.is_loadable

    def belongs(self, row: PluginItem) -> str:
        return format_html('{}<span class="plugin-below">{}</span>', row.plugin_type.key, row.module)


site.register(PluginType, PlainTypeAdmin)
site.register(PluginItem, PlainItemAdmin)
