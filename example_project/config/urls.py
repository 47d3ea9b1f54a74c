"""Where everything is."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    # The REST API goes here: path("api/v1/", include("plugin_system_api.urls")),
    path("", include("apps.otp.urls")),
]

if settings.DEBUG:  # It shows codes to whoever looks: for demonstrations only.
    urlpatterns.append(path("gateway/", include("apps.gateway.urls")))
