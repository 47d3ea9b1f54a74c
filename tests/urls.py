"""The URLs of the test suite's host project."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("plugin_system_api.urls")),
]
