"""The operator's actions, one keyword-only function each: the API, the admin and the command line call these."""

from plugin_system.services.editing import ItemEdit
from plugin_system.services.items import ItemSelection, edit_items, set_status, shift_priority, update_item
from plugin_system.services.lookups import find_item, find_type, write_database
from plugin_system.services.outcomes import ItemOutcome, Outcome, TypeOutcome
from plugin_system.services.registrations import fingerprint, items_of_foreign_modules, registration_problems
from plugin_system.services.resolution import Explanation, explain_all, explain_type
from plugin_system.services.sync import SyncOutcome, sync_plugins
from plugin_system.services.sync_plan import SyncAction, SyncPlan, SyncStep
from plugin_system.services.touching import touch
from plugin_system.services.types import update_type

__all__ = [
    "Explanation",
    "ItemEdit",
    "ItemOutcome",
    "ItemSelection",
    "Outcome",
    "SyncAction",
    "SyncOutcome",
    "SyncPlan",
    "SyncStep",
    "TypeOutcome",
    "edit_items",
    "explain_all",
    "explain_type",
    "find_item",
    "find_type",
    "fingerprint",
    "items_of_foreign_modules",
    "registration_problems",
    "set_status",
    "shift_priority",
    "sync_plugins",
    "touch",
    "update_item",
    "update_type",
    "write_database",
]
