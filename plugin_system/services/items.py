"""What operators do to items: status, priority, description."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import ExpectedCountError, InvalidValueError, TooManyItemsError
from plugin_system.models import PluginItem
from plugin_system.origins import Origin
from plugin_system.rows import unrecorded
from plugin_system.services.editing import (
    ItemEdit,
    fetch_locked,
    refuse_stale,
    refuse_unmatched,
    rows_of_ids,
    write_edits,
)
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSelection:
    """
    Which items a bulk action means: those that every stated member fits.

    ``plugin_type`` is the type's row id; ``module`` is matched exactly. ``at_most`` bounds what may be selected.
    """

    ids: tuple[UUID, ...] | None = None
    plugin_type: UUID | None = None
    module: str | None = None
    status: PluginStatus | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        if all(value is None for value in (self.ids, self.plugin_type, self.module, self.status)):
            raise InvalidValueError("select", "Say which items: by ids, plugin_type, module or status.")

    def rows(self, using: str) -> list[PluginItem]:
        """
        Return the selected rows with their types.

        :raises UnknownItemsError: one of ``ids`` has no row.
        :raises TooManyItemsError: there are more than ``at_most``.
        """
        if self.ids is not None:
            return self._fitting(rows_of_ids(self.ids, using))
        rows = PluginItem.objects.using(using).filter(**self._filters()).order_by("module", "name", "pk")
        if self.at_most is None:
            return self._fitting(fetch_locked(rows, using))
        found = fetch_locked(rows[: self.at_most + 1], using)
        if len(found) > self.at_most:
            raise TooManyItemsError(rows.count(), self.at_most)
        return self._fitting(found)

    def matching(self, using: str) -> "QuerySet[PluginItem] | None":
        """Return the condition that the selected rows fit and no others, where there is one, to write by."""
        if self.ids is not None or (self.module is not None and connections[using].vendor == "mysql"):
            return None
        return unrecorded(PluginItem, using).filter(archived__isnull=True, **self._filters())

    def _fitting(self, rows: list[PluginItem]) -> list[PluginItem]:
        """Return those that fit to the letter: MySQL and MariaDB take upper and lower case for the same."""
        stated = self._filters()
        return [row for row in rows if _fits(row, stated)]

    def _filters(self) -> dict[str, Any]:
        stated = {"plugin_type": self.plugin_type, "module": self.module, "status": self.status}
        return {name: value for name, value in stated.items() if value is not None}


def set_status(
    *,
    items: ItemSelection,
    status: PluginStatus,
    origin: Origin,
    expected_count: int | None = None,
    force: bool = False,
    dry_run: bool = False,
    using: str | None = None,
) -> Outcome:
    """
    Give the selected items ``status`` and return what changed and what now resolves.

    Items that have it already are reported unchanged and write nothing.

    :raises UnknownItemsError: an id in the selection has no row.
    :raises ExpectedCountError: the selection holds another number of items than ``expected_count``.
    :raises NothingUsableError: a plugin type would be left without a usable item and ``force`` is false.
    """

    wanted = {"status": PluginStatus(status).value}
    database = write_database(using)

    def select(database: str) -> list[PluginItem]:
        rows = items.rows(database)
        if expected_count is not None and len(rows) != expected_count:
            raise ExpectedCountError(expected_count, len(rows))
        return rows

    return write_edits(
        select,
        lambda _: wanted,
        origin=origin,
        using=database,
        force=force,
        dry_run=dry_run,
        matching=items.matching(database),
    )


def shift_priority(
    *, items: ItemSelection, by: int, origin: Origin, dry_run: bool = False, using: str | None = None
) -> Outcome:
    """
    Add ``by`` to the priority of the selected items, stopping at the bounds, and return what changed.

    Items that stand at the bound already are reported unchanged.

    :raises UnknownItemsError: an id in the selection has no row.
    """
    return write_edits(
        items.rows,
        lambda row: {"priority": max(PRIORITY_MIN, min(PRIORITY_MAX, row.priority + by))},
        origin=origin,
        using=write_database(using),
        force=False,
        dry_run=dry_run,
    )


def edit_items(
    *,
    edits: Sequence[ItemEdit],
    origin: Origin,
    force: bool = False,
    dry_run: bool = False,
    using: str | None = None,
) -> Outcome:
    """
    Apply the edits, all or none, as one revision, and return what changed and what now resolves.

    Items that are so already are reported unchanged and write nothing.

    :raises InvalidValueError: two edits are for one item.
    :raises UnknownItemsError: an edit's item has no row.
    :raises StaleRevisionError: an edit states a revision that its row no longer has.
    :raises NothingUsableError: a plugin type would be left without a usable item and ``force`` is false.
    """
    by_id = {edit.item: edit for edit in edits}
    if len(by_id) < len(edits):
        raise InvalidValueError("items", "An item is named twice; send one edit for each.")

    def select(database: str) -> list[PluginItem]:
        rows = rows_of_ids(by_id, database)
        refuse_stale(rows, by_id)
        return rows

    return write_edits(
        select,
        lambda row: by_id[row.pk].values(),
        origin=origin,
        using=write_database(using),
        force=force,
        dry_run=dry_run,
    )


def update_item(
    *,
    edit: ItemEdit,
    origin: Origin,
    if_match: Collection[int] | None = None,
    force: bool = False,
    dry_run: bool = False,
    using: str | None = None,
) -> Outcome:
    """
    Apply one edit and return what changed and what now resolves.

    ``if_match`` holds the revisions of the row that the caller would accept; ``None`` accepts any.

    :raises UnknownItemsError: the item has no row.
    :raises PreconditionFailedError: the row is at none of the ``if_match`` revisions.
    :raises NothingUsableError: the plugin type would be left without a usable item and ``force`` is false.
    """

    def select(database: str) -> list[PluginItem]:
        (row,) = rows_of_ids([edit.item], database)
        refuse_unmatched(row, if_match)
        refuse_stale([row], {row.pk: edit})
        return [row]

    return write_edits(
        select,
        lambda _: edit.values(),
        origin=origin,
        using=write_database(using),
        force=force,
        dry_run=dry_run,
    )


def _fits(row: PluginItem, filters: dict[str, Any]) -> bool:
    facts = {"plugin_type": row.plugin_type_id, "module": row.module, "status": row.status}
    return all(facts[name] == value for name, value in filters.items())
