"""POST a message to where a channel delivers, or say plainly why it did not arrive."""

import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from django.conf import settings

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class DeliveryError(Exception):
    """The receiving side did not accept a message."""


def deliver(channel: str, *, to: str, text: str) -> None:
    """
    POST ``{"to", "text"}`` as JSON to the URL that ``settings.DELIVERY`` has for ``channel``.

    Call it outside a transaction: the receiver may need the database too.

    :raises DeliveryError: nobody answered within ``DELIVERY_TIMEOUT`` seconds, or with something other than 2xx.
    """
    target = settings.DELIVERY[channel]
    host, port = _address(target["URL"], channel)
    headers = {"Content-Type": "application/json"}
    if target["KEY"]:
        headers["Authorization"] = f"Bearer {target['KEY']}"
    request = Request(target["URL"], json.dumps({"to": to, "text": text}).encode(), headers, method="POST")
    # The rest of a URL may hold a password or a key, so that an error message never shows it.
    where = f"{channel!r} at {host}{f':{port}' if port else ''}"
    try:
        _opener(host).open(request, timeout=settings.DELIVERY_TIMEOUT).close()
    except HTTPError as error:
        error.close()
        raise DeliveryError(f"{where} answered {error.code} {error.reason}; look at its log.") from error
    except (URLError, OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DeliveryError(
            f"{where} cannot be reached: {reason}. Check {_variable(channel)} or EXAMPLE_BASE_URL."
        ) from error


def _address(url: str, channel: str) -> tuple[str, int | None]:
    """Return host and port of the URL, for messages."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not url.lower().startswith(("http://", "https://")):
        raise DeliveryError(f"The URL of {channel!r} is not an HTTP address; correct {_variable(channel)}.")
    return host, port


def _opener(host: str) -> OpenerDirector:
    """Return what speaks HTTP and nothing else; it follows no redirect, since a redirected POST loses its message."""
    opener = OpenerDirector()
    proxies = ProxyHandler({}) if host in LOOPBACK else ProxyHandler()
    for handler in (proxies, HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    return opener


def _variable(channel: str) -> str:
    return f"EXAMPLE_{channel.upper().replace('-', '_')}_URL"
