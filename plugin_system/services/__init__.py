"""The operator's actions, one keyword-only function each: the API, the admin and the command line call these."""

from plugin_system.services.decisions import in_utc
from plugin_system.services.editing import ItemEdit
from plugin_system.services.forgetting import Forgetting, forget_history
from plugin_system.services.freshness import explanation_tag, read_state
from plugin_system.services.history import HistoryQuery, check_cursor, first_cursor, list_changes, list_revisions
from plugin_system.services.items import ItemSelection, edit_items, set_status, shift_priority, update_item
from plugin_system.services.legacy import LegacyImport, LegacyMatch, import_legacy
from plugin_system.services.legacy_tables import LegacyRow
from plugin_system.services.listing import (
    ITEM_ORDERINGS,
    TYPE_ORDERINGS,
    ItemFilter,
    Page,
    Presence,
    TypeFilter,
    list_items,
    list_types,
    missing_ids,
    presence_of,
)
from plugin_system.services.lookups import as_uuid, find_item, find_type, find_type_with_state, write_database
from plugin_system.services.naming import item_once_named, items_named, type_once_named, types_named
from plugin_system.services.outcomes import DescribedType, ItemOutcome, Outcome, TypeOutcome
from plugin_system.services.planned_rows import PlannedRow
from plugin_system.services.promotion import promote
from plugin_system.services.purging import Purge, purge_archived
from plugin_system.services.references import item_id_of, type_key_of
from plugin_system.services.registrations import (
    fingerprint,
    items_of_foreign_modules,
    registration_problems,
    types_of_foreign_managers,
)
from plugin_system.services.resolution import Explanation, explain_all, explain_type
from plugin_system.services.reverting import describes_types, revert
from plugin_system.services.status import Drift, SnapshotStatus, Status, TypeStatus, read_status
from plugin_system.services.sync import SyncOutcome, sync_plugins
from plugin_system.services.sync_plan import SyncAction, SyncPlan, SyncStep
from plugin_system.services.touching import touch
from plugin_system.services.types import update_type

__all__ = [
    "ITEM_ORDERINGS",
    "TYPE_ORDERINGS",
    "DescribedType",
    "Drift",
    "Explanation",
    "Forgetting",
    "HistoryQuery",
    "ItemEdit",
    "ItemFilter",
    "ItemOutcome",
    "ItemSelection",
    "LegacyImport",
    "LegacyMatch",
    "LegacyRow",
    "Outcome",
    "Page",
    "PlannedRow",
    "Presence",
    "Purge",
    "SnapshotStatus",
    "Status",
    "SyncAction",
    "SyncOutcome",
    "SyncPlan",
    "SyncStep",
    "TypeFilter",
    "TypeOutcome",
    "TypeStatus",
    "as_uuid",
    "check_cursor",
    "describes_types",
    "edit_items",
    "explain_all",
    "explain_type",
    "explanation_tag",
    "find_item",
    "find_type",
    "find_type_with_state",
    "fingerprint",
    "first_cursor",
    "forget_history",
    "import_legacy",
    "in_utc",
    "item_id_of",
    "item_once_named",
    "items_named",
    "items_of_foreign_modules",
    "list_changes",
    "list_items",
    "list_revisions",
    "list_types",
    "missing_ids",
    "presence_of",
    "promote",
    "purge_archived",
    "read_state",
    "read_status",
    "registration_problems",
    "revert",
    "set_status",
    "shift_priority",
    "sync_plugins",
    "touch",
    "type_key_of",
    "type_once_named",
    "types_named",
    "types_of_foreign_managers",
    "update_item",
    "update_type",
    "write_database",
]
