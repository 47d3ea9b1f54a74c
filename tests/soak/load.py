"""Mixed load over HTTP: each client is a thread with one connection that it keeps."""

import json
from collections import defaultdict
from collections.abc import Callable
from http.client import HTTPConnection
from random import Random
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any
from urllib.parse import quote

from tests.factories import OTP, PRIMARY, SECONDARY, SPARE

ITEMS = [PRIMARY, SECONDARY, SPARE]
TYPE_PATH = f"/api/v1/plugin-types/{OTP}/"
# Somebody else was faster, and the client is told so.
PRECONDITION_FAILED = 412
# Seconds after a failure.
PAUSE = 0.1


class Client(Thread):
    """Asks one thing after the other, at random, and keeps what came of it."""

    def __init__(self, port: int, seed: int, ends: Event) -> None:
        super().__init__()
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._random = Random(seed)
        self._ends = ends
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.revisions: list[int] = []
        self.refused = 0

    def run(self) -> None:
        while not self._ends.is_set():
            act = self._random.choices(list(ACTS), list(ACTS.values()))[0]
            started = perf_counter()
            try:
                act(self)
            except Exception as error:  # noqa: BLE001 - Whatever it is, it is a failure of the run.
                self.errors.append(f"{act.__name__}: {type(error).__name__}: {error}")
                self._connection.close()
                sleep(PAUSE)
            else:
                self.seconds[act.__name__].append(perf_counter() - started)
        self._connection.close()

    def resolve(self) -> None:
        self._ask("GET", f"{TYPE_PATH}resolve-active/")

    def list_items(self) -> None:
        self._ask("GET", "/api/v1/plugin-items/?page_size=20")

    def changes(self) -> None:
        self._ask("GET", "/api/v1/changes/?page_size=20")

    def plan(self) -> None:
        self._ask("POST", "/api/v1/sync/", {"dry_run": True})

    def edit(self) -> None:
        """Read a row and change it, unless somebody else was faster."""
        path = f"/api/v1/plugin-items/{quote(str(self._random.choice(ITEMS)), safe=':')}/"
        tag = self._ask("GET", path)[1]
        self._write("PATCH", path, {"priority": self._random.randrange(1000)}, {"If-Match": tag})

    def switch(self) -> None:
        """Switch two items at once."""
        chosen = [str(key.row_id) for key in self._random.sample(ITEMS, 2)]
        status = self._random.choice(["active", "reserve"])
        self._write("POST", "/api/v1/plugin-items/bulk-status/", {"select": {"ids": chosen}, "status": status})

    def _write(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> None:
        answer, _ = self._ask(method, path, {**body, "reason": "soak"}, headers)
        if answer is None:
            self.refused += 1
        elif answer.get("revision") is not None:
            self.revisions.append(answer["revision"])

    def _ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[Any, str]:
        """Return the answer's body, or ``None`` where a precondition failed, and its entity tag."""
        sent = {"Authorization": "Bearer soak", "Content-Type": "application/json", **(headers or {})}
        self._connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status == PRECONDITION_FAILED:
            return None, ""
        if answer.status >= 300:
            raise AssertionError(f"{method} {path} was answered {answer.status}: {text[:200]!r}")
        return json.loads(text), answer.headers.get("ETag", "")


ACTS: dict[Callable[[Client], None], int] = {
    Client.resolve: 8,
    Client.list_items: 4,
    Client.changes: 3,
    Client.plan: 1,
    Client.edit: 3,
    Client.switch: 1,
}
