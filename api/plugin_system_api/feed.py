"""The feed of changes: a page at a time, in the order of commits, with nothing missed silently."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from plugin_system import services
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import HistoryGoneError
from plugin_system.models import Change


class Position(NamedTuple):
    """A place in the feed: behind this change of this revision."""

    revision: int
    change: int

    def __str__(self) -> str:
        return f"{self.revision}.{self.change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePart:
    """Which changes are wanted; ``after`` goes on where a page ended, which may be in the middle of a revision."""

    item: UUID | ItemKey | None = None
    plugin_type: UUID | TypeKey | None = None
    actor: str | None = None
    channel: Any = None
    request_id: str | None = None
    since: int | None = None
    after: Position | None = None
    newest_first: bool = False
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change, ready to be shown: ``before`` and ``after`` are empty where there was or is no row."""

    change: Change

    @property
    def action(self) -> str:
        """What became of the row."""
        if self.change.before is None:
            return "create"
        if self.change.after is None:
            return "delete"
        archived = self.change.after.get("archived")
        return "update" if archived is None else "archive" if archived else "restore"

    @property
    def before(self) -> dict[str, Any]:
        """The fields that differ, as they were."""
        return self.change.before or {}

    @property
    def after(self) -> dict[str, Any]:
        """The fields that differ, as they are since."""
        return self.change.after or {}

    @property
    def resolves(self) -> list[dict[str, Any]]:
        """What the revision did to the item that serves the row's own plugin type."""
        plugin_type = self.change.key.partition("/")[0]
        return [each for each in self.change.revision.resolves if each["plugin_type"] == plugin_type]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A page, with the newest revision that it takes into account."""

    revision: int
    next_cursor: str | None
    results: list[Entry]


def read_changes(part: ChangePart) -> ChangePage:
    """
    Return a page of changes; three queries, one more for each id or key of a row that has to be looked up.

    :raises HistoryGoneError: changes after ``since``, or behind ``after``, are forgotten, or have not happened.
    """
    # Newest first, rows second: what is committed in between belongs to the next poll, not to this one.
    newest = services.read_state().number
    found = list(_matching(part, newest)[: part.limit + 1])
    start = _followed_from(part)
    if start is not None:
        services.check_cursor(start)
    elif part.after is not None and part.after.revision > newest:
        raise HistoryGoneError(part.after.revision, services.first_cursor(), "cursor")
    page, more = found[: part.limit], len(found) > part.limit
    last = Position(page[-1].revision_id, page[-1].pk) if more else None
    return ChangePage(
        revision=newest,
        next_cursor=None if last is None else str(last),
        results=[Entry(change=change) for change in page],
    )


def _matching(part: ChangePart, newest: int) -> "QuerySet[Change]":
    item = None if part.item is None else services.item_id_of(part.item)
    plugin_type = None if part.plugin_type is None else services.type_key_of(part.plugin_type)
    query = services.HistoryQuery(
        item=item,
        plugin_type=plugin_type,
        actor=part.actor,
        channel=part.channel,
        request_id=part.request_id,
        since=part.since,
    )
    changes = services.list_changes(query).filter(_behind(part), revision__lte=newest)
    if part.plugin_type is not None and plugin_type is None:
        return changes.none()
    sign = "-" if part.newest_first else ""
    return changes.order_by(f"{sign}revision_id", f"{sign}pk")


def _behind(part: ChangePart) -> Q:
    if part.after is None:
        return Q()
    beyond = "lt" if part.newest_first else "gt"
    revision, change = part.after
    # The first condition is implied; it is the one that an index serves.
    return Q(**{f"revision__{beyond}e": revision}) & (
        Q(**{f"revision__{beyond}": revision}) | Q(revision=revision, **{f"pk__{beyond}": change})
    )


def _followed_from(part: ChangePart) -> int | None:
    """Return the revision after which everything must still be kept; ``None`` where whatever is kept will do."""
    if part.since is not None and part.after is not None and not part.newest_first:
        return max(part.after.revision - 1, 0)
    return part.since
