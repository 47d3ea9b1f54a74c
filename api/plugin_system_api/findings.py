"""What exactly is wrong with a request, and where: the ``errors`` of a problem."""

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError

from plugin_system import exceptions as core
from plugin_system_api.errors import APIError, InvalidQueryError
from plugin_system_api.forms import Input


class Finding(NamedTuple):
    """One thing that is wrong; ``pointer`` is a JSON pointer into the body, ``?name`` for a parameter, or a header."""

    pointer: str
    code: str
    detail: str


@singledispatch
def findings_of(error: Exception, body: Input) -> Iterator[Finding]:
    """Yield what is wrong and where in ``body``, the last form read; nothing where the error's own text says all."""
    yield from ()


@findings_of.register
def _(error: APIError, body: Input) -> Iterator[Finding]:
    if error.pointer is not None:
        yield Finding(error.pointer, error.default_code, str(error.detail))


@findings_of.register
def _(error: ValidationError, body: Input) -> Iterator[Finding]:
    yield from _flattened(error.detail, "")


@findings_of.register
def _(error: InvalidQueryError, body: Input) -> Iterator[Finding]:
    for found in _flattened(error.detail, ""):
        name = found.pointer.split("/")[1] if found.pointer else ""
        yield found._replace(pointer=f"?{name}")


@findings_of.register
def _(error: core.InvalidValueError, body: Input) -> Iterator[Finding]:
    yield Finding(f"/{error.field}", error.code, str(error))


@findings_of.register
def _(error: core.ReasonRequiredError, body: Input) -> Iterator[Finding]:
    yield Finding("/reason", error.code, str(error))


@findings_of.register
def _(error: core.UnknownPluginTypeError, body: Input) -> Iterator[Finding]:
    yield Finding(body.pointer_to(""), error.code, str(error))


@findings_of.register
def _(error: core.UnknownItemsError, body: Input) -> Iterator[Finding]:
    for row_id in error.unknown:
        yield Finding(body.pointer_to(row_id), error.code, f"There is no item {row_id!r}.")


@findings_of.register
def _(error: core.StaleRevisionError, body: Input) -> Iterator[Finding]:
    for key, revision in sorted(error.stale.items()):
        pointer = body.pointer_to(error.row_ids.get(key, ""))
        yield Finding(pointer, error.code, f"{key!r} is at revision {revision} now.")


@findings_of.register
def _(error: core.ExpectedCountError, body: Input) -> Iterator[Finding]:
    yield Finding("/expected_count", error.code, str(error))


@findings_of.register
def _(error: core.TooManyItemsError, body: Input) -> Iterator[Finding]:
    yield Finding("/select", error.code, str(error))


@findings_of.register
def _(error: core.PreconditionFailedError, body: Input) -> Iterator[Finding]:
    yield Finding("If-Match", error.code, str(error))


@findings_of.register
def _(error: core.NothingUsableError, body: Input) -> Iterator[Finding]:
    for key in error.plugin_types:
        yield Finding("", error.code, f"{key!r} would have no usable item.")


@findings_of.register
def _(error: core.HistoryGoneError, body: Input) -> Iterator[Finding]:
    yield Finding(f"?{error.parameter}", error.code, str(error))


@findings_of.register
def _(error: core.ConflictingChangesError, body: Input) -> Iterator[Finding]:
    for key in error.conflicting:
        yield Finding("", error.code, f"{key!r} has changed since.")


def _flattened(detail: Any, pointer: str) -> Iterator[Finding]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flattened(inner, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flattened(inner, pointer)
    else:
        yield Finding(pointer, getattr(detail, "code", None) or "invalid", str(detail))
