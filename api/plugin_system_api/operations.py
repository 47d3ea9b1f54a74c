"""What the API says of each of its operations, in one place: what it takes, answers and demands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rest_framework.serializers import BaseSerializer

from plugin_system_api.forms import Input, NoQuery, Query

ViewMethod = TypeVar("ViewMethod", bound=Callable[..., Any])


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One operation: the document is made from it and the view mixin enforces it.

    ``id`` is the name that clients are generated with; it never changes. Every one of ``permissions`` is needed.
    ``errors`` are the statuses beside those that any operation may answer. ``if_match`` and ``etag`` say whether the
    condition is heeded and the reply has a tag. ``bad_answer`` is the status under which the answer brings bad news.
    """

    id: str
    summary: str
    permissions: tuple[str, ...]
    answer: type[BaseSerializer[Any]] | None
    query: type[Query] = NoQuery
    body: type[Input] | None = None
    errors: tuple[int, ...] = ()
    if_match: bool = False
    etag: bool = False
    bad_answer: int | None = None
    is_public: Callable[[], bool] = _never


def operation(**facts: Any) -> Callable[[ViewMethod], ViewMethod]:
    """Declare the operation that a view method carries out; a method without one is refused to everybody."""

    def declare(method: ViewMethod) -> ViewMethod:
        method.__dict__["operation"] = Operation(**facts)
        return method

    return declare
