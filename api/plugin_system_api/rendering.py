"""What replies look like on the wire: JSON, whatever the host renders and the client accepts."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

PROBLEM_MEDIA_TYPE = "application/problem+json"


class PlainJSONRenderer(JSONRenderer):
    """JSON in UTF-8, compact; the host's ``UNICODE_JSON``, ``COMPACT_JSON`` and ``STRICT_JSON`` do not matter."""

    ensure_ascii = False
    compact = True
    strict = True


class OnlyOneForm(BaseContentNegotiation):
    """Everything is JSON: ``Accept`` and ``?format=`` are not consulted, a body must say that it is JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the body's media type, or ``None``, which becomes a 415."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer."""
        renderer: Any = next(iter(renderers))
        return renderer, renderer.media_type
