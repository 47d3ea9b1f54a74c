"""Where to look for what is committed now: an open transaction may show the past."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system.rows import read_isolation_level

_SHOWING_THE_PRESENT = {"read committed", "read uncommitted"}
# Seconds; on SQLite a transaction of this very thread may hold the lock that the second connection waits for.
_SQLITE_LOCK_TIMEOUT = 0.2


@contextmanager
def present_view(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """
    Yield a connection whose reads show what is committed now.

    That is ``connection`` itself outside a transaction, and inside one, in a savepoint, where each statement sees the
    present (read committed). Above that, on SQLite, and where a rollback is due, it is a second connection, closed at
    the end of the block.

    :raises django.db.Error: the database cannot be reached.
    """
    if not _in_transaction(connection) or _is_private(connection):
        yield connection
    elif connection.vendor == "sqlite" or connection.needs_rollback:
        with _second_connection(connection) as second:
            yield second
    else:
        with transaction.atomic(using=connection.alias):
            if read_isolation_level(connection) in _SHOWING_THE_PRESENT:
                yield connection
            else:
                with _second_connection(connection) as second:
                    yield second


def _in_transaction(connection: BaseDatabaseWrapper) -> bool:
    return connection.in_atomic_block or not connection.get_autocommit()


def _is_private(connection: BaseDatabaseWrapper) -> bool:
    """Whether no other process can write to the database: what this one commits expires its view by itself."""
    return connection.vendor == "sqlite" and connection.is_in_memory_db()  # type: ignore[attr-defined]


@contextmanager
def _second_connection(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    second = connection.copy()
    options = second.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if second.vendor == "sqlite":
        options["timeout"] = _SQLITE_LOCK_TIMEOUT
    try:
        yield second
    finally:
        second.close()
