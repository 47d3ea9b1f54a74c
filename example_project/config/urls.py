"""Where everything is."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def no_icon(request: HttpRequest) -> HttpResponse:
    """Say that there is none, since browsers ask for one on every page and report a 404."""
    return HttpResponse(status=204)


urlpatterns = [
    path("favicon.ico", no_icon),
    path("admin/", admin.site.urls),
    path("api/v1/", include("plugin_system_api.urls")),
    path("", include("apps.otp.urls")),
]

if settings.DEBUG:  # It shows codes to whoever looks: for demonstrations only.
    urlpatterns.append(path("gateway/", include("apps.gateway.urls")))
