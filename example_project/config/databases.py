"""The three databases that the example runs on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.environment import text


def chosen_database(data_dir: Path) -> dict[str, Any]:
    """
    Return the Django database that ``EXAMPLE_DATABASE`` names.

    :raises ImproperlyConfigured: it names none of them.
    """
    choices: dict[str, Callable[[], dict[str, Any]]] = {
        "sqlite": lambda: _sqlite(data_dir),
        "postgresql": _postgresql,
        "mariadb": _mariadb,
    }
    name = text("EXAMPLE_DATABASE", "sqlite")
    if name not in choices:
        raise ImproperlyConfigured(f"EXAMPLE_DATABASE is {name!r}; set it to one of {', '.join(choices)}.")
    return choices[name]()


def _sqlite(data_dir: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data_dir / "example.sqlite3",
        "OPTIONS": {
            # Readers and the one writer do not block each other.
            "init_command": "PRAGMA journal_mode = WAL",
            # A transaction that starts as a reader cannot wait for the write lock; this one takes it at once.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
        },
    }


def _postgresql() -> dict[str, Any]:
    return {**_server("postgres"), "ENGINE": "django.db.backends.postgresql"}


def _mariadb() -> dict[str, Any]:
    return {
        **_server("root"),
        "ENGINE": "django.db.backends.mysql",
        "OPTIONS": {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "init_command": "SET sql_mode = 'STRICT_TRANS_TABLES'",
        },
    }


def _server(user: str) -> dict[str, Any]:
    return {
        "HOST": text("EXAMPLE_DATABASE_HOST", "127.0.0.1"),
        "PORT": text("EXAMPLE_DATABASE_PORT"),
        "USER": text("EXAMPLE_DATABASE_USER", user),
        "PASSWORD": text("EXAMPLE_DATABASE_PASSWORD"),
        "NAME": text("EXAMPLE_DATABASE_NAME", "example"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
