"""A whole database as the text of SQL statements, and back."""

import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from tests.processes.databases import KIND, Database


def dump(database: Database) -> str:
    """Return what makes the database anew: tables and rows, nothing of the machine it was on."""
    return {"sqlite": _dump_sqlite, "postgresql": _dump_postgresql, "mariadb": _dump_mariadb}[KIND](database)


def restore(database: Database, text: str) -> None:
    """Fill an empty database with what was dumped of one of the same kind."""
    {"sqlite": _restore_sqlite, "postgresql": _restore_postgresql, "mariadb": _restore_mariadb}[KIND](database, text)


def _dump_sqlite(database: Database) -> str:
    with closing(sqlite3.connect(database.name)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _restore_sqlite(database: Database, text: str) -> None:
    with closing(sqlite3.connect(database.name)) as connection:
        connection.executescript(text)


def _dump_postgresql(database: Database) -> str:
    server = _server(database)
    where = [f"--host={server['HOST']}", f"--port={server['PORT']}", f"--username={server['USER']}"]
    options = ["--inserts", "--no-owner", "--no-privileges", "--no-password"]
    text = _output(["pg_dump", *where, *options, database.name], PGPASSWORD=server["PASSWORD"])
    # Comments name versions, and commands of psql mean nothing to a driver.
    lines = [line for line in text.splitlines() if line and not line.startswith(("--", "\\"))]
    return "\n".join(lines) + "\n"


def _restore_postgresql(database: Database, text: str) -> None:
    import psycopg

    server = _server(database)
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"],
        user=server["USER"],
        password=server["PASSWORD"],
        dbname=database.name,
        autocommit=True,
    ) as connection:
        connection.execute(text)


def _dump_mariadb(database: Database) -> str:
    server = _server(database)
    where = ["--protocol=tcp", f"--host={server['HOST']}", f"--port={server['PORT']}", f"--user={server['USER']}"]
    options = ["--compact", "--skip-extended-insert", "--single-transaction", "--default-character-set=utf8mb4"]
    text = _output(["mariadb-dump", "--no-defaults", *where, *options, database.name], MYSQL_PWD=server["PASSWORD"])
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("/*"))


def _restore_mariadb(database: Database, text: str) -> None:
    import MySQLdb

    server = _server(database)
    with (
        closing(
            MySQLdb.connect(
                host=server["HOST"],
                port=int(server["PORT"]),
                user=server["USER"],
                password=server["PASSWORD"],
                database=database.name,
                charset="utf8mb4",
            )
        ) as connection,
        connection.cursor() as cursor,
    ):
        # Tables come in the order of their names, before those that they refer to.
        cursor.execute(f"SET foreign_key_checks = 0; {text}")
        while cursor.nextset() is not None:
            pass
        connection.commit()


def _server(database: Database) -> dict[str, Any]:
    settings: dict[str, Any] = database.settings()["default"]
    return settings


def _output(command: Sequence[str], **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
