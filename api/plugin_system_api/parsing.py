"""Reading a body: bounded in size and depth before anything recursive looks at it."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from plugin_system_api.errors import BodyTooLargeError, LengthRequiredError
from plugin_system_api.limits import BODY_MAX_BYTES, DEPTH_MAX

# More than any number of ours has, and fewer than Python refuses.
_DIGITS_MAX = 1000
# A string (closed or not) or a bracket. The quantifiers give nothing back, so that no input takes more than one pass.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class BoundedJSONParser(BaseParser):
    """JSON in UTF-8, of at most 256 KiB and 32 levels, in which no object has a name twice."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """
        Return the parsed body.

        :raises BodyTooLargeError: it has more than 256 KiB.
        :raises ParseError: it is no JSON, is nested too deeply, has a name twice or a number of a thousand digits.
        """
        body = stream.read(BODY_MAX_BYTES + 1)
        if len(body) > BODY_MAX_BYTES:
            raise BodyTooLargeError
        try:
            text = body.decode()
            _refuse_depth(text)
            return json.loads(
                text, parse_constant=_refuse_constant, parse_int=_read_integer, object_pairs_hook=_read_object
            )
        except ValueError as error:
            raise ParseError(f"The body is no JSON: {error}.") from error


def refuse_unmeasured(request: Request) -> None:
    """
    Refuse a body without a usable length: Django would take it for an empty one, and the change for no change.

    :raises LengthRequiredError: the length is missing or no number.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if length:
        is_usable = length.isdecimal()
    else:
        # By ASGI, over HTTP/2 say, a body comes without a length; by WSGI there is nothing to read then.
        is_usable = "HTTP_TRANSFER_ENCODING" not in request.META and not request._request.read(1)
    if not is_usable:
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


def _read_integer(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise ParseError(f"The body has a number of more than {_DIGITS_MAX} digits.")
    return int(digits)


def _read_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            # A reader that takes the last one, and a proxy that took the first, would see two different requests.
            raise ParseError(f"The body has {name!r} twice in one object; send it once.")
        found[name] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
