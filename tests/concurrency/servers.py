"""Database servers of the rig's own, in a temporary folder, so that it can crash, freeze and cut them."""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

NAME = "plugin_system_rig"
# Seconds for which a writer waits for a lock.
LOCK_TIMEOUT = 2
_FLAG = {"read committed": "read\\ committed", "repeatable read": "repeatable\\ read"}


class Server:
    """A database server, or what stands for one."""

    kind = ""
    version = ""
    # What a host can choose.
    levels: tuple[str | None, ...] = ()
    has_standby = False

    # Seconds after the end of a restore in which a process may not have noticed it, beside MAX_STALENESS.
    restore_grace = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    def start(self) -> None:
        """Make the database and serve it."""

    def stop(self) -> None:
        """End, and leave nothing running."""

    def settings(
        self, level: str | None = None, port: int | None = None, patience: int = LOCK_TIMEOUT
    ) -> dict[str, Any]:
        """Return the value for ``DATABASES["default"]``; ``port`` is that of a proxy, ``patience`` that with a lock."""
        raise NotImplementedError

    def back_up(self) -> None:
        """Make a backup while everybody writes."""
        raise NotImplementedError

    def restore(self) -> None:
        """Take the database back to the backup while others are connected."""
        raise NotImplementedError


class Sqlite(Server):
    kind = "sqlite"
    version = f"SQLite {sqlite3.sqlite_version}"
    levels = (None,)

    def settings(
        self, level: str | None = None, port: int | None = None, patience: int = LOCK_TIMEOUT
    ) -> dict[str, Any]:
        options = {"timeout": patience, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.folder / "db.sqlite3"), "OPTIONS": options}

    def back_up(self) -> None:
        self._copy("db.sqlite3", "backup.sqlite3")

    def restore(self) -> None:
        self._copy("backup.sqlite3", "db.sqlite3")

    def _copy(self, source: str, target: str) -> None:
        with (
            closing(sqlite3.connect(self.folder / source, timeout=20)) as read,
            closing(sqlite3.connect(self.folder / target, timeout=20)) as written,
        ):
            read.backup(written)


