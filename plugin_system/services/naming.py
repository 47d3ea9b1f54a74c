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

_MOST_SUGGESTIONS = 3
_LIKENESS = 0.6


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
        remedy = _remedy(unknown, rows, lambda row: [row.name]) or "List the types, or run a sync."
        raise UnknownPluginTypeError(f"There is no plugin type {', '.join(map(repr, unknown))}. {remedy}")
    return found


def items_named(references: Sequence[str], *, using: str | None = None) -> list[PluginItem]:
    """
    Return the item of each reference, with its type.

    A reference is ``apps.otp:otp/apps.otp_sms:sms_ir``, an id, or ``apps.otp_sms:sms_ir`` where one item has that
    module and name. One query, however many references; archived items are not found.

    :raises AmbiguousKeyError: a short name fits several items.
    :raises UnknownItemsError: references fit none; the message has the nearest keys.
    """
    rows = list(PluginItem.objects.using(write_database(using)).select_related("plugin_type"))
    rows.sort(key=lambda row: row.key)
    found, unknown = _pick(references, rows, lambda row: [f"{row.module}:{row.name}"])
    if unknown:
        raise UnknownItemsError(
            unknown,
            _remedy(unknown, rows, lambda row: [f"{row.module}:{row.name}", row.name]) or "List the items again.",
        )
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


def _remedy(unknown: Iterable[str], rows: Iterable[RowT], names: Callable[[RowT], list[str]]) -> str:
    """Return a question with the keys that are written most like the references, or nothing."""
    keys: dict[str, str] = {}
    for row in rows:
        key = str(row.key)
        keys.update(dict.fromkeys([key, *names(row)], key))
    near: dict[str, None] = {}
    for reference in unknown:
        matches = get_close_matches(reference, keys, _MOST_SUGGESTIONS, _LIKENESS)
        near.update(dict.fromkeys(keys[name] for name in matches))
    return f"Did you mean {' or '.join(map(repr, list(near)[:_MOST_SUGGESTIONS]))}?" if near else ""
