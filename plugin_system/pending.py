"""Which connections of this process have written to the control plane and not committed yet."""

import weakref

from django.db import connections, transaction

from plugin_system.signals import revision_committed


class PendingWrite:
    """
    A write that waits for its commit, kept alive by nothing but the connection's list of on-commit functions.

    Django drops an entry of that list exactly when the write is rolled back, by transaction or savepoint, so that a
    write is pending as long as its entry is there.
    """

    __slots__ = ("__weakref__", "number", "using")

    def __init__(self, using: str, number: int) -> None:
        self.using = using
        self.number = number

    def __call__(self) -> None:
        pending.discard(weakref.ref(self))
        revision_committed.send(sender=PendingWrite, using=self.using, number=self.number)


# Empty nearly always, so that the hot path costs one truth test. Entries leave by themselves with a rollback.
pending: set["weakref.ref[PendingWrite]"] = set()


def add_pending_write(using: str, number: int) -> None:
    """Note that the transaction of ``using`` has written revision ``number``; on commit, tell the process."""
    write = PendingWrite(using, number)
    pending.add(weakref.ref(write, pending.discard))
    transaction.on_commit(write, using=using)


def has_pending_write(using: str) -> bool:
    """Whether the current thread's connection ``using`` has written in its open transaction."""
    return any(isinstance(entry[1], PendingWrite) for entry in connections[using].run_on_commit)
