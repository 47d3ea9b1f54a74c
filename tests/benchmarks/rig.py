"""Subjects in processes of their own, and rounds in which they take turns."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import servers
from tests.benchmarks.environments import BUILD, ROOT, peer_python
from tests.benchmarks.targets import Target

Sample = dict[str, Any]
Contender = Callable[[], Sample]

OURS = ["rest_framework", "plugin_system", "plugin_system_api"]
PEER = ["django_plugin_system"]


class ActFailedError(Exception):
    """An act raised in its process; the message has its traceback."""


class Subject:
    """A process that performs acts and measures them itself, so that no pipe is in the figures."""

    def __init__(self, python: Path, settings: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-m", "tests.benchmarks.process"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
                "BENCHMARK_SETTINGS": json.dumps(settings),
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
                "PYTHONHASHSEED": "0",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, act: str, **arguments: Any) -> Any:
        """Return what the act, ``module:function`` of :mod:`tests.benchmarks.acts`, returns in the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        call = {"act": f"tests.benchmarks.acts.{act}", "arguments": arguments}
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(call) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ActFailedError(f"The process that should do {act} has ended with {self._process.wait(10)}.")
        answer = json.loads(line)
        if "error" in answer:
            raise ActFailedError(f"{act} failed:\n{answer['error']}")
        return answer["result"]

    def contender(self, act: str, **arguments: Any) -> Contender:
        """Return a function that performs the act once and returns its sample."""
        return lambda: self.call(act, **arguments)

    def end(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@dataclass
class Bench:
    """Starts subjects, each with a database of its own unless told otherwise, and clears up after them."""

    folder: Path
    peers: list[str]
    postgresql: dict[str, Any] | None
    plans: dict[str, Any] = field(default_factory=dict)
    _started: list[Subject] = field(default_factory=list)
    _databases: int = 0
    _on_server: list[dict[str, Any]] = field(default_factory=list)

    def ours(self, *, database: dict[str, Any] | None = None, **settings: Any) -> Subject:
        """Start a process with the package of this checkout; the limits run in such processes too."""
        return self._start(Path(sys.executable), OURS, database, {"PLUGIN_SYSTEM_SYNC_ON_MIGRATE": False, **settings})

    def peer(self, version: str, *, database: dict[str, Any] | None = None, **settings: Any) -> Subject:
        """Start a process with a peer."""
        return self._start(peer_python(version), PEER, database, settings)

    def sqlite(self) -> dict[str, Any]:
        """Return the settings of a new SQLite database, with the options that Django recommends for production."""
        self._databases += 1
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.folder / f"{self._databases}.sqlite3"),
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
        }

    def new_postgresql(self) -> dict[str, Any]:
        """Return the settings of a new database on the PostgreSQL server, dropped at the end."""
        assert self.postgresql is not None
        self._databases += 1
        settings = {**self.postgresql, "NAME": f"plugin_system_bench_{os.getpid()}_{self._databases}"}
        servers.create(settings)
        self._on_server.append(settings)
        return settings

    def _start(self, python: Path, apps: list[str], database: dict[str, Any] | None, settings: Any) -> Subject:
        # The connection stays between requests: what is measured is the page.
        given = {"APPS": apps, "DATABASE": {"CONN_MAX_AGE": None, **(database or self.sqlite())}, **settings}
        subject = Subject(python, given)
        self._started.append(subject)
        return subject

    def end_all(self) -> None:
        """Let every subject end, and drop what it had on a server."""
        while self._started:
            self._started.pop().end()
        while self._on_server:
            servers.drop(self._on_server.pop())


@contextmanager
def bench(*, peers: list[str], postgresql: dict[str, Any] | None) -> Iterator[Bench]:
    """Yield a bench whose processes and databases are gone at the end of the block."""
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=BUILD, prefix="databases-"))
    made = Bench(folder, peers, postgresql)
    try:
        yield made
    finally:
        made.end_all()
        shutil.rmtree(folder)


@dataclass
class Row:
    """
    One line of a table: contenders for the same work, by label, and what ours must reach.

    A contender in ``seldom`` takes part in so many rounds only, because it is slow; they are spread over the run.
    """

    name: str
    measures: str
    contenders: dict[str, Contender]
    target: Target
    unit: str = "s"
    seldom: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def take(self, number: int, rounds: int) -> None:
        """Let those whose turn it is in this round measure, each round beginning with another one."""
        labels = list(self.contenders)
        start = number % len(labels)
        for label in labels[start:] + labels[:start]:
            times = min(self.seldom.get(label, rounds), rounds)
            if number * times // rounds != (number + 1) * times // rounds:
                self.samples.setdefault(label, []).append({**self.contenders[label](), "round": number})


def take_turns(rows: list[Row], rounds: int) -> None:
    """Measure all the rows, round by round."""
    for number in range(rounds):
        for row in rows:
            row.take(number, rounds)
