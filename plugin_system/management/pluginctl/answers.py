"""What an action answers, for people and for machines, and how it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, OutputWrapper, SystemCheckError
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
from plugin_system.management.printing import print_answer

DONE, UNHEALTHY, USAGE, REFUSED, UNKNOWN = range(5)
# Not apart from the unhealthy: who polls the status wants to be woken by both.
FAILED = UNHEALTHY

_DATABASE_FAILED = "database_failed"
_CHECK_FAILED = "check_failed"
_FORCING = "force it."
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
    """The same twice: ``document`` for ``--json``, ``lines`` for people; ``deed`` says what was done, if anything."""

    document: dict[str, Any]
    lines: list[str]
    exit_code: int = DONE
    deed: str = ""


@contextmanager
def put_plainly(
    *, errors_to: OutputWrapper | None = None, dry_run: bool = False, failure: int = FAILED
) -> Iterator[None]:
    """
    Turn what services and the database raise into one line on stderr and a documented exit code; checks keep theirs.

    ``errors_to``, given for ``--json``, gets it as a document. ``failure`` is the exit code of a database that failed;
    a refused ``dry_run`` is told how to see it all the same.

    :raises CommandError: the line, with the exit code.
    """
    try:
        yield
    except (PluginSystemError, DatabaseFailure) as error:
        refusal = CommandError(_said(error, dry_run=dry_run), returncode=_exit_code(error, failure))
        if errors_to is not None:
            code = error.code if isinstance(error, PluginSystemError) else _DATABASE_FAILED
            _print_error(errors_to, code, str(refusal))
        raise refusal from error
    except SystemCheckError as error:
        error.returncode = REFUSED
        if errors_to is not None:
            _print_error(errors_to, _CHECK_FAILED, _said(error, dry_run=dry_run))
        raise


def _print_error(stdout: OutputWrapper, code: str, said: str) -> None:
    document = {"error": {"code": code, "detail": said}}
    # Where it cannot be written, the refusal still is what the caller must know.
    with suppress(CommandError):
        print_answer(stdout, json.dumps(document, indent=2), deed="", failure=FAILED)


def _exit_code(error: Exception, failure: int) -> int:
    if isinstance(error, DatabaseFailure):
        return failure
    return USAGE if isinstance(error, _USAGE_ERRORS) else UNKNOWN if isinstance(error, _UNKNOWN_ERRORS) else REFUSED


def _said(error: Exception, *, dry_run: bool) -> str:
    """Return the error in one line, and what a service says to every door in the words of this one."""
    said = " ".join(str(error).split())
    if isinstance(error, DatabaseFailure):
        said = f"The database failed: {said or type(error).__name__}. Is it there, and migrated?"
    elif isinstance(error, ReasonRequiredError):
        said += " Use --reason."
    elif said.endswith(_FORCING):
        hint = " See what it would do with --dry-run --force." if dry_run else ""
        said = f"{said.removesuffix(_FORCING)}use --force.{hint}"
    return printable(said)
