"""The OpenAPI document, and the page that shows it to people."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.http.request import HttpHeaders
from django.middleware.csrf import get_token
from django.template import Context, Engine
from django.templatetags.static import static
from rest_framework.request import Request

from plugin_system_api.base import ControlPlaneView
from plugin_system_api.conf import app_settings
from plugin_system_api.document import PATH, SIDECAR, read_document
from plugin_system_api.operations import operation
from plugin_system_api.preconditions import quoted

# Not the host's engine: it may have none, or another one.
_ENGINE = Engine(dirs=[str(PATH.parent / "templates" / "plugin_system_api")])
_ANY_OBJECT: Any = {"type": "object", "additionalProperties": {}}


def _is_public() -> bool:
    return app_settings.PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT


class DocumentViews(ControlPlaneView):
    """What the API says of itself."""

    tag = "schema"

    @operation(
        id="schema",
        summary="Read this document",
        permissions=(),
        answer=_ANY_OBJECT,
        etag=True,
        is_public=_is_public,
    )
    def document(self, request: Request) -> HttpResponseBase:
        """The OpenAPI document of this version of the API, the same on every host."""
        content, tag = read_document()
        reply = self.unchanged(tag)
        if reply is not None:
            return reply
        return HttpResponse(content, content_type="application/json", headers={"ETag": quoted(tag)})

    @operation(id="docs", summary="Read about the API", permissions=(), answer=None, is_public=_is_public)
    def page(self, request: Request) -> HttpResponseBase:
        """A page for people that shows the document and lets them try it; it loads nothing from elsewhere."""
        base = request.path.rstrip("/").removesuffix("/docs")
        if not apps.is_installed(SIDECAR):
            hint = Context({"sidecar": SIDECAR, "base": base})
            return HttpResponse(_ENGINE.get_template("no-docs.html").render(hint), status=404)
        swagger = f"{SIDECAR}/swagger-ui-dist"
        facts = {
            "styles": [static(f"{swagger}/swagger-ui.css"), static("plugin_system_api/docs.css")],
            "scripts": [static(f"{swagger}/swagger-ui-bundle.js"), static("plugin_system_api/docs.js")],
            "icon": static(f"{swagger}/favicon-32x32.png"),
            "base": base,
            "csrf_header": HttpHeaders.parse_header_name(settings.CSRF_HEADER_NAME),
            "csrf_token": get_token(request._request),
        }
        return HttpResponse(_ENGINE.get_template("docs.html").render(Context(facts)))
