"""Lists of rows: filtered, in a total order, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from plugin_system.revisions import BATCH
from plugin_system.services.lookups import write_database
from plugin_system.services.recalling import recall

RowT = TypeVar("RowT", PluginItem, PluginType)


class Presence(StrEnum):
    """Whether this process has the code of a row that is not archived."""

    REGISTERED = "registered"
    MISSING = "missing"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFilter:
    """Which plugin types to list: those that every stated member fits. ``search`` looks in names and description."""

    manager: str | None = None
    name: str | None = None
    state: Presence | None = None
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """
    Which items to list: those that every stated member fits.

    ``plugin_type`` is a row id or a key; ``statuses`` are alternatives; ``search`` looks in names and description.
    """

    plugin_type: UUID | TypeKey | None = None
    manager: str | None = None
    module: str | None = None
    module_prefix: str | None = None
    name: str | None = None
    statuses: Sequence[PluginStatus] = ()
    state: Presence | None = None
    priority_min: int | None = None
    priority_max: int | None = None
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[RowT]):
    """Some of the rows that fit, and how many fit."""

    count: int
    rows: list[RowT]


# What a list may be ordered by, in words for the doors, and the columns that each means.
TYPE_ORDERINGS = {"key": ("manager", "name"), "manager": ("manager",), "name": ("name",), "revision": ("revision",)}
ITEM_ORDERINGS = {
    "plugin_type": ("plugin_type__manager", "plugin_type__name"),
    "manager": ("plugin_type__manager",),
    "module": ("module",),
    "name": ("name",),
    "status": ("status",),
    "priority": ("priority",),
    "revision": ("revision",),
}
_TYPE_DEFAULT = ("key",)
_ITEM_DEFAULT = ("plugin_type", "priority", "module", "name")
_ITEM_SEARCH = ("name", "module", "description", "plugin_type__name", "plugin_type__manager")
_TYPE_SEARCH = ("name", "manager", "description")


def list_types(
    wanted: TypeFilter, *, order_by: Sequence[str] = (), offset: int = 0, limit: int, using: str | None = None
) -> Page[PluginType]:
    """
    Return a page of the plugin types that fit; two queries.

    ``order_by`` has words of ``TYPE_ORDERINGS``, a minus before one turns it round; ties are broken by the id.
    """
    stated = {"manager": wanted.manager, "name": wanted.name}
    rows = _present(PluginType, wanted.state, using).filter(_stated(stated), _search(wanted.search, _TYPE_SEARCH))
    rows = rows.order_by(*_columns(order_by or _TYPE_DEFAULT, TYPE_ORDERINGS))
    return _page(rows, wanted.state, offset, limit)


def list_items(
    wanted: ItemFilter, *, order_by: Sequence[str] = (), offset: int = 0, limit: int, using: str | None = None
) -> Page[PluginItem]:
    """Return a page of the items that fit, with their plugin types; two queries. For the rest see list_types."""
    stated: dict[str, Any] = {
        "plugin_type__manager": wanted.manager,
        "module": wanted.module,
        "module__startswith": wanted.module_prefix,
        "name": wanted.name,
        "status__in": list(wanted.statuses) or None,
        "priority__gte": wanted.priority_min,
        "priority__lte": wanted.priority_max,
    }
    rows = _present(PluginItem, wanted.state, using).select_related("plugin_type")
    rows = rows.filter(_of_type(wanted.plugin_type), _stated(stated), _search(wanted.search, _ITEM_SEARCH))
    rows = rows.order_by(*_columns(order_by or _ITEM_DEFAULT, ITEM_ORDERINGS))
    return _page(rows, wanted.state, offset, limit)


def presence_of(row: PluginType | PluginItem) -> Presence:
    """Return whether this process has the row's code; no query where an item's plugin type is read already."""
    if row.archived is not None:
        return Presence.ARCHIVED
    is_registered = row.is_loadable if isinstance(row, PluginItem) else row.definition is not None
    return Presence.REGISTERED if is_registered else Presence.MISSING


def _present(model: type[RowT], state: Presence | None, using: str | None) -> "QuerySet[RowT]":
    rows = model.all_objects.using(write_database(using))
    return rows.filter(archived__isnull=state is not Presence.ARCHIVED)


def _stated(values: dict[str, Any]) -> Q:
    return Q(**{name: value for name, value in values.items() if value is not None})


def _search(text: str, columns: Sequence[str]) -> Q:
    found = Q()
    for column in columns if text else ():
        found |= Q(**{f"{column}__icontains": text})
    return found


def _of_type(reference: UUID | TypeKey | None) -> Q:
    if reference is None:
        return Q()
    if isinstance(reference, UUID):
        return Q(plugin_type=reference)
    return Q(plugin_type__manager=reference.manager, plugin_type__name=reference.name)


def _columns(words: Sequence[str], columns: dict[str, tuple[str, ...]]) -> list[str]:
    named = [f"{'-' if word[0] == '-' else ''}{column}" for word in words for column in columns[word.lstrip("-")]]
    return [*named, "pk"]


def _page(rows: "QuerySet[RowT]", state: Presence | None, offset: int, limit: int) -> Page[RowT]:
    if state in {None, Presence.ARCHIVED}:
        return Page(count=_count(rows), rows=list(rows[offset : offset + limit]))
    wanted = state is Presence.REGISTERED
    missing = missing_ids(rows.model, using=rows.db)
    if len(missing) <= BATCH:
        some = rows.exclude(pk__in=missing) if wanted else rows.filter(pk__in=missing)
        return Page(count=_count(some), rows=list(some[offset : offset + limit]))
    # What is registered is known here, not in the database; naming thousands of keys in SQL is no alternative.
    ids = [pk for pk in rows.values_list("pk", flat=True) if (pk in missing) is not wanted]
    found = rows.in_bulk(ids[offset : offset + limit])
    return Page(count=len(ids), rows=[found[pk] for pk in ids[offset : offset + limit] if pk in found])


def _count(rows: "QuerySet[RowT]") -> int:
    """Return how many rows there are; counting reads them all, so that a count is kept until a row changes."""
    counted: Any = rows.order_by().values("pk")
    try:
        statement: tuple[Any, ...] = counted.query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:
        return 0
    return recall(rows.db, (rows.model, *statement), rows.count)


def missing_ids(model: type[RowT], *, using: str | None = None) -> frozenset[UUID]:
    """
    Return the ids of the rows that no code of this process registers, archived ones left out.

    One query, and none while no row has changed.
    """
    is_registered, columns = _REGISTERED[model]
    database = write_database(using)

    def read() -> frozenset[UUID]:
        rows = model.objects.using(database).values_list("pk", *columns)
        return frozenset(pk for pk, *key in rows if not is_registered(*key))

    return recall(database, ("missing", model), read)


def _registered_type(manager: str, name: str) -> bool:
    return plugin_registry.find_type(TypeKey(manager, name)) is not None


def _registered_item(manager: str, type_name: str, module: str, name: str) -> bool:
    return plugin_registry.find_item(ItemKey(TypeKey(manager, type_name), module, name)) is not None


# What tells whether code registers a row, and the columns that it asks for.
_REGISTERED: dict[Any, tuple[Callable[..., bool], Sequence[str]]] = {
    PluginType: (_registered_type, ("manager", "name")),
    PluginItem: (_registered_item, ("plugin_type__manager", "plugin_type__name", "module", "name")),
}
