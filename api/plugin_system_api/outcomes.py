"""What a write of items came to, as the serializers show it."""

from typing import Any

from plugin_system.services import Outcome


def written(outcome: Outcome) -> dict[str, Any]:
    """Return what :class:`WrittenSerializer` shows."""
    return {"revision": outcome.revision, "dry_run": outcome.dry_run, "resolves": outcome.resolves}


def written_items(outcome: Outcome) -> dict[str, Any]:
    """Return what :class:`BulkWrittenSerializer` shows."""
    counts = {"changed_count": len(outcome.changed), "unchanged_count": len(outcome.unchanged)}
    return {**written(outcome), **counts, "items": outcome.items}
