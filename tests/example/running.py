"""The example project as a user meets it: its command line, its server, and the world that it delivers to."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, ProxyHandler, Request, build_opener

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
MANAGE = ROOT / "example_project" / "manage.py"
PATIENCE = 15.0
# What pytest needs of the environment and the example does not; and this checkout, installed or not.
FOREIGN = {"DJANGO_SETTINGS_MODULE"}
CHECKOUT = os.pathsep.join([str(ROOT), str(ROOT / "api")])

# One line in, one line of JSON out: an operator's process that stays, so that each of its acts is quick.
ACT = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(json.loads(line), {})
            answer = {"printed": None}
        except Exception:
            answer = {"failed": traceback.format_exc()}
    print(json.dumps({**answer, "printed": printed.getvalue()}), flush=True)
"""


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Return what ``condition`` returns as soon as that is true."""
    deadline = monotonic() + seconds
    while not (found := condition()):
        if monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s.")
        sleep(0.02)
    return found


@dataclass(frozen=True)
class Project:
    """The example with a data directory of its own, and environment variables beside it."""

    data_dir: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in FOREIGN and not k.startswith("EXAMPLE_")}
        ours = {"PYTHONPATH": CHECKOUT, "EXAMPLE_DATA_DIR": str(self.data_dir), "DJANGO_COLORS": "nocolor"}
        return {**inherited, **ours, **self.variables}

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, str(MANAGE), *arguments],
            env={**self.environment(), **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve on a free port, and give the address."""
        address = f"127.0.0.1:{free_port()}"
        log = self.data_dir / "server.log"
        with log.open("wb") as output:
            arguments = [sys.executable, str(MANAGE), "runserver", "--noreload", address]
            server = subprocess.Popen(arguments, env=self.environment(), stdout=output, stderr=output)
            try:
                until(lambda: server.poll() is not None or answers(f"http://{address}/"), "The server's start")
                assert server.poll() is None, log.read_text()
                yield f"http://{address}"
            finally:
                server.terminate()
                server.wait(timeout=10)

    @contextmanager
    def operator(self) -> Iterator[Callable[[str], str]]:
        """Start another process of the project, and give a function that runs code in it and returns its output."""
        arguments = [sys.executable, str(MANAGE), "shell", "--no-imports", "-c", ACT]
        with subprocess.Popen(
            arguments, env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            assert process.stdout

            def act(code: str) -> str:
                process.stdin.write(json.dumps(code) + "\n")
                process.stdin.flush()
                answer = json.loads(process.stdout.readline())
                assert "failed" not in answer, answer["failed"]
                return str(answer["printed"])

            try:
                yield act
            finally:
                process.stdin.close()
                process.wait(timeout=10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether somebody serves there."""
    try:
        return bool(Visitor(url).get("").status)
    except (URLError, ConnectionError):
        return False


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    text: str
    url: str

    def json(self) -> Any:
        return json.loads(self.text)


class Lenient(HTTPErrorProcessor):
    """Returns error statuses, where urllib raises them."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response if response.status >= 400 else super().http_response(request, response)


class Visitor:
    """A browser of sorts: keeps cookies, follows redirects, and sends a form's hidden token along."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()), Lenient())

    def get(self, path: str) -> Reply:
        return self._open(Request(self.base + path))

    def submit(self, path: str, **fields: str) -> Reply:
        """Load the form of a page, fill it in and send it."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return self.post(path, csrfmiddlewaretoken=found[1], **fields)

    def post(self, path: str, **fields: str) -> Reply:
        return self._open(Request(self.base + path, urlencode(fields).encode(), {"Referer": self.base + path}))

    def post_json(self, path: str, body: Any, **headers: str) -> Reply:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._open(Request(self.base + path, data, {"Content-Type": "application/json", **headers}))

    def _open(self, request: Request) -> Reply:
        with self.opener.open(request, timeout=PATIENCE) as response:
            return Reply(response.status, response.read().decode(), response.url)


class Outside:
    """Somebody else's server: keeps what it is sent, and answers with the status it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[tuple[str, dict[str, str], Any]] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outside.received.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(outside.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @contextmanager
    def listening(self) -> Iterator["Outside"]:
        with self.server:
            thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield self
            finally:
                self.server.shutdown()
                thread.join()
