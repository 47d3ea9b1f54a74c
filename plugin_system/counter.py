"""
The counter: one row, whose number every revision advances and whose nonce tells processes that the rows have changed.

Its row lock serialises every write and is held until commit.
"""

import secrets
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import F, Max

from plugin_system.pending import add_pending_write


def advance(using: str) -> int:
    """Take the next number, and with it the lock that serialises every write; the transaction's first statement."""
    if not _row(using).update(value=F("value") + 1):
        _create(using)
        _row(using).update(value=F("value") + 1)
    number: int = _row(using).values_list("value", flat=True).get()
    return number


def hold(using: str) -> None:
    """Take the lock that serialises every write, without writing; needs an open transaction."""
    _row(using).select_for_update().values_list("value").first()


def give_back(using: str) -> None:
    """Return the number that the open transaction took: it wrote nothing."""
    _row(using).update(value=F("value") - 1)


def renew_nonce(using: str) -> None:
    """Tell every process that the rows have changed."""
    if not _row(using).update(nonce=_nonce()):
        _create(using)


def touch(*, using: str) -> None:
    """
    Make every process reload, after raw SQL has changed rows: the counter's nonce changes, its number does not.

    But a counter that was set behind the kept revisions, by an older dump, catches up with them.
    """
    with transaction.atomic(using=using):
        renew_nonce(using)
        last = _last_kept(using)
        _row(using).filter(value__lt=last).update(value=last)
        add_pending_write(using)


def wait_for_writers(using: str) -> None:
    """
    Have the lock before the transaction decides which moment it shows.

    On PostgreSQL above read committed a transaction that has waited for a row fails, again and again while others
    write; one that has waited for the table, which reads nothing, shows what was committed meanwhile.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(_model("RevisionCounter")._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def _create(using: str) -> None:
    """Bring back a counter that a flush has removed, behind the last kept revision."""
    counter = _model("RevisionCounter")(pk=1, value=_last_kept(using), nonce=_nonce())
    _model("RevisionCounter")._base_manager.using(using).bulk_create([counter], ignore_conflicts=True)


def _last_kept(using: str) -> int:
    last: int | None = _model("Revision")._base_manager.using(using).aggregate(last=Max("number"))["last"]
    return last or 0


def _nonce() -> str:
    return secrets.token_hex(8)


def _row(using: str) -> Any:
    return _model("RevisionCounter")._base_manager.using(using).filter(pk=1)


def _model(name: str) -> Any:
    return apps.get_model("plugin_system", name)
