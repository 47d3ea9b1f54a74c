"""What ids and keys in the history mean, whether or not the rows are still there."""

from uuid import UUID

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.services.lookups import write_database


def item_id_of(reference: UUID | ItemKey, *, using: str | None = None) -> UUID:
    """Return the id of an item's row; for a key without a row, the one that the key determines."""
    if isinstance(reference, UUID):
        return reference
    rows = PluginItem.all_objects.using(write_database(using)).filter(
        plugin_type__manager=reference.type.manager,
        plugin_type__name=reference.type.name,
        module=reference.module,
        name=reference.name,
    )
    return rows.values_list("pk", flat=True).first() or reference.row_id


def type_key_of(reference: UUID | TypeKey, *, using: str | None = None) -> TypeKey | None:
    """Return the key of a plugin type, archived or not; ``None`` for an id without a row."""
    if isinstance(reference, TypeKey):
        return reference
    row = PluginType.all_objects.using(write_database(using)).filter(pk=reference).first()
    return None if row is None else row.key
