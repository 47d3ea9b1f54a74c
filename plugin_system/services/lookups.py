"""Finding rows by what people and tools write: an id or a key."""

from uuid import UUID

from django.db import router

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import InvalidKeyError, UnknownItemsError, UnknownPluginTypeError
from plugin_system.models import PluginItem, PluginType


def write_database(using: str | None = None) -> str:
    """Return the database of the control plane, or ``using`` where it is given."""
    return using or router.db_for_write(PluginItem)


def find_type(reference: str, *, using: str | None = None) -> PluginType:
    """
    Return the plugin type of an id or of a key such as ``apps.otp:otp``; archived types are not found.

    :raises UnknownPluginTypeError: there is none, or the reference is neither.
    """
    types = PluginType.objects.using(write_database(using))
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

    Archived items are not found.

    :raises UnknownItemsError: there is none, or the reference is neither.
    """
    items = PluginItem.objects.using(write_database(using)).select_related("plugin_type")
    try:
        row = items.filter(**_item_lookup(reference)).first()
    except InvalidKeyError:
        row = None
    if row is None:
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
