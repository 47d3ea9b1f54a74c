"""Raw inserts of the record of changes: a bulk write has as many as rows, and no use for a model instance of each."""

from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField

_MOST_ROWS = 500


class ChangeRecord(NamedTuple):
    """What a row of the record holds, by the names of the fields."""

    revision: int
    kind: str
    key: str
    row_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def insert_changes(connection: BaseDatabaseWrapper, records: Iterable[ChangeRecord]) -> None:
    """
    Insert the records, as many in a statement as the database takes, in their order.

    They are taken as they are needed: ten thousand at once would set off a collection of the whole process's garbage.
    """
    meta = apps.get_model("plugin_system", "Change")._meta
    fields: list[Any] = [meta.get_field(name) for name in ChangeRecord._fields]
    adapters = [_adapter(field, connection) for field in fields]
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote(meta.db_table)} ({', '.join(quote(field.column) for field in fields)}) VALUES "  # nosec B608 # Names of ours only.  # noqa: S608
    values = f"({', '.join(['%s'] * len(fields))})"
    size = min(_MOST_ROWS, connection.ops.bulk_batch_size(fields, [None] * _MOST_ROWS))
    remaining = iter(records)
    with connection.cursor() as cursor:
        while batch := list(islice(remaining, size)):
            given = [adapt(value) for record in batch for adapt, value in zip(adapters, record, strict=True)]
            cursor.execute(into + ", ".join([values] * len(batch)), given)


def _adapter(field: Any, connection: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    """Return what turns a value of the field into what the database takes."""
    adapt: Callable[[Any], Any] = partial(field.get_db_prep_save, connection=connection)
    if field.is_relation or field.choices:
        # The same few values in every row.
        return cache(adapt)
    if not isinstance(field, JSONField):
        return adapt
    # A bulk write does the same to most of its rows, and writing JSON is the dear part of a record.
    adapted: dict[tuple[Any, ...], Any] = {}

    def adapt_once(values: dict[str, Any] | None) -> Any:
        if values is None:
            return None
        facts = tuple(values.items())
        if facts not in adapted:
            adapted[facts] = adapt(values)
        return adapted[facts]

    return adapt_once
