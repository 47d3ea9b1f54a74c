"""A network between a process and its database server that tests can slow down and cut."""

import socket
from contextlib import suppress
from threading import Event, Lock, Thread
from time import sleep
from typing import Any


class Proxy:
    """Passes bytes on, between a port of its own on the loopback and a server."""

    def __init__(self, server: dict[str, Any]) -> None:
        self._target = (server["HOST"], int(server["PORT"]))
        self._sockets: list[socket.socket] = []
        self._lock = Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        # Seconds by which each answer of the server is late.
        self.delay = 0.0
        # Set whenever a question has been passed on.
        self.asked = Event()
        self.mend()

    def mend(self) -> None:
        """Let processes connect, as at the start."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            assert self._listener is not None
            ended, self._sockets = [self._listener, *self._sockets], []
        for each in ended:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:  # As if the server were reached, and refused.
                    client.close()
                    continue
                with self._lock:
                    self._sockets += [client, server]
                Thread(target=self._pass_on, args=[client, server, False], daemon=True).start()
                Thread(target=self._pass_on, args=[server, client, True], daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                if answers and self.delay:
                    sleep(self.delay)
                target.sendall(data)
                if not answers:
                    self.asked.set()
            target.shutdown(socket.SHUT_WR)
        except OSError:  # One of them is gone without a word: the other must not wait for it.
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
