"""Requests straight to the WSGI handler, without the clockwork of a test client around them."""

from io import BytesIO
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

USER = "operator"
_handler: list[WSGIHandler] = []
_cookie: list[str] = []


class Reply(NamedTuple):
    """A reply, as far as the benchmark looks at it."""

    status: str
    headers: dict[str, str]
    body: bytes


def call(method: str, url: str, body: bytes = b"", **headers: str) -> Reply:
    """Send a request in the operator's name and return the reply; environment variables as ``headers``."""
    if not _handler:
        _log_in()
    path, _, query = url.partition("?")
    seen: list[Any] = []
    response: Any = _handler[0](
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": BytesIO(),
            "HTTP_COOKIE": _cookie[0],
            "HTTP_AUTHORIZATION": f"Bearer {USER}",
            **headers,
        },
        lambda status, given: seen.extend((status, dict(given))),
    )
    content = b"".join(response)
    response.close()
    return Reply(*seen, content)


def _log_in() -> None:
    user, _ = get_user_model().objects.get_or_create(username=USER, defaults={"is_staff": True})
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)
    _cookie.append("; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()))
    _handler.append(WSGIHandler())
