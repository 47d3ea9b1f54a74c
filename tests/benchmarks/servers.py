"""The PostgreSQL server, if there is one: the same that ``make test-postgresql`` uses."""

import os
from typing import Any

import psycopg

_PREFIX = "PLUGIN_SYSTEM_TEST_POSTGRESQL_"
_DEFAULTS = {"HOST": "127.0.0.1", "PORT": "5432", "USER": "postgres", "PASSWORD": ""}


def find_postgresql() -> dict[str, Any] | None:
    """Return Django's settings for the server, or ``None`` where none answers."""
    settings = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres"}
    settings |= {part: os.environ.get(_PREFIX + part, default) for part, default in _DEFAULTS.items()}
    try:
        with _connection(settings):
            return settings
    except psycopg.OperationalError:
        return None


def version(settings: dict[str, Any]) -> str:
    """Return the server's version."""
    with _connection(settings) as connection:
        row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]).split()[0] if row else ""


def create(settings: dict[str, Any]) -> None:
    """Make the database."""
    with _connection(settings) as connection:
        connection.execute(f'CREATE DATABASE "{settings["NAME"]}"')


def drop(settings: dict[str, Any]) -> None:
    """Remove the database, whoever is still connected."""
    with _connection(settings) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{settings["NAME"]}" WITH (FORCE)')


def _connection(settings: dict[str, Any]) -> Any:
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname="postgres",
        autocommit=True,
        connect_timeout=3,
    )
