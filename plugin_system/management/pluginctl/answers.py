"""What an action answers, for people and for machines, and how it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError
from django.db import Error as DatabaseFailure

from plugin_system.exceptions import (
    AmbiguousKeyError,
    InvalidKeyError,
    InvalidValueError,
    PluginSystemError,
    ReasonRequiredError,
    UnknownItemsError,
    UnknownPluginTypeError,
    UnknownRevisionError,
)
from plugin_system.management.pluginctl.tables import printable

DONE, UNHEALTHY, USAGE, REFUSED, UNKNOWN = range(5)

_USAGE_ERRORS = (InvalidValueError, ReasonRequiredError)
_UNKNOWN_ERRORS = (
    AmbiguousKeyError,
    InvalidKeyError,
    UnknownItemsError,
    UnknownPluginTypeError,
    UnknownRevisionError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The same twice: ``document`` for ``--json``, ``lines`` for people."""

    document: dict[str, Any]
    lines: list[str]
    exit_code: int = DONE


@contextmanager
def put_plainly() -> Iterator[None]:
    """Turn what services and the database raise into one line on stderr and a documented exit code."""
    try:
        yield
    except _USAGE_ERRORS as error:
        raise _refusal(error, USAGE) from error
    except _UNKNOWN_ERRORS as error:
        raise _refusal(error, UNKNOWN) from error
    except PluginSystemError as error:
        raise _refusal(error, REFUSED) from error
    except DatabaseFailure as error:
        said = str(error) or type(error).__name__
        raise _refusal(f"The database failed: {said}. Is it there, and migrated?", UNHEALTHY) from error


def _refusal(said: object, exit_code: int) -> CommandError:
    return CommandError(printable(" ".join(str(said).split())), returncode=exit_code)
