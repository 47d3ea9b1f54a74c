"""Real processes of the host project, and how a test talks to them."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
# Seconds after which something that should have happened is taken not to happen.
PATIENCE = 20.0


class ActFailedError(AssertionError):
    """An act raised in its process; ``kind`` names the exception's class."""

    def __init__(self, kind: str, traceback: str) -> None:
        self.kind = kind
        super().__init__(f"{kind} in another process:\n{traceback}")


class Worker:
    """A process of the host project, made by the nursery that listens at ``path``."""

    def __init__(self, path: str, settings: dict[str, Any]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self._pid: int | None = None
        self._killed = False
        self.write(json.dumps(settings))

    def call(self, act: Callable[..., Any], /, **arguments: Any) -> Any:
        """Return what ``act`` returns in the process."""
        return self.begin(act, **arguments).result()

    def begin(self, act: Callable[..., Any], /, **arguments: Any) -> "Call":
        """Start ``act`` in the process, and return without waiting for its end."""
        self.wait_until_started()
        self.write(json.dumps({"act": f"{act.__module__}:{act.__qualname__}", "arguments": arguments}))
        return Call(self)

    def wait_until_started(self) -> int:
        """Return the process's id once it is there."""
        if self._pid is None:
            self._pid = self.read()["result"]
        return self._pid

    def kill(self) -> None:
        """End the process as the kernel does when memory is out; one that has been ended stays so."""
        if self._killed:
            return
        self._killed = True
        os.kill(self.wait_until_started(), signal.SIGKILL)
        with suppress(OSError):  # Nor may be what is left to read of a process that did not answer.
            while self._lines.readline():
                pass
        with suppress(OSError):
            self._lines.close()
        self._socket.close()

    def write(self, line: str) -> None:
        self._lines.write(line + "\n")
        self._lines.flush()

    def read(self) -> Any:
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise AssertionError(f"The process has not answered within {PATIENCE} s.") from None
        if not line:
            raise AssertionError("The process has ended; see what it printed.")
        return json.loads(line)


class Call:
    """An act that runs in another process."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def wait_for(self, event: str) -> Any:
        """Return what the act says along with ``event``, as soon as it does."""
        message = self._worker.read()
        if message.get("event") != event:
            raise AssertionError(f"Expected the event {event!r}, got {message}.\n{message.get('traceback', '')}")
        return message["value"]

    def proceed(self) -> "Call":
        """Let the act go on from its checkpoint."""
        self._worker.write("go on")
        return self

    def result(self) -> Any:
        """Return what the act returns."""
        message = self._worker.read()
        if "error" in message:
            raise ActFailedError(message["error"], message["traceback"])
        if "result" not in message:
            raise AssertionError(f"Expected the act to end, got {message}.")
        return message["result"]


@contextmanager
def nursery(directory: Path) -> Iterator[str]:
    """Have a nursery for the time of the block; yield where it listens."""
    path = str(directory / "nursery")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
    }
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.processes.nursery", path],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "The nursery has not started; see what it printed."
        yield path
        process.stdin.close()


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Return what ``condition`` returns as soon as that is true."""
    deadline = monotonic() + seconds
    while not (found := condition()):
        if monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s.")
        sleep(0.01)
    return found


def results(calls: Iterable[Call]) -> list[Any]:
    """Return what each of the calls returns, in their order."""
    return [call.result() for call in calls]
