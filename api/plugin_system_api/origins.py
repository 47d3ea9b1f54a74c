"""Who sends a request, and the id under which the reply and the record of the change are found again."""

import re
from uuid import uuid4

from rest_framework.request import Request

from plugin_system.choices import Channel
from plugin_system.origins import Origin

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID_PATTERN = r"[A-Za-z0-9._:-]{1,100}"
_REQUEST_ID = re.compile(REQUEST_ID_PATTERN)


def request_id_of(request: Request) -> str:
    """Return the caller's request id, if it is a proper one, or a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def origin_of(request: Request, *, reason: str, request_id: str) -> Origin:
    """Return who makes the change that a request asks for."""
    user = request.user
    return Origin(
        channel=Channel.API,
        actor=user.get_username(),
        actor_id=str(user.pk),
        reason=reason,
        request_id=request_id,
    )
