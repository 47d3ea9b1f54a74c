"""Which connections of this process have written to the control plane and not committed yet."""

import weakref
from collections.abc import Iterator

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


class PendingWrite:
    """
    A write that waits for its commit, kept alive by nothing but the connection's list of on-commit functions.

    Django takes an entry from that list exactly when the write is committed, or rolled back, by transaction or
    savepoint, so that a write is pending as long as its entry is there.
    """

    __slots__ = ("__weakref__",)

    def __call__(self) -> None:
        """Do nothing: that the list no longer has the entry says it all, whatever becomes of the other functions."""


# By write, the database's alias and the connection's id. Empty nearly always, so that the hot path costs one truth
# test. Entries stay until the follower of the database has heard of their end.
pending: dict["weakref.ref[PendingWrite]", tuple[str, int]] = {}


# At so many entries, and each time that these have doubled, ended ones are looked for.
_MANY = 128


def add_pending_write(using: str) -> None:
    """Note that the transaction of ``using`` has written."""
    if len(pending) >= _MANY and len(pending).bit_count() == 1:
        _thin_out()
    write = PendingWrite()
    pending[weakref.ref(write)] = (using, id(connections[using]))
    transaction.on_commit(write, using=using)


def has_pending_write(using: str) -> bool:
    """Whether the current thread's connection ``using`` has written in its open transaction, and may commit that."""
    connection = connections[using]
    return bool(_waiting(connection)) and not connection.needs_rollback


def ended_writes() -> Iterator[tuple["weakref.ref[PendingWrite]", str]]:
    """
    Yield the writes that pend no longer, committed or not, each with the alias of its database.

    One of this thread has ended as soon as its entry has left the list: other on-commit functions may run before it.
    """
    mine = connections.all(initialized_only=True)
    owners = {id(connection) for connection in mine}
    waiting = {id(write) for connection in mine for write in _waiting(connection)}
    for reference, (using, owner) in list(pending.items()):
        write = reference()
        if write is None or (owner in owners and id(write) not in waiting):
            yield reference, using


def _thin_out() -> None:
    """Forget all but one of the ended writes to each database: nobody may ever resolve here and hear of them."""
    told: set[str] = set()
    for reference, (using, _) in list(pending.items()):
        if reference() is None and using in told:
            pending.pop(reference, None)
        elif reference() is None:
            told.add(using)


def _waiting(connection: BaseDatabaseWrapper) -> list[PendingWrite]:
    return [entry[1] for entry in connection.run_on_commit if isinstance(entry[1], PendingWrite)]
