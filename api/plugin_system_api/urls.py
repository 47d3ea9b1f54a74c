"""
Where everything is; a host mounts it with ``path("api/v1/", include("plugin_system_api.urls"))``.

Every URL is accepted with and without its last slash. Whatever stands for a row comes to the view, so that also a
malformed id is a 404 of ours, after authentication. An item's key has a slash, which servers decode from its ``%2F``.
"""

from django.urls import re_path

from plugin_system_api.views.changes import ChangeViews
from plugin_system_api.views.document import DocumentViews
from plugin_system_api.views.plugin_items import PluginItemViews
from plugin_system_api.views.plugin_types import PluginTypeViews
from plugin_system_api.views.status import StatusViews
from plugin_system_api.views.sync import SyncViews

_TYPE = r"(?P<type>[\s\S]+?)"
_ITEM = r"(?P<item>[\s\S]+?)"
_REVISION = r"(?P<revision>[\s\S]+?)"

app_name = "plugin_system_api"
urlpatterns = [
    re_path(r"^plugin-types/?$", PluginTypeViews.as_view({"get": "list"}), name="plugin-types"),
    re_path(
        rf"^plugin-types/{_TYPE}/resolve-active/?$",
        PluginTypeViews.as_view({"get": "resolve_active"}),
        name="resolve-active",
    ),
    re_path(
        rf"^plugin-types/{_TYPE}/?$",
        PluginTypeViews.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="plugin-type",
    ),
    re_path(r"^resolve-active/?$", PluginTypeViews.as_view({"get": "resolve_active_all"}), name="resolve-active-all"),
    re_path(r"^plugin-items/?$", PluginItemViews.as_view({"get": "list"}), name="plugin-items"),
    re_path(r"^plugin-items/bulk-status/?$", PluginItemViews.as_view({"post": "bulk_status"}), name="bulk-status"),
    re_path(
        r"^plugin-items/bulk-priority/?$", PluginItemViews.as_view({"post": "bulk_priority"}), name="bulk-priority"
    ),
    re_path(
        rf"^plugin-items/{_ITEM}/promote/?$", PluginItemViews.as_view({"post": "promote"}), name="plugin-item-promote"
    ),
    re_path(
        rf"^plugin-items/{_ITEM}/?$",
        PluginItemViews.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="plugin-item",
    ),
    re_path(r"^sync/?$", SyncViews.as_view({"post": "run"}), name="sync"),
    re_path(r"^changes/?$", ChangeViews.as_view({"get": "list"}), name="changes"),
    re_path(rf"^changes/{_REVISION}/revert/?$", ChangeViews.as_view({"post": "revert"}), name="revision-revert"),
    re_path(r"^status/?$", StatusViews.as_view({"get": "retrieve"}), name="status"),
    re_path(r"^schema/?$", DocumentViews.as_view({"get": "document"}), name="schema"),
    re_path(r"^docs/?$", DocumentViews.as_view({"get": "page"}), name="docs"),
]
