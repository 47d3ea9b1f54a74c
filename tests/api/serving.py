"""A real server of the host project: ``python -m tests.api.serving`` migrates, prints its port and serves."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def tag(self) -> str:
        return self.headers["ETag"]


class Site:
    """A server in another process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request in the name of the operator, on a connection of its own; underscores stand for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        usual = {"Authorization": "Bearer anna", **({} if content is None else {"Content-Type": "application/json"})}
        try:
            connection.request(method, f"/api/v1/{path}", content, {**usual, **given})
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()


@contextmanager
def serving(**settings: Any) -> Iterator[Site]:
    """Run a server with these settings within the block."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.api.serving"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
            "PROCESS_SETTINGS": json.dumps({"ALLOWED_HOSTS": ["*"], "PLUGIN_SYSTEM_API_WRITE_RATE": None, **settings}),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Site(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


def serve() -> None:
    """Migrate, make the operator, print the port and serve for ever."""
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("anna")
    connections.close_all()
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
