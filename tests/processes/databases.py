"""A database for each test: on disk or on a server, copied from one that has been migrated once."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings

KINDS = {"sqlite3": "sqlite", "postgresql": "postgresql", "mysql": "mariadb"}
KIND = KINDS[settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]]
READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE = "read committed", "repeatable read", "serializable"
# What a host can choose on this kind of database; None where there is nothing to choose.
ISOLATION_LEVELS: list[str | None] = {
    "sqlite": [None],
    "postgresql": [READ_COMMITTED, REPEATABLE_READ],
    "mariadb": [READ_COMMITTED, REPEATABLE_READ],
}[KIND]


class Database:
    """One database, and the settings with which a process of the host project uses it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def settings(self, *, isolation: str | None = None, **changes: Any) -> dict[str, Any]:
        """Return the value for ``DATABASES``; ``OPTIONS`` among the changes are laid over the others."""
        options = {**isolation_options(isolation), **changes.pop("OPTIONS", {})}
        given = settings.DATABASES["default"]
        found = {name: given[name] for name in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT") if name in given}
        merged = {name: value for name, value in {**given["OPTIONS"], **options}.items() if value is not None}
        return {"default": {**found, "NAME": self.name, "OPTIONS": merged, **changes}}

    def create_from(self, template: "Database | None") -> None:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError

    def count_connections(self) -> int:
        """Return how many connections the server has to this database."""
        raise NotImplementedError


class SqliteDatabase(Database):
    def create_from(self, template: Database | None) -> None:
        self.path.parent.mkdir()
        if template is not None:
            shutil.copy(template.name, self.name)

    def drop(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def use_rollback_journal(self) -> None:
        """Leave write-ahead logging, while nobody is connected; give the processes no ``init_command`` then."""
        with closing(sqlite3.connect(self.name)) as connection:
            assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)

    @property
    def path(self) -> Path:
        return Path(self.name)


class PostgresqlDatabase(Database):
    def create_from(self, template: Database | None) -> None:
        suffix = f' TEMPLATE "{template.name}"' if template else ""
        self._execute(f'CREATE DATABASE "{self.name}"{suffix}')
        # Nothing here is about a server that crashes.
        self._execute(f'ALTER DATABASE "{self.name}" SET synchronous_commit = off')

    def drop(self) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def refuse_connections(self) -> None:
        """End every connection to this database and let nobody in."""
        self._execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        self.end_connections()

    def end_connections(self) -> None:
        """End every connection to this database."""
        self._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    def allow_connections(self) -> None:
        self._execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')

    def count_connections(self) -> int:
        return int(self._execute(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.name}'")[0][0])

    def _execute(self, statement: str) -> Any:
        import psycopg

        server = self.settings()["default"]
        with psycopg.connect(
            host=server["HOST"],
            port=server["PORT"],
            user=server["USER"],
            password=server["PASSWORD"],
            dbname="postgres",
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None


class MariadbDatabase(Database):
    def create_from(self, template: Database | None) -> None:
        self._execute(f"CREATE DATABASE `{self.name}` CHARACTER SET utf8mb4")
        if template is not None:
            tables = [table for (table,) in self._execute(f"SHOW TABLES FROM `{template.name}`")]
            creations = [self._execute(f"SHOW CREATE TABLE `{template.name}`.`{table}`")[0][1] for table in tables]
            copies = [f"INSERT INTO `{table}` SELECT * FROM `{template.name}`.`{table}`" for table in tables]
            self._execute("SET foreign_key_checks = 0", f"USE `{self.name}`", *creations, *copies, "COMMIT")

    def drop(self) -> None:
        self._execute(f"DROP DATABASE IF EXISTS `{self.name}`")

    def end_connections(self) -> None:
        """End every connection to this database."""
        for (number,) in self._execute(f"SELECT id FROM information_schema.processlist WHERE db = '{self.name}'"):
            self._execute(f"KILL {number}")

    def count_connections(self) -> int:
        statement = f"SELECT count(*) FROM information_schema.processlist WHERE db = '{self.name}'"
        return int(self._execute(statement)[0][0])

    def _execute(self, *statements: str) -> Any:
        import MySQLdb

        server = self.settings()["default"]
        with (
            closing(
                MySQLdb.connect(
                    host=server["HOST"],
                    port=int(server["PORT"]),
                    user=server["USER"],
                    password=server["PASSWORD"],
                    charset="utf8mb4",
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()


def isolation_options(level: str | None) -> dict[str, Any]:
    """Return the ``OPTIONS`` with which every transaction of a process has this isolation level."""
    if level is None:
        return {}
    if KIND == "mariadb":
        return {"isolation_level": level}
    return {"options": f"-c default_transaction_isolation={level.replace(' ', chr(92) + ' ')}"}


DATABASES: dict[str, Callable[[str], Database]] = {
    "sqlite": SqliteDatabase,
    "postgresql": PostgresqlDatabase,
    "mariadb": MariadbDatabase,
}
