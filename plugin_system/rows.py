"""Raw reads of the control plane's tables: cheap enough for the hot path, each in one statement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from plugin_system.choices import PluginStatus
from plugin_system.definitions import TypeKey

ModelT = TypeVar("ModelT", bound=Model)


class CounterState(NamedTuple):
    """
    The state of the control plane, to be compared for equality only.

    A number can come back with other content after a rollback; the random nonce tells the two apart.
    """

    number: int
    nonce: str


_MOST_NAMED_TYPES = 100
_ITEM_COLUMNS = "i.id, i.plugin_type_id, i.module, i.name, i.status, i.priority"
UNCOUNTED = CounterState(0, "")
# Under repeatable read MySQL and MariaDB let a transaction write but show it the past, unless a read locks.
_LOCKING = " LOCK IN SHARE MODE"


class ItemRow(NamedTuple):
    """What choosing an item takes."""

    id: Any
    module: str
    name: str
    status: str
    priority: int


class TypeRows(NamedTuple):
    """A plugin type's row id and its rows that an operator lets serve, as the database returned them."""

    id: Any
    stored: Sequence[tuple[Any, ...]]

    @property
    def items(self) -> list[ItemRow]:
        """The rows, made anew: few processes resolve every type, and making them takes as long as reading them."""
        # MariaDB makes the priorities decimals: they share a column with the counter's number.
        return [
            ItemRow(row_id, module, name, status, int(priority))
            for row_id, _, module, name, status, priority in self.stored
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The rows that may serve, with the state of the counter they belong to."""

    counter: CounterState
    types: dict[TypeKey, TypeRows] = field(default_factory=dict)


class StoredType(NamedTuple):
    """A plugin type as it is stored, whether or not it may serve."""

    id: Any
    manager: str
    name: str
    description: str
    archived: bool


class StoredItem(NamedTuple):
    """An item as it is stored, whether or not it may serve."""

    id: Any
    type_id: Any
    module: str
    name: str
    description: str
    archived: bool
    priority: int
    status: str


class _Tables(NamedTuple):
    counter: str
    types: str
    items: str


def unrecorded(model: type[ModelT], using: str) -> "QuerySet[ModelT]":
    """Return the rows of a model by a queryset whose writes are not recorded: for the write path, which records."""
    return QuerySet(model, using=using)


def row_uuid(row_id: Any) -> UUID:
    """Return the id of a raw row as a UUID: some databases have such a type, others keep a text."""
    return row_id if isinstance(row_id, UUID) else UUID(row_id)


def read_counter(connection: BaseDatabaseWrapper) -> CounterState:
    """Return the counter's state: one read by primary key."""
    with connection.cursor() as cursor:
        cursor.execute(_counter_statement(connection.vendor))
        row = cursor.fetchone()
        return CounterState._make(row) if row else UNCOUNTED


def read_isolation_level(connection: BaseDatabaseWrapper) -> str:
    """Return the isolation level of the open transaction on PostgreSQL, of the session on MySQL and MariaDB."""
    if connection.vendor == "postgresql":
        expression = "current_setting('transaction_isolation')"
    else:
        expression = "@@tx_isolation" if getattr(connection, "mysql_is_mariadb", False) else "@@transaction_isolation"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}")
        return str(cursor.fetchone()[0]).lower().replace("-", " ")


def read_content(connection: BaseDatabaseWrapper, *, locks: bool = False) -> Content:
    """
    Return the rows of every plugin type that may serve, archived ones included, with the counter's state.

    ``locks`` is for a transaction that holds the counter's lock: it sees what is committed beside its own writes.
    """
    with connection.cursor() as cursor:
        cursor.execute(_content_statement(connection.vendor, "", locks=locks))
        return _content(cursor)


