"""Pages of lists, by number."""

from typing import Any

from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from plugin_system.services import Page
from plugin_system_api.queries import PageQuery


def page_of(request: Request, page: Page[Any], query: PageQuery) -> dict[str, Any]:
    """Return what :class:`PageSerializer` shows; a page behind the last one is empty."""
    number, size = query.validated_data["page"], query.validated_data["page_size"]
    last = max(1, -(-page.count // size))
    return {
        "count": page.count,
        "next": _url(request, number + 1) if number < last else None,
        "previous": _url(request, min(number - 1, last)) if number > 1 else None,
        "results": page.rows,
    }


def _url(request: Request, number: int) -> str:
    return str(replace_query_param(request.build_absolute_uri(), "page", number))
