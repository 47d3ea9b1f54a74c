"""
Starts processes of the host project quickly: ``python -m tests.processes.nursery SOCKET``.

It has imported what they need, but set up nothing; whoever connects to the socket talks to a process of its own. It
ends when its input does.
"""

import importlib
import os
import select
import signal
import socket
import sys

from django.conf import settings

from tests.processes import worker

IMPORTED = [
    "django.contrib.admin",
    "django.core.management",
    "django.db.migrations.executor",
    "django.test",
    "rest_framework.compat",
    "django.db.backends.sqlite3.base",
    "django.db.backends.postgresql.base",
    "django.db.backends.mysql.base",
]


def main(path: str) -> None:
    for name in IMPORTED:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - Django says so in its own way: this driver is not installed.
            print(f"{name} is left out: {error}", file=sys.stderr)
    assert not settings.configured, "What was imported has read the settings; each process shall read its own."
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if not os.fork():
                listener.close()
                worker.serve(connection)
            connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