def read_content_of(connection: BaseDatabaseWrapper, keys: Collection[TypeKey], *, locks: bool = False) -> Content:
    """Return the rows of some plugin types that may serve, with the counter's state; ``locks`` as in read_content."""
    if len(keys) > _MOST_NAMED_TYPES:
        content = read_content(connection, locks=locks)
        return Content(counter=content.counter, types={key: content.types[key] for key in keys if key in content.types})
    condition = " OR ".join(["(t.manager = %s AND t.name = %s)"] * len(keys)) or "1 = 0"
    # Once for the items and once for the types.
    names = [name for key in keys for name in key] * 2
    with connection.cursor() as cursor:
        cursor.execute(_content_statement(connection.vendor, condition, locks=locks), names)
        return _content(cursor)


def read_stored(connection: BaseDatabaseWrapper, *, locks: bool = False) -> tuple[list[StoredType], list[StoredItem]]:
    """Return every plugin type and every item, archived ones included: two statements. ``locks`` as in read_content."""
    tables = _tables(connection.vendor)
    locking = _LOCKING if locks and connection.vendor == "mysql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, manager, name, description, archived IS NOT NULL FROM {tables.types}{locking}")  # nosec B608 # Names of ours only.  # noqa: S608
        types = list(map(StoredType._make, cursor.fetchall()))
        cursor.execute(
            "SELECT id, plugin_type_id, module, name, description, archived IS NOT NULL, priority, status "  # nosec B608 # Names of ours only.  # noqa: S608
            f"FROM {tables.items}{locking}"
        )
        return types, list(map(StoredItem._make, cursor.fetchall()))


def _content(rows: Iterable[Any]) -> Content:
    counter = UNCOUNTED
    keys: dict[Any, TypeKey] = {}
    items: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        if row[4] is not None:
            items[row[1]].append(row)
            continue
        row_id, _, owner, name, _, number = row
        if name is not None:
            keys[row_id] = TypeKey(owner, name)
        else:
            counter = CounterState(int(number), owner)
    types = {key: TypeRows(row_id, items.get(row_id, ())) for row_id, key in keys.items()}
    return Content(counter=counter, types=types)


def _content_statement(vendor: str, condition: str, *, locks: bool) -> str:
    """
    Return the statement that reads the items that may serve, the plugin types that fit the condition, and the counter.

    It is one, because rows that were read apart from the counter can come to bear a newer number than theirs; and a
    union, because a join would repeat counter and type with every item, which takes as long as the reading itself.
    """
    tables = _tables(vendor)
    some_types = f" JOIN {tables.types} AS t ON t.id = i.plugin_type_id AND ({condition})" if condition else ""
    eligible = f"'{PluginStatus.ACTIVE.value}', '{PluginStatus.RESERVED.value}'"
    parts = [
        # First, because PostgreSQL takes the types of the columns from here.
        f"SELECT {_ITEM_COLUMNS} FROM {tables.items} AS i{some_types} WHERE i.status IN ({eligible})",  # nosec B608 # Names of ours only.  # noqa: S608
        f"SELECT t.id, NULL, t.manager, t.name, NULL, NULL FROM {tables.types} AS t WHERE {condition or '1 = 1'}",  # nosec B608 # Names of ours only.  # noqa: S608
        f"SELECT NULL, NULL, nonce, NULL, NULL, value FROM {tables.counter} WHERE id = 1",  # nosec B608 # Names of ours only.  # noqa: S608
    ]
    if locks and vendor == "mysql":
        parts = [f"({part}{_LOCKING})" for part in parts]
    return " UNION ALL ".join(parts)


@lru_cache(maxsize=8)
def _counter_statement(vendor: str) -> str:
    return f"SELECT value, nonce FROM {_tables(vendor).counter} WHERE id = 1"  # nosec B608 # Names of ours only.  # noqa: S608


@lru_cache(maxsize=8)
def _tables(vendor: str) -> _Tables:
    """Return the tables' names in the vendor's quoting; looked up late, models being above."""
    mark = "`" if vendor == "mysql" else '"'
    models = (apps.get_model("plugin_system", name) for name in ("RevisionCounter", "PluginType", "PluginItem"))
    return _Tables._make(f"{mark}{model._meta.db_table}{mark}" for model in models)
