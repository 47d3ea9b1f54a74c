"""A page and an endpoint that send a code and say who delivered it."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from plugin_system.exceptions import PluginSystemError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.delivery import DeliveryError
from apps.gateway.models import Message
from apps.otp.forms import CodeForm
from apps.otp.services import overview, send_code

# Nothing on the page comes from elsewhere, so that nothing injected into it could do anything.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MESSAGES_SHOWN = 10


def open_in_demo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let everybody in while DEBUG is on, and people who have logged in otherwise."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.DEBUG or request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path())

    return wrapped


@never_cache
@open_in_demo
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show who serves and what arrived; a POST sends a code."""
    if request.method == "POST":
        return submit(request)
    sent = request.session.pop("sent", None)
    return show(request, form=CodeForm(initial={"number": sent["number"]} if sent else None), sent=sent)


def submit(request: HttpRequest) -> HttpResponse:
    """Send what the form says, then show the page by a redirect, so that reloading it sends nothing."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return show(request, HTTPStatus.BAD_REQUEST, form=form)
    try:
        sent = send_code(**form.cleaned_data)
    except (PluginSystemError, DeliveryError) as error:
        return show(request, status_of(error), form=form, failure=error)
    request.session["sent"] = asdict(sent)
    return redirect("otp:page")


def show(request: HttpRequest, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> HttpResponse:
    """Return the page."""
    arrived = Message.objects.all()[:MESSAGES_SHOWN] if settings.DEBUG else None
    response = render(request, "otp/page.html", {**context, "overview": overview(), "arrived": arrived}, status=status)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


def status_of(error: Exception) -> HTTPStatus:
    """Return 502 where a provider failed, 503 where there is none."""
    return HTTPStatus.BAD_GATEWAY if isinstance(error, DeliveryError) else HTTPStatus.SERVICE_UNAVAILABLE


class SendCode(APIView):
    """The same for programs: ``{"number", "code"?}`` in, ``{"number", "provider", "provider_class"}`` out."""

    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def post(self, request: Request) -> Response:
        form = CodeForm(self.body(request))
        if not form.is_valid():
            return Response({"detail": "Correct the body and send it again.", "errors": form.errors}, status=400)
        try:
            sent = send_code(**form.cleaned_data)
        except (PluginSystemError, DeliveryError) as error:
            return Response({"detail": str(error)}, status=status_of(error))
        return Response(asdict(sent))

    @staticmethod
    def body(request: Request) -> dict[str, Any]:
        """Return the JSON object in the request's body."""
        try:
            body = request.data
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        return body
