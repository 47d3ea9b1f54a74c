"""A process that sends codes through whatever serves, all the while."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from time import monotonic
from typing import Any

from plugin_system.helpers import require_plugin_instance
from tests.host.otp.interfaces import AbstractOTP
from tests.processes.acts.threads import in_background

_over = Event()
_sending: list["Future[dict[str, Any]]"] = []


def start_sending() -> None:
    """Send one code after the other from now on."""
    _over.clear()
    _sending.append(in_background(lambda: _send_until(_over.is_set)))


def stop_sending() -> dict[str, Any]:
    """
    Stop, and return the failures and what was ``sent``: when each send started, and through which provider.

    Times are monotonic, which on one machine is the same for all processes.
    """
    _over.set()
    return _sending.pop().result()


def _send_until(is_over: Callable[[], bool]) -> dict[str, Any]:
    sent: list[tuple[float, str]] = []
    failures: list[str] = []
    pause = Event()
    while not is_over():
        started = monotonic()
        try:
            answer = require_plugin_instance(AbstractOTP).send_otp("+4915", "123456")
            sent.append((started, answer.split()[0]))
        except Exception as error:  # noqa: BLE001 - Whatever keeps a code from being sent counts.
            failures.append(f"{type(error).__name__}: {error}")
        pause.wait(0.002)
    return {"sent": sent, "failures": failures}