class Daemon(Server):
    """A server that runs as processes of its own."""

    user = ""
    pid_file = Path()

    def run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
        """Run a command as the server's user: servers refuse to be root's."""
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.run(
                [*self._as_user(), *command], **{"check": True, "stdout": log, "stderr": log, **options}
            )

    def _as_user(self) -> list[str]:
        if os.geteuid():
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--"]

    def give_folder(self) -> None:
        """Let the server's user write to the folder."""
        self.folder.chmod(0o755)
        if not os.geteuid():
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)

    def crash(self) -> None:
        """Lose what is not on disk, and start again."""
        raise NotImplementedError

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have no process of the server do anything for the time of the block."""
        processes = _family(int(self.pid_file.read_text().split()[0]))
        for process in processes:
            _signal(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                _signal(process, signal.SIGCONT)


class Postgresql(Daemon):
    kind = "postgresql"
    levels = ("read committed", "repeatable read")
    user = "postgres"
    has_standby = True
    # Seconds by which the standby is late.
    lag = 2

    def start(self) -> None:
        self.give_folder()
        self.programs = _postgresql_programs()
        self.version = _first_line(self.programs / "postgres", "--version").replace(
            "postgres (PostgreSQL)", "PostgreSQL"
        )
        self.pid_file = self.folder / "primary" / "postmaster.pid"
        self.standby_port = free_port()
        initdb = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        self.run(self.programs / "initdb", *initdb, "--pgdata", self.folder / "primary")
        self._serve("primary", self.port)
        self._client("psql", "--command", f"CREATE DATABASE {NAME}", database="postgres")
        self._client("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--pgdata", self.folder / "standby")
        self._serve("standby", self.standby_port, "-c", f"recovery_min_apply_delay={self.lag}s")

    def stop(self) -> None:
        for name in ("standby", "primary"):
            if (self.folder / name / "postmaster.pid").exists():
                self._control(name, "stop", "--mode=immediate", check=False)

    def settings(
        self, level: str | None = None, port: int | None = None, patience: int = LOCK_TIMEOUT
    ) -> dict[str, Any]:
        isolation = f"-c default_transaction_isolation={_FLAG[level]}" if level else ""
        options = {"options": f"{isolation} -c lock_timeout={patience}s", "connect_timeout": 10}
        return {
            "ENGINE": "django.db.backends.postgresql", "NAME": NAME, "USER": "postgres", "HOST": "127.0.0.1",
            "PORT": str(port or self.port), "OPTIONS": options,
        }  # fmt: skip

    def crash(self) -> None:
        self._control("primary", "stop", "--mode=immediate")
        self._control("primary", "start")

    def back_up(self) -> None:
        self._client("pg_dump", "--format=custom", "--file", self.folder / "backup")

    def restore(self) -> None:
        how = ["--clean", "--if-exists", "--single-transaction"]
        self._client("pg_restore", *how, self.folder / "backup")

    def _serve(self, name: str, port: int, *options: str) -> None:
        where = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={self.folder}"
        # More connections than a writer and a reader have when their predecessors are not noticed to be dead yet.
        flags = " ".join([where, "-c max_connections=200", *options])
        (self.folder / f"{name}.flags").write_text(flags)
        self._control(name, "start")

    def _control(self, name: str, *command: str, check: bool = True) -> None:
        flags = ["--options", (self.folder / f"{name}.flags").read_text()] if command[0] == "start" else []
        log = ["--log", self.folder / f"{name}.log"] if command[0] == "start" else []
        where = ["--pgdata", self.folder / name, "--wait"]
        self.run(self.programs / "pg_ctl", *command, *where, *flags, *log, check=check)

    def _client(self, program: str, *arguments: str | Path, database: str = NAME) -> None:
        where = ["--host=127.0.0.1", f"--port={self.port}", "--username=postgres"]
        named = [] if program == "pg_basebackup" else [f"--dbname={database}"]
        self.run(self.programs / program, *where, *named, *arguments)


class Mariadb(Daemon):
    kind = "mariadb"
    levels = ("read committed", "repeatable read")
    user = "mysql"
    # A dump drops each table before it makes it anew: who asks then is told that there is none, goes on with what it
    # has, and asks again after the back-off of a failure or two, of 0.1 and 0.2 s.
    restore_grace = 0.3

    def start(self) -> None:
        self.give_folder()
        self.version = _first_line(_program("mariadbd"), "--version").partition("Ver ")[2].split("-")[0]
        self.version = f"MariaDB {self.version}"
        self.pid_file = self.folder / "mariadbd.pid"
        how = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
        self.run(_program("mariadb-install-db"), *how, f"--datadir={self.folder / 'data'}")
        self._serve()
        self._client("mariadb", "--execute", f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4", database="")

    def stop(self) -> None:
        if self.pid_file.exists():
            _signal(int(self.pid_file.read_text()), signal.SIGKILL)
            self._process.wait()

    def settings(
        self, level: str | None = None, port: int | None = None, patience: int = LOCK_TIMEOUT
    ) -> dict[str, Any]:
        options = {
            "charset": "utf8mb4", "isolation_level": level or "read committed", "connect_timeout": 10,
            "init_command": f"SET innodb_lock_wait_timeout = {patience}",
        }  # fmt: skip
        return {
            "ENGINE": "django.db.backends.mysql", "NAME": NAME, "USER": "root", "HOST": "127.0.0.1",
            "PORT": str(port or self.port), "OPTIONS": options,
        }  # fmt: skip

    def crash(self) -> None:
        self.stop()
        self.pid_file.unlink(missing_ok=True)
        self._serve()

    def back_up(self) -> None:
        with (self.folder / "backup").open("wb") as file:
            self._client("mariadb-dump", "--single-transaction", database=NAME, stdout=file)

    def restore(self) -> None:
        with (self.folder / "backup").open("rb") as file:
            self._client("mariadb", stdin=file)

    def _serve(self) -> None:
        flags = {
            "datadir": self.folder / "data", "pid-file": self.pid_file, "socket": self.folder / "socket",
            "port": self.port, "bind-address": "127.0.0.1", "max-connections": 200,
        }  # fmt: skip
        command = [_program("mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in flags.items())]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([*self._as_user(), *command], stdout=log, stderr=log)
        wait_for_port(self.port, self._process)

    def _client(self, program: str, *arguments: str, database: str = NAME, **options: Any) -> None:
        where = ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", f"--port={self.port}", "--user=root"]
        self.run(_program(program), *where, *arguments, *([database] if database else []), **options)


SERVERS: dict[str, type[Server]] = {each.kind: each for each in (Sqlite, Postgresql, Mariadb)}


def _postgresql_programs() -> Path:
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parts[-3])).parent
    return _program("initdb").parent


def _program(name: str) -> Path:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit(f"{name} is missing: the rig makes a server of its own, and needs the server's programs.")
    return Path(found)


def _first_line(*command: str | Path) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[0].split("(Debian")[0].strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.02)
        else:
            return
    raise AssertionError("The server has not started; see its log.")


def _family(parent: int) -> list[int]:
    """Return the process and its children: PostgreSQL has one for each connection."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


def _signal(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
