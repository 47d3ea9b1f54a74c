"""Making one item the one that serves."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus, Verdict
from plugin_system.exceptions import InvalidValueError, NotLoadableError
from plugin_system.models import PluginItem
from plugin_system.origins import Origin
from plugin_system.selection import in_order
from plugin_system.services.editing import fetch_locked, refuse_unmatched, rows_of_ids, write_edits
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import Outcome
from plugin_system.services.resolution import obstacle_of


def promote(
    *,
    item: UUID,
    origin: Origin,
    if_match: Collection[int] | None = None,
    force: bool = False,
    dry_run: bool = False,
    using: str | None = None,
) -> Outcome:
    """
    Make the item active and put it ahead of the other active ones of its type, and return what changed.

    Only the item's row is written, with the priority just below the lowest other one. Where the bounds leave no room
    there, the others move up, as few of them and as little as keeps their order. An item that is there already is
    reported unchanged. It comes first in the outcome, the moved ones after it. ``if_match`` holds the revisions of its
    row that the caller would accept; ``None`` accepts any. ``force`` promotes an item although its class could not be
    instantiated lately.

    :raises UnknownItemsError: the item has no row, or an archived one whose code is not in this process.
    :raises PreconditionFailedError: the row is at none of the ``if_match`` revisions.
    :raises NotLoadableError: this process has no code for the item, or its class could not be instantiated lately.
    """
    edits: dict[UUID, dict[str, Any]] = {}

    def select(database: str) -> list[PluginItem]:
        (row,) = rows_of_ids([item], database)
        refuse_unmatched(row, if_match)
        _refuse_unloadable(row, force=force)
        # Archived rows too, and those whose code is elsewhere: each may serve in another process.
        active = PluginItem.all_objects.using(database).filter(
            plugin_type=row.plugin_type_id, status=PluginStatus.ACTIVE
        )
        others = in_order(fetch_locked(active.exclude(pk=row.pk), database))
        edits.clear()
        edits[row.pk] = {"status": PluginStatus.ACTIVE.value, "priority": _leading_priority(row, others)}
        moved = _make_way(row, edits[row.pk]["priority"], others)
        edits.update({other.pk: {"priority": priority} for other, priority in moved})
        return [row, *(other for other, _ in moved)]

    return write_edits(
        select,
        lambda row: edits[row.pk],
        origin=origin,
        using=write_database(using),
        force=force,
        dry_run=dry_run,
    )


def _refuse_unloadable(row: PluginItem, *, force: bool) -> None:
    obstacle = obstacle_of(row)
    if obstacle is None or (force and obstacle.verdict is Verdict.BROKEN):
        return
    remedy = "Mend it, or force it." if obstacle.verdict is Verdict.BROKEN else "Promote one whose code is here."
    raise NotLoadableError(f"{str(row.key)!r} would not serve: {obstacle.explanation} {remedy}")


def _leading_priority(row: PluginItem, others: list[PluginItem]) -> int:
    """Return the priority that the row needs to come first: its own, if that does."""
    if not others or (row.priority, row.module, row.name) < _place(others[0]):
        return row.priority
    return max(PRIORITY_MIN, others[0].priority - 1)


def _make_way(row: PluginItem, priority: int, others: list[PluginItem]) -> list[tuple[PluginItem, int]]:
    """Return which of the others must move up, and to which priority, so that all come after the row, in order."""
    moved = []
    ahead = (priority, row.module, row.name)
    for other in others:
        if _place(other) > ahead:
            break
        lowest = ahead[0] if (other.module, other.name) > ahead[1:] else ahead[0] + 1
        if lowest > PRIORITY_MAX:
            raise InvalidValueError("priority", f"Every priority up to {PRIORITY_MAX} is taken; free some.")
        moved.append((other, lowest))
        ahead = (lowest, other.module, other.name)
    return moved


def _place(row: PluginItem) -> tuple[int, str, str]:
    return row.priority, row.module, row.name
