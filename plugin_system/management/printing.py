"""Writing what a command answers, to a stream that may be full, or that nobody reads."""

import os
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError, OutputWrapper


def print_answer(stdout: OutputWrapper, text: str, *, deed: str, failure: int) -> None:
    """
    Write the answer, now: what could not be written must not undo the exit code of what is done.

    That nobody reads it (``| head``, ``>&-``) is no error. ``deed`` says what was done, if anything was.

    :raises CommandError: the stream fails otherwise; the exit code then is ``failure``.
    """
    if _stream_of(stdout) is None:
        return  # The process was started without one.
    try:
        stdout.write(_in_the_characters_of(stdout, text))
        stdout.flush()
    except BrokenPipeError:
        _give_up(stdout)
    except OSError as error:
        _give_up(stdout)
        but = f"{deed}, but the" if deed else "The"
        said = f"{but} answer could not be written: {error.strerror or error}."
        raise CommandError(said, returncode=failure) from error


def deed_of(revision: int | None) -> str:
    """Return what was done in words, or nothing where no revision was written."""
    return "" if revision is None else f"It was done as revision {revision}"


def _in_the_characters_of(stdout: OutputWrapper, text: str) -> str:
    """Return the text with what the stream's encoding lacks written out: by now a change is made, whatever its name."""
    encoding = getattr(stdout, "encoding", None)
    return text.encode(encoding, "backslashreplace").decode(encoding) if encoding else text


def _give_up(stdout: OutputWrapper) -> None:
    """Let the rest go nowhere: the interpreter flushes at its end, and would fail again, with an exit code of 120."""
    stream = _stream_of(stdout)
    # Only the process's own; a caller's stream is the caller's.
    if stream is not sys.stdout:
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _stream_of(stdout: OutputWrapper) -> Any:
    """Return the stream that Django has wrapped: ``None`` where ``sys.stdout`` is."""
    return stdout._out
