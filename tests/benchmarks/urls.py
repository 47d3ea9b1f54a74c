"""The URLs of the benchmark's processes: ours, and beside them the plainest that show the same."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls)]
if apps.is_installed("plugin_system"):
    from tests.benchmarks import plain

    urlpatterns += [
        path("api/v1/", include("plugin_system_api.urls")),
        path("plain/admin/", plain.site.urls),
        path("plain/plugin-items/", plain.ListView.as_view()),
        path("plain/plugin-items/bulk-status/", plain.BulkStatusView.as_view()),
        path("plain/plugin-items/<uuid:pk>/", plain.ItemView.as_view()),
        path("plain/plugin-types/<uuid:pk>/resolve-active/", plain.ResolveActiveView.as_view()),
    ]
