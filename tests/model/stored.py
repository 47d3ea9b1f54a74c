"""The rows and records as the database has them, and as the model would have them, in a form that compares."""

from typing import Any

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import Change, PluginItem, PluginType, Revision
from tests.model.reference import Key, State

Facts = dict[str, Any]

_SHARED = {"id": "id", "description": "description", "archived": "archived", "revision": "revision"}
_OF_TYPES = {**_SHARED, "chain": "chain_revision"}
_OF_ITEMS = {**_SHARED, "status": "status", "priority": "priority"}
_OF_RECORDS = {"number": "number", "at": "created_at", "channel": "channel", "reason": "reason", "resolves": "resolves"}


def stored_rows() -> dict[Key, Facts]:
    found: dict[Key, Facts] = {}
    for manager, name, *facts in PluginType.all_objects.values_list("manager", "name", *_OF_TYPES.values()):
        found[TypeKey(manager, name)] = dict(zip(_OF_TYPES, facts, strict=True))
    names = ("plugin_type__manager", "plugin_type__name", "module", "name")
    for manager, owner, module, name, *facts in PluginItem.all_objects.values_list(*names, *_OF_ITEMS.values()):
        found[ItemKey(TypeKey(manager, owner), module, name)] = dict(zip(_OF_ITEMS, facts, strict=True))
    return found


def expected_rows(state: State) -> dict[Key, Facts]:
    return {key: vars(row) for key, row in state.rows.items()}


def stored_records() -> list[Facts]:
    """Return the revisions in their order, each with its changes."""
    changes: dict[int, Facts] = {}
    for number, key, *facts in Change.objects.values_list("revision", "key", "kind", "row_id", "before", "after"):
        of_revision = changes.setdefault(number, {})
        assert key not in of_revision, f"Revision {number} has two changes of {key}."
        of_revision[key] = tuple(facts)
    revisions = Revision.objects.order_by("number").values_list(*_OF_RECORDS.values())
    return [
        {**dict(zip(_OF_RECORDS, revision, strict=True)), "changes": changes.get(revision[0])} for revision in revisions
    ]


def expected_records(state: State) -> list[Facts]:
    return [
        {
            "number": record.number,
            "at": record.at,
            "channel": "code",
            "reason": record.reason,
            "resolves": record.resolves,
            "changes": {
                str(key): ("item" if isinstance(key, ItemKey) else "type", change.row_id, change.before, change.after)
                for key, change in record.changes.items()
            },
        }
        for record in state.records
    ]
