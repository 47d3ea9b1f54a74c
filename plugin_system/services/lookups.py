"""Finding rows by what people and tools write: an id or a key."""

from typing import Any
from uuid import UUID

from django.db import router
from django.db.models import QuerySet, Subquery

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import InvalidKeyError, UnknownItemsError, UnknownPluginTypeError
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from plugin_system.rows import UNCOUNTED, CounterState


def write_database(using: str | None = None) -> str:
    """Return the database of the control plane, or ``using`` where it is given."""
    return using or router.db_for_write(PluginItem)


def find_type(reference: str, *, using: str | None = None) -> PluginType:
    """
    Return the plugin type of an id or of a key such as ``apps.otp:otp``; archived types are not found.

    :raises UnknownPluginTypeError: there is none, or the reference is neither.
    """
    return _first_type(PluginType.objects.using(write_database(using)), reference)


def find_type_with_state(reference: str, *, using: str | None = None) -> tuple[PluginType, CounterState]:
    """
    Return the plugin type as :func:`find_type` does, and the state of the counter that its row belongs to; one query.

    :raises UnknownPluginTypeError: there is none, or the reference is neither.
    """
    database = write_database(using)
    counter = RevisionCounter.objects.using(database).filter(pk=1)
    types = PluginType.objects.using(database).annotate(
        counted=Subquery(counter.values("value")), nonce=Subquery(counter.values("nonce"))
    )
    row: Any = _first_type(types, reference)
    return row, UNCOUNTED if row.counted is None else CounterState(row.counted, row.nonce)


def _first_type(types: "QuerySet[PluginType]", reference: str) -> PluginType:
    try:
        row = types.filter(**_type_lookup(reference)).first()
    except InvalidKeyError as error:
        raise UnknownPluginTypeError(str(error)) from None
    if row is None:
        raise UnknownPluginTypeError(f"There is no plugin type {reference!r}; list the types, or run a sync.")
    return row


def find_item(reference: str, *, using: str | None = None) -> PluginItem:
    """
    Return the item of an id or of a key such as ``apps.otp:otp/apps.otp_sms:sms_ir``, with its plugin type.

    Archived items are found only where their code is in this process: there they serve.

    :raises UnknownItemsError: there is none, or the reference is neither.
    """
    items = PluginItem.all_objects.using(write_database(using)).select_related("plugin_type")
    try:
        row = items.filter(**_item_lookup(reference)).first()
    except InvalidKeyError as error:
        raise UnknownItemsError([reference], str(error)) from None
    if row is None or (row.archived is not None and not row.is_loadable):
        raise UnknownItemsError([reference])
    return row


def as_uuid(reference: str) -> UUID | None:
    """Return the reference as a row id, or ``None`` where it is none."""
    try:
        return UUID(reference)
    except ValueError:
        return None


def _type_lookup(reference: str) -> dict[str, object]:
    row_id = as_uuid(reference)
    if row_id is not None:
        return {"pk": row_id}
    key = TypeKey.parse(reference)
    return {"manager": key.manager, "name": key.name}


def _item_lookup(reference: str) -> dict[str, object]:
    row_id = as_uuid(reference)
    if row_id is not None:
        return {"pk": row_id}
    key = ItemKey.parse(reference)
    return {
        "plugin_type__manager": key.type.manager,
        "plugin_type__name": key.type.name,
        "module": key.module,
        "name": key.name,
    }
