"""How every refusal looks: RFC 9457 problem details. Only our own views use it; the host's handler is untouched."""

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import Any, Protocol

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import escape_uri_path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from plugin_system.exceptions import HistoryGoneError, PluginSystemError, PreconditionFailedError
from plugin_system_api.errors import BodyTooLargeError, DatabaseUnavailableError
from plugin_system_api.findings import findings_of
from plugin_system_api.limits import DETAIL_MAX_LENGTH, ERROR_MAX_LENGTH, ERRORS_MAX
from plugin_system_api.preconditions import quoted
from plugin_system_api.rendering import PROBLEM_MEDIA_TYPE

logger = logging.getLogger(__name__)

NAMESPACE = "urn:plugin-system:problem:"
# 400: wrong, never retry. 409: the registry is not as the caller assumes; read again. 410: start again from elsewhere.
STATUSES = {
    "invalid_key": HTTPStatus.BAD_REQUEST,
    "invalid_value": HTTPStatus.BAD_REQUEST,
    "reason_required": HTTPStatus.BAD_REQUEST,
    "ambiguous_key": HTTPStatus.CONFLICT,
    "conflict": HTTPStatus.CONFLICT,
    "expected_count_differs": HTTPStatus.CONFLICT,
    "not_loadable": HTTPStatus.CONFLICT,
    "nothing_to_revert": HTTPStatus.CONFLICT,
    "nothing_usable": HTTPStatus.CONFLICT,
    "spelling_taken": HTTPStatus.CONFLICT,
    "stale_revision": HTTPStatus.CONFLICT,
    "too_many_items": HTTPStatus.CONFLICT,
    "unknown_items": HTTPStatus.CONFLICT,
    "unknown_plugin_type": HTTPStatus.CONFLICT,
    "unknown_revision": HTTPStatus.NOT_FOUND,
    "history_gone": HTTPStatus.GONE,
    "precondition_failed": HTTPStatus.PRECONDITION_FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    status: int
    code: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


class _RefusingView(Protocol):
    """What a problem says of the request that is refused."""

    body: Any
    request: Request

    @property
    def request_id(self) -> str: ...


def render_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the reply for an error that a request or the state is to blame for; ``None``, a 500, for all others."""
    error = _translated(error)
    if isinstance(error, PluginSystemError):
        facts = _facts_of_core(error)
    elif isinstance(error, exceptions.APIException):
        facts = _facts_of_rest(error)
    else:
        return None
    set_rollback()
    return Response(
        _document(error, facts, context["view"]),
        status=facts.status,
        headers=facts.headers,
        content_type=PROBLEM_MEDIA_TYPE,
    )


def _translated(error: Exception) -> Exception:
    """Return what Django or a server raises while it reads a request as the error that it means."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return BodyTooLargeError()
    if isinstance(error, OperationalError | InterfaceError):
        # The driver's text is for the log alone: it names hosts and users.
        logger.error("The database failed a request to the API.", exc_info=error)
        return DatabaseUnavailableError()
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return exceptions.ParseError("The request cannot be read.")
    return error


def _facts_of_core(error: PluginSystemError) -> _Facts:
    headers, more = {}, {}
    if isinstance(error, PreconditionFailedError):
        headers["ETag"] = quoted(str(error.current))
    if isinstance(error, HistoryGoneError):
        more["start"] = error.start
    status = STATUSES.get(error.code, HTTPStatus.CONFLICT)
    return _Facts(status=status, code=error.code, detail=str(error), headers=headers, more=more)


def _facts_of_rest(error: exceptions.APIException) -> _Facts:
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        # The view sets it, by the rules of the host's authentication.
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Session")
    if isinstance(error, exceptions.Throttled | DatabaseUnavailableError):
        headers["Retry-After"] = str(getattr(error, "wait", None) or 1)
    return _Facts(status=error.status_code, code=error.default_code, detail=_text(error), headers=headers)


def _text(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "The request is wrong; errors says where."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return "Send the body as application/json."
    detail: Any = error.detail
    return str(detail.get("detail", error.default_detail) if isinstance(detail, dict) else detail)


def _document(error: Exception, facts: _Facts, view: _RefusingView) -> dict[str, Any]:
    findings = islice(findings_of(error, view.body), ERRORS_MAX)
    return {
        "type": f"{NAMESPACE}{facts.code}",
        "title": facts.code.replace("_", " ").capitalize(),
        "status": facts.status,
        "detail": _echo(facts.detail, DETAIL_MAX_LENGTH),
        "instance": escape_uri_path(view.request.path),
        "code": facts.code,
        "request_id": view.request_id,
        "errors": [
            {
                "pointer": _echo(each.pointer, ERROR_MAX_LENGTH),
                "code": each.code,
                "detail": _echo(each.detail, ERROR_MAX_LENGTH),
            }
            for each in findings
        ],
        **facts.more,
    }


def _echo(text: str, length: int) -> str:
    """Return a text that may hold what the caller sent: cut off, and without halves of surrogates."""
    return text[:length].encode(errors="replace").decode()
