"""Reading a body: bounded in size and depth before anything recursive looks at it."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.core.handlers.asgi import ASGIRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from plugin_system_api.errors import BodyTooLargeError, LengthRequiredError
from plugin_system_api.limits import BODY_MAX_BYTES, DEPTH_MAX

# A string (closed or not) or a bracket. The quantifiers give nothing back, so that no input takes more than one pass.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class BoundedJSONParser(BaseParser):
    """JSON in UTF-8, of at most 256 KiB and 32 levels; of a name that comes twice the last one counts."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """
        Return the parsed body.

        :raises BodyTooLargeError: it has more than 256 KiB.
        :raises ParseError: it is no JSON, or nested too deeply.
        """
        body = stream.read(BODY_MAX_BYTES + 1)
        if len(body) > BODY_MAX_BYTES:
            raise BodyTooLargeError
        try:
            text = body.decode()
            _refuse_depth(text)
            return json.loads(text, parse_constant=_refuse_constant)
        except ValueError as error:
            raise ParseError(f"The body is no JSON: {error}.") from error


def refuse_unmeasured(request: Request) -> None:
    """
    Refuse a body without a usable length: Django would take it for an empty one, and the change for no change.

    :raises LengthRequiredError: the length is missing or no number.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    has_body = "HTTP_TRANSFER_ENCODING" in request.META
    if isinstance(request._request, ASGIRequest):
        has_body = has_body or "CONTENT_TYPE" in request.META
    if (length and not length.isdecimal()) or (has_body and not length):
        raise LengthRequiredError


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        bracket = token[0]
        if bracket in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ParseError(f"The body is nested more than {DEPTH_MAX} levels deep.")
        elif bracket in "]}":
            depth -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
