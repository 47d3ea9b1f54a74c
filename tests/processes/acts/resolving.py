"""What processes do that only resolve."""

from collections.abc import Callable
from threading import Event
from time import monotonic, sleep
from typing import Any

from plugin_system.helpers import get_plugin_instance
from plugin_system.snapshot import follower_of
from tests.host.otp.interfaces import AbstractOTP
from tests.processes.acts.threads import in_background
from tests.processes.worker import checkpoint, say


def serving() -> str | None:
    """Return the name of the item that serves."""
    instance = get_plugin_instance(AbstractOTP)
    return None if instance is None else type(instance).__name__.lower()


def compared_just_now() -> str | None:
    """Resolve until the view is compared with the database, and return the name of the item that serves."""
    follower = follower_of("default")
    while True:
        held = follower.age
        name = serving()
        if held is None or follower.age < held:
            return name
        sleep(0.001)


def watch(until: str | None, seconds: float = 10.0) -> dict[str, Any]:
    """
    Resolve until ``until`` serves; return when the last resolve started that was answered otherwise, and the names.

    Says ``watching`` when the view has just been compared, so that a change that follows is noticed as late as can be.
    """
    say("watching", compared_just_now())
    return watch_on(until, seconds)


def watch_on(until: str | None, seconds: float = 10.0) -> dict[str, Any]:
    """Do as :func:`watch`, without a word before."""
    deadline = monotonic() + seconds
    last_other, names = None, []
    while True:
        started = monotonic()
        name = serving()
        if name == until:
            return {"last_other": last_other, "names": names, "at": started}
        if started > deadline:
            raise AssertionError(f"{name!r} serves, not {until!r}, for {seconds} s.")
        last_other = started
        if name not in names:
            names.append(name)
        sleep(0.001)


def watch_for(seconds: float) -> list[str | None]:
    """Resolve for a while and return the names of the items that served, each once, in their order."""
    deadline = monotonic() + seconds
    return _watch_until(lambda: monotonic() > deadline)


def watch_until_told() -> list[str | None]:
    """Resolve until the test says so, and return the names of the items that served, each once, in their order."""
    told = Event()
    watching = in_background(lambda: _watch_until(told.is_set))
    checkpoint("watching", serving())
    told.set()
    return watching.result()


def _watch_until(ends: Callable[[], bool]) -> list[str | None]:
    names: list[str | None] = []
    while not ends():
        name = serving()
        if name not in names:
            names.append(name)
        sleep(0.001)
    return names
