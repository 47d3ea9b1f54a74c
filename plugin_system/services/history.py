"""Reading what was done: who, when, through which door, why, and what it did."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, Func, OuterRef, Prefetch, Q, QuerySet, Subquery

from plugin_system.choices import Channel
from plugin_system.definitions import TypeKey
from plugin_system.exceptions import HistoryGoneError
from plugin_system.models import Change, Revision, RevisionCounter
from plugin_system.services.lookups import write_database


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """
    Which revisions to read: those that every stated member fits.

    ``item`` is a row id; ``plugin_type`` stands for the type and all of its items, whether or not their rows are
    still there. ``since`` leaves out that revision and all before it.
    """

    item: UUID | None = None
    plugin_type: TypeKey | None = None
    actor: str | None = None
    channel: Channel | None = None
    request_id: str | None = None
    since: int | None = None

    def changes(self) -> Q:
        """Return the condition on a change that the members on rows make."""
        wanted = Q()
        if self.item is not None:
            wanted &= Q(row_id=self.item)
        if self.plugin_type is not None:
            wanted &= Q(key=str(self.plugin_type)) | Q(key__startswith=f"{self.plugin_type}/")
        return wanted


def list_revisions(query: HistoryQuery, *, using: str | None = None) -> "QuerySet[Revision]":
    """
    Return the matching revisions, oldest first, with all of their changes: two queries when read.

    After reading a page by ``since``, call :func:`check_cursor`, so that nothing is missed silently.
    """
    database = write_database(using)
    revisions = Revision.objects.using(database).order_by("number")
    wanted = query.changes()
    if wanted:
        revisions = revisions.filter(Exists(Change.objects.filter(wanted, revision=OuterRef("pk"))))
    stated = {"actor": query.actor, "channel": query.channel, "request_id": query.request_id, "number__gt": query.since}
    revisions = revisions.filter(**{name: value for name, value in stated.items() if value is not None})
    return revisions.prefetch_related(Prefetch("changes", Change.objects.using(database)))


def list_changes(query: HistoryQuery, *, using: str | None = None) -> "QuerySet[Change]":
    """Return the matching changes of rows, oldest first, each with its revision: one query when read."""
    database = write_database(using)
    facts = {"actor": query.actor, "channel": query.channel, "request_id": query.request_id, "number__gt": query.since}
    stated = {f"revision__{name}": value for name, value in facts.items() if value is not None}
    changes = Change.objects.using(database).filter(query.changes(), **stated)
    return changes.select_related("revision").order_by("revision", "pk")


def check_cursor(since: int, *, using: str | None = None) -> int:
    """
    Return the number of the newest revision, if every one after ``since`` is kept; one query.

    Revisions are numbered without gaps, so that counting tells. What is kept after a page was read was kept before:
    check afterwards.

    :raises HistoryGoneError: some are forgotten, or ``since`` is ahead of the newest.
    """
    database = write_database(using)
    kept = Revision.objects.filter(number__gt=since).order_by().annotate(count=Func("number", function="COUNT"))
    counter = RevisionCounter.objects.using(database).annotate(kept=Subquery(kept.values("count"))).first()
    newest, found = (0, 0) if counter is None else (counter.value, counter.kept)
    if found != newest - since:
        raise HistoryGoneError(since, first_cursor(using=using))
    return newest


def first_cursor(*, using: str | None = None) -> int:
    """Return the smallest ``since`` after which every revision is kept: 0 as long as nothing was forgotten."""
    revisions = Revision.objects.using(write_database(using))
    newest = RevisionCounter.objects.using(write_database(using)).values_list("value", flat=True).first() or 0
    before = Revision.objects.filter(number=OuterRef("number") - 1)
    # The first of the last unbroken run.
    first = revisions.filter(~Exists(before)).order_by("-number").values_list("number", flat=True).first()
    unbroken = first is not None and revisions.filter(number=newest).exists()
    return first - 1 if first is not None and unbroken else newest
