"""Raw reads of the control plane's tables: cheap enough for the hot path, each in one statement."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from plugin_system.choices import PluginStatus
from plugin_system.definitions import TypeKey


class CounterState(NamedTuple):
    """
    The state of the control plane, to be compared for equality only.

    A number can come back with other content after a rollback; the random nonce tells the two apart.
    """

    number: int
    nonce: str


_MOST_NAMED_TYPES = 100
UNCOUNTED = CounterState(0, "")


class ItemRow(NamedTuple):
    """What choosing an item takes."""

    id: Any
    module: str
    name: str
    status: str
    priority: int


class TypeRows(NamedTuple):
    """A plugin type's row id and its rows that an operator lets serve."""

    id: Any
    items: list[ItemRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The rows that may serve, with the state of the counter they belong to."""

    counter: CounterState
    types: dict[TypeKey, TypeRows] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    counter: str
    content: str
    some_types: str


def read_counter(connection: BaseDatabaseWrapper) -> CounterState:
    """Return the counter's state: one read by primary key."""
    with connection.cursor() as cursor:
        cursor.execute(_statements(connection.vendor).counter)
        return _counter(cursor.fetchone())


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
        cursor.execute(_statements(connection.vendor).content + _lock(connection, locks=locks))
        return _content(cursor.fetchall())


def read_content_of(connection: BaseDatabaseWrapper, keys: Collection[TypeKey], *, locks: bool = False) -> Content:
    """Return the rows of some plugin types that may serve, with the counter's state; ``locks`` as in read_content."""
    if len(keys) > _MOST_NAMED_TYPES:
        content = read_content(connection, locks=locks)
        return Content(counter=content.counter, types={key: content.types[key] for key in keys if key in content.types})
    named = " OR ".join(["(t.manager = %s AND t.name = %s)"] * len(keys)) or "1 = 0"
    with connection.cursor() as cursor:
        statement = _statements(connection.vendor).some_types.replace("NAMED", named) + _lock(connection, locks=locks)
        cursor.execute(statement, [name for key in keys for name in key])
        return _content(cursor.fetchall())


def _lock(connection: BaseDatabaseWrapper, *, locks: bool) -> str:
    """Under repeatable read MySQL and MariaDB let a transaction write but show it the past, unless a read locks."""
    return " LOCK IN SHARE MODE" if locks and connection.vendor == "mysql" else ""


def _counter(row: Any) -> CounterState:
    return CounterState(row[0], row[1]) if row and row[0] is not None else UNCOUNTED


def _content(rows: list[Any]) -> Content:
    types: dict[TypeKey, TypeRows] = {}
    for _, _, type_id, manager, type_name, *item in rows:
        if type_id is None:
            break
        key = TypeKey(manager, type_name)
        held = types.get(key)
        if held is None:
            held = types[key] = TypeRows(type_id, [])
        if item[0] is not None:
            held.items.append(ItemRow._make(item))
    return Content(counter=_counter(rows[0]), types=types)


@lru_cache(maxsize=8)
def _statements(vendor: str) -> _Statements:
    """Return the statements in the vendor's quoting; the tables' names are looked up late, models being above."""
    mark = "`" if vendor == "mysql" else '"'

    def table(model: str) -> str:
        return f"{mark}{apps.get_model('plugin_system', model)._meta.db_table}{mark}"

    counter, kind, item = table("RevisionCounter"), table("PluginType"), table("PluginItem")
    eligible = f"'{PluginStatus.ACTIVE.value}', '{PluginStatus.RESERVED.value}'"
    # Counter and rows in one statement: read apart, old rows can come to bear a new number.
    content = (
        "SELECT c.value, c.nonce, t.id, t.manager, t.name, i.id, i.module, i.name, i.status, i.priority "  # noqa: S608
        f"FROM (SELECT 1 AS one) AS single LEFT JOIN {counter} AS c ON c.id = 1 LEFT JOIN {kind} AS t ON (%s) "
        f"LEFT JOIN {item} AS i ON i.plugin_type_id = t.id AND i.status IN ({eligible})"
    )
    return _Statements(
        counter=f"SELECT value, nonce FROM {counter} WHERE id = 1",  # noqa: S608
        content=content % "1 = 1",
        some_types=content % "NAMED",
    )
