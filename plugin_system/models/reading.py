"""How the write path reads rows: as they are now, and not too many at once."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from django.db import connections, models

from plugin_system.revisions import BATCH

T = TypeVar("T")
RowT = TypeVar("RowT", bound=models.Model)


def as_they_are_now(rows: models.QuerySet[RowT]) -> models.QuerySet[RowT]:
    """
    Return the rows so that the write path reads them as they are now.

    The counter's lock makes everybody else wait; but in a transaction of the caller's under repeatable read MySQL and
    MariaDB would show the past, unless the read itself locks.
    """
    # Not the recorded queryset's own, which would lock the counter again.
    return models.QuerySet.select_for_update(rows) if connections[rows.db].vendor == "mysql" else rows


def in_batches(values: Iterable[T], size: int = BATCH) -> Iterable[list[T]]:
    """Yield the values in lists of at most ``size``."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
