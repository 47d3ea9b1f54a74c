"""What ``--json`` prints: the same names as in the REST API."""

from collections.abc import Sequence
from typing import Any

from plugin_system import services
from plugin_system.models import Change, PluginItem, PluginType, Revision


def of_type(row: PluginType) -> dict[str, Any]:
    """Return a plugin type as JSON."""
    return {
        "id": str(row.pk),
        "key": str(row.key),
        "manager": row.manager,
        "name": row.name,
        "description": row.description,
        "state": services.presence_of(row).value,
        "revision": row.revision,
    }


def of_item(row: PluginItem) -> dict[str, Any]:
    """Return an item as JSON."""
    return {
        "id": str(row.pk),
        "key": str(row.key),
        "plugin_type": str(row.plugin_type_id),
        "plugin_type_key": str(row.plugin_type.key),
        "module": row.module,
        "name": row.name,
        "status": str(row.status),
        "priority": row.priority,
        "description": row.description,
        "state": services.presence_of(row).value,
        "revision": row.revision,
    }


def of_explanation(explanation: services.Explanation) -> dict[str, Any]:
    """Return the chain of a plugin type as JSON; ``selected`` is absent where nothing is usable."""
    found: dict[str, Any] = {
        "plugin_type": of_type(explanation.plugin_type),
        "revision": explanation.plugin_type.chain_revision,
        "reason": explanation.reason,
    }
    if explanation.selected is not None:
        found["selected"] = of_item(explanation.selected)
    found["candidates"] = [
        {"item": of_item(each.row), "verdict": each.verdict.value, "explanation": each.explanation}
        for each in explanation.candidates
    ]
    return found


def of_outcome(outcome: services.Outcome) -> dict[str, Any]:
    """Return what a write came to as JSON."""
    return {
        "revision": outcome.revision,
        "dry_run": outcome.dry_run,
        "changed_count": len(outcome.changed),
        "unchanged_count": len(outcome.unchanged),
        "items": [
            {"changed": each.changed, "before": each.before, "after": each.after, "item": of_item(each.item)}
            for each in outcome.items
        ],
        "plugin_types": [
            {"before": each.before, "after": each.after, "plugin_type": of_type(each.plugin_type)}
            for each in outcome.plugin_types
        ],
        "resolves": [each.as_json() for each in outcome.resolves],
    }


def of_revision(revision: Revision, changes: Sequence[Change]) -> dict[str, Any]:
    """Return one entry of the history as JSON."""
    return {
        "revision": revision.number,
        "created_at": revision.created_at.isoformat(),
        "channel": revision.channel,
        "actor": revision.actor,
        "reason": revision.reason,
        "request_id": revision.request_id,
        "changes": [
            {
                "kind": change.kind,
                "key": change.key,
                "row_id": str(change.row_id),
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
        "resolves": revision.resolves,
    }


def of_status(status: services.Status) -> dict[str, Any]:
    """Return the state of the whole as JSON."""
    return {
        "healthy": status.healthy,
        "revision": status.revision,
        "fingerprint": status.fingerprint,
        "plugin_types": [
            {
                "plugin_type": str(each.plugin_type),
                "registered": each.registered,
                "healthy": each.healthy,
                "reason": each.reason,
                "selected": None if each.selected is None else str(each.selected),
                "usable": each.usable,
                "unsynced": each.unsynced,
                "counts": each.counts,
            }
            for each in status.types
        ],
        "drift": {
            "missing": status.drift.missing,
            "new": status.drift.new,
            "differing": status.drift.differing,
        },
        "snapshot": {
            "revision": status.snapshot.revision,
            "age": status.snapshot.age,
            "last_failure": status.snapshot.last_failure,
            "last_failure_age": status.snapshot.last_failure_age,
        },
        "problems": [{"code": problem.code, "detail": str(problem)} for problem in status.problems],
    }
