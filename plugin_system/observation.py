"""Looking at what is committed now: an open transaction may show the past."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import Error as DatabaseFailure
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system.rows import read_isolation_level

T = TypeVar("T")

_SHOWING_THE_PRESENT = {"read committed", "read uncommitted"}
# Seconds; on SQLite a transaction of this very thread may hold the lock that the second connection waits for.
_SQLITE_LOCK_TIMEOUT = 0.2
# What libpq calls a transaction that has failed, and a connection that is lost.
_FAILED_ON_POSTGRESQL = {3, 4}


def observe(connection: BaseDatabaseWrapper, read: Callable[[BaseDatabaseWrapper], T]) -> T:
    """
    Return what ``read`` returns for a connection that shows what is committed now.

    That is ``connection`` itself outside a transaction, and inside one, in a savepoint, where each statement sees the
    present (read committed). Above that, on SQLite, and where the transaction cannot go on or is not Django's, it is
    a second connection, closed at the end.

    :raises django.db.Error: the database cannot be reached.
    """
    if _is_private(connection):
        return read(connection)
    if not _in_transaction(connection):
        return _read_outside(connection, read)
    if _answers_inside(connection):
        with transaction.atomic(using=connection.alias):
            if read_isolation_level(connection) in _SHOWING_THE_PRESENT:
                return read(connection)
    with _second_connection(connection, timeout=_SQLITE_LOCK_TIMEOUT) as second:
        return read(second)


def observe_anew(connection: BaseDatabaseWrapper, read: Callable[[BaseDatabaseWrapper], T]) -> T:
    """
    Return what ``read`` returns for a new connection: those that are open may hang.

    :raises django.db.Error: the database cannot be reached.
    """
    if _is_private(connection):
        return read(connection)
    with _second_connection(connection) as second:
        return read(second)


def _read_outside(connection: BaseDatabaseWrapper, read: Callable[[BaseDatabaseWrapper], T]) -> T:
    if _is_being_read(connection):
        with _second_connection(connection) as second:
            return read(second)
    was_open = connection.connection is not None
    try:
        return read(connection)
    except DatabaseFailure:
        # One that has died while idle says nothing about the database; one that is well may have state of the host's.
        if not was_open or connection.is_usable():
            raise
        connection.close()
    return read(connection)


def _in_transaction(connection: BaseDatabaseWrapper) -> bool:
    return connection.in_atomic_block or not connection.get_autocommit()


def _answers_inside(connection: BaseDatabaseWrapper) -> bool:
    """Whether the open transaction may show the present, and a savepoint can protect it from our errors."""
    if connection.vendor == "sqlite" or connection.needs_rollback or not connection.in_atomic_block:
        return False
    if connection.vendor == "postgresql" and connection.connection is not None:
        return connection.connection.info.transaction_status not in _FAILED_ON_POSTGRESQL
    return True


def _is_being_read(connection: BaseDatabaseWrapper) -> bool:
    """
    Whether SQLite shows a past moment although no transaction is open: a query is being read bit by bit.

    SQLite does not say so, but then refuses to define a function anew: the second time, if it is not there yet.
    """
    if connection.vendor != "sqlite" or connection.connection is None:
        return False
    try:
        for _ in range(2):
            connection.connection.create_function("plugin_system_probe", 0, int)
    except connection.Database.OperationalError:  # type: ignore[attr-defined]
        return True
    return False


def _is_private(connection: BaseDatabaseWrapper) -> bool:
    """Whether no other process can write to the database: what this one commits expires its view by itself."""
    return connection.vendor == "sqlite" and connection.is_in_memory_db()  # type: ignore[attr-defined]


@contextmanager
def _second_connection(
    connection: BaseDatabaseWrapper, *, timeout: float | None = None
) -> Iterator[BaseDatabaseWrapper]:
    second = connection.copy()
    options = second.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if second.vendor == "sqlite" and timeout is not None:
        options["timeout"] = timeout
    try:
        yield second
    finally:
        second.close()
