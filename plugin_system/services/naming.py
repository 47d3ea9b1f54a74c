"""Finding rows by what people type: keys, ids, and short names where only one row fits."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import TypeVar
from uuid import UUID

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import AmbiguousKeyError, InvalidKeyError, UnknownItemsError, UnknownPluginTypeError
from plugin_system.models import Change, PluginItem, PluginType
from plugin_system.services.lookups import as_uuid, write_database
from plugin_system.services.references import item_id_of

RowT = TypeVar("RowT", bound=PluginType | PluginItem)

_MOST_NAMES = 3
_LIKENESS = 0.6
_MOST_KEYS = 10
_LIST_TYPES = "List the types: manage.py pluginctl status. Or run a sync: manage.py pluginsync."
_LIST_ITEMS = "List the items: manage.py pluginctl list."


def types_named(references: Sequence[str], *, using: str | None = None) -> list[PluginType]:
    """
    Return the plugin type of each reference: ``apps.otp:otp``, an id, or ``otp`` where one type has that name.

    One query, however many references; archived types are not found.

    :raises AmbiguousKeyError: a short name fits several types.
    :raises UnknownPluginTypeError: a reference fits none; the message has the nearest keys.
    """
    rows = list(PluginType.objects.using(write_database(using)).order_by("manager", "name"))
    found, unknown = _pick(references, rows, lambda row: [row.name])
    if unknown:
        remedy = _suggestion(unknown, rows, lambda row: [row.name]) or _LIST_TYPES
        raise UnknownPluginTypeError(f"There is no plugin type {', '.join(map(repr, unknown))}. {remedy}")
    return found


def items_named(references: Sequence[str], *, using: str | None = None) -> list[PluginItem]:
    """
    Return the item of each reference, with its type.

    A reference is ``apps.otp:otp/apps.otp_sms:sms_ir``, an id, or, where one item has it, the module and name
    ``apps.otp_sms:sms_ir`` or the name ``sms_ir``. One query, however many references; archived items are not found.

    :raises AmbiguousKeyError: a short name fits several items.
    :raises UnknownItemsError: references fit none; the message has the nearest keys, or the items of the type it names.
    """
    rows = list(PluginItem.objects.using(write_database(using)).select_related("plugin_type"))
    rows.sort(key=lambda row: row.key)
    found, unknown = _pick(references, rows, _short_names)
    if unknown:
        raise UnknownItemsError(unknown, _remedy(unknown, rows))
    return found


def item_once_named(reference: str, *, using: str | None = None) -> UUID:
    """
    Return the id of an item as :func:`items_named`, or of one that only the history knows by its key or id.

    :raises AmbiguousKeyError: a short name fits several items.
    :raises UnknownItemsError: neither the rows nor the history know the reference.
    """
    try:
        return items_named([reference], using=using)[0].pk
    except UnknownItemsError:
        with suppress(InvalidKeyError):
            row_id = item_id_of(as_uuid(reference) or ItemKey.parse(reference), using=using)
            if Change.objects.using(write_database(using)).filter(row_id=row_id).exists():
                return row_id
        raise


def type_once_named(reference: str, *, using: str | None = None) -> TypeKey:
    """
    Return the key of a plugin type as :func:`types_named`, or of one that only the history knows by its key.

    :raises AmbiguousKeyError: a short name fits several types.
    :raises UnknownPluginTypeError: neither the rows nor the history know the reference.
    """
    try:
        return types_named([reference], using=using)[0].key
    except UnknownPluginTypeError:
        with suppress(InvalidKeyError):
            key = TypeKey.parse(reference)
            if Change.objects.using(write_database(using)).filter(key=str(key)).exists():
                return key
        raise


def _pick(
    references: Sequence[str], rows: Iterable[RowT], short_names: Callable[[RowT], list[str]]
) -> tuple[list[RowT], list[str]]:
    """Return the row of each reference, and the references that fit none."""
    by_name: dict[str, list[RowT]] = {}
    for row in rows:
        names = [str(row.pk), str(row.key), *short_names(row)]
        for name in names:
            by_name.setdefault(name, []).append(row)
    found: list[RowT] = []
    unknown: list[str] = []
    for reference in references:
        fitting = by_name.get(str(as_uuid(reference) or reference), [])
        if not fitting:
            unknown.append(reference)
        elif len(fitting) > 1:
            raise AmbiguousKeyError(reference, [str(each.key) for each in fitting])
        found.extend(fitting)
    return found, unknown


def _short_names(row: PluginItem) -> list[str]:
    return [f"{row.module}:{row.name}", row.name]


def _remedy(unknown: Iterable[str], rows: Sequence[PluginItem]) -> str:
    """Return what to type in the place of references that fit no item: a type's items, or what is written alike."""
    by_type: dict[str, list[str]] = {}
    for row in rows:
        for name in (str(row.plugin_type_id), str(row.plugin_type.key), row.plugin_type.name):
            by_type.setdefault(name, []).append(str(row.key))
    said: list[str] = []
    others: list[str] = []
    for reference in unknown:
        keys = by_type.get(str(as_uuid(reference) or reference))
        if keys is None:
            others.append(reference)
        else:
            is_or_are = "its item is" if len(keys) == 1 else "its items are"
            said.append(f"{reference!r} is a plugin type; {is_or_are} {_listed(keys, 'and')}.")
    suggestion = _suggestion(others, rows, _short_names)
    if suggestion or not said:
        said.append(suggestion or _LIST_ITEMS)
    return " ".join(said)


def _suggestion(unknown: Iterable[str], rows: Iterable[RowT], names: Callable[[RowT], list[str]]) -> str:
    """Return a question with the keys of all that is written most like the references, or nothing."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        for name in (str(row.key), *names(row)):
            keys.setdefault(name, []).append(str(row.key))
    near: dict[str, None] = {}
    for reference in unknown:
        for name in get_close_matches(reference, keys, _MOST_NAMES, _LIKENESS):
            near.update(dict.fromkeys(keys[name]))
    return f"Did you mean {_listed(list(near), 'or')}?" if near else ""


def _listed(keys: Sequence[str], conjunction: str) -> str:
    """Return the keys in words; of many the first ones, and how many more there are."""
    words = [repr(key) for key in keys[:_MOST_KEYS]]
    if len(keys) > _MOST_KEYS:
        words.append(f"{len(keys) - _MOST_KEYS} more")
    return f" {conjunction} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
