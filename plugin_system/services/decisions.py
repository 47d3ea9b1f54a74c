"""Who decided that an item stands as it does: read from the history, put into half a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import CharField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from plugin_system.choices import PluginStatus
from plugin_system.models import Change, PluginItem, Revision

_UNITS = (
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
    (timedelta(seconds=1), "s"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The revision that gave an item the status or priority that it has."""

    revision: Revision

    def note(self, now: datetime | None) -> str:
        """Return who, when and why, as in ``by ops 2 h ago: INC-12``; the time is a date where ``now`` is ``None``."""
        who = self.revision.actor or self.revision.get_channel_display().lower()
        when = f"on {in_utc(self.revision.created_at):%Y-%m-%d %H:%M %Z}" if now is None else ago(self.revision, now)
        why = " ".join(self.revision.reason.split()).rstrip(".")
        return f"by {who} {when}: {why}" if why else f"by {who} {when}"


def notes_on(items: "QuerySet[PluginItem]", rows: list[PluginItem], *, dated: bool = False) -> Mapping[UUID, str]:
    """
    Return, by row id, who decided on each of the rows, in half a sentence; one query.

    ``items`` selects the rows. Rows that nobody has decided on since they were made are left out.
    """
    now = None if dated else timezone.now()
    by_id = {row.pk: row for row in rows}
    notes = {}
    for change in _newest_changes(items):
        row = by_id.get(change.row_id)
        if row is not None and _is_decision(change, row):
            notes[row.pk] = Decision(revision=change.revision).note(now)
    return notes


def in_utc(moment: datetime) -> datetime:
    """Return a moment of the record in UTC, whatever time zone the host stores: without USE_TZ it is the host's own."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    return moment.astimezone(UTC)


def ago(revision: Revision, now: datetime) -> str:
    """Return how long ago the revision was made, in its largest unit: ``2 h ago``."""
    passed = max(now - revision.created_at, timedelta(0))
    for unit, name in _UNITS:
        if passed >= unit:
            return f"{passed // unit} {name} ago"
    return "just now"


def _newest_changes(items: "QuerySet[PluginItem]") -> "QuerySet[Change]":
    """Return, per item, the last change of what its place in the chain comes from: the status alone if disabled."""
    status = ExpressionWrapper(OuterRef("status"), output_field=CharField())
    placing = Q(after__has_key="status") | Q(after__has_key="priority") & ~Q(item_status=PluginStatus.DISABLED)
    newest = Change.objects.annotate(item_status=status).filter(placing, row_id=OuterRef("pk")).order_by("-revision")
    found = items.order_by().annotate(newest=Subquery(newest.values("pk")[:1]))
    changes = Change.objects.using(items.db).filter(pk__in=found.values("newest")).select_related("revision")
    # A sync's revision has a long list there, and would bring it along with every item.
    return changes.defer("revision__resolves")


def _is_decision(change: Change, row: PluginItem) -> bool:
    """Whether somebody made the row as it is: not code, by a first registration, and not raw SQL since."""
    after = change.after or {}
    return change.before is not None and all(
        after[name] == getattr(row, name) for name in ("status", "priority") if name in after
    )
