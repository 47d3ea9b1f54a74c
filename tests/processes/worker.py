"""
One process of the host project, on the far side of the rig.

It takes one call per line of JSON, and answers each with lines of JSON: what the act says while it runs, then what it
returns or how it failed.
"""

import importlib
import json
import os
import signal
import socket
import traceback
from threading import Lock
from typing import Any, NoReturn, TextIO

import django
from django.db import connections

_test: TextIO
_one_line = Lock()


def say(event: str, value: Any = None) -> None:
    """Tell the test that the act has come as far as ``event``."""
    _answer(event=event, value=value)


def checkpoint(event: str, value: Any = None) -> None:
    """Tell the test that the act has come as far as ``event``, and go on when the test says so."""
    say(event, value)
    if not _test.readline():
        os._exit(1)


def serve(connection: socket.socket) -> NoReturn:
    """Be a process of the host project, with the settings that come first, until nobody calls any more."""
    global _test
    _test = connection.makefile("rw", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.environ["PROCESS_SETTINGS"] = _test.readline()
        django.setup()
        _answer(result=os.getpid())
        while line := _test.readline():
            _perform(**json.loads(line))
        connections.close_all()
    except BaseException:  # noqa: BLE001 - A forked process must not run on as its parent.
        traceback.print_exc()
    finally:
        os._exit(0)


def _perform(act: str, arguments: dict[str, Any]) -> None:
    module, _, name = act.partition(":")
    try:
        result = getattr(importlib.import_module(module), name)(**arguments)
    except Exception as error:  # noqa: BLE001 - Raised again in the test.
        _answer(error=type(error).__name__, traceback=traceback.format_exc())
    else:
        _answer(result=result)


def _answer(**message: Any) -> None:
    with _one_line:
        _test.write(json.dumps(message, default=str) + "\n")
        _test.flush()
