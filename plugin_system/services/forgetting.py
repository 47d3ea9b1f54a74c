"""Letting go of old history: it looks first, unless told to act."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from plugin_system.models import Change, Revision
from plugin_system.origins import Origin
from plugin_system.revisions import BATCH
from plugin_system.services.ages import moment_before
from plugin_system.services.history import first_cursor
from plugin_system.services.lookups import write_database

logger = logging.getLogger(__name__)

_CODE = Origin()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """
    What was forgotten of the history, or, for a dry run, would be.

    ``first_cursor`` is the smallest ``since`` from which the history can be followed now.
    """

    dry_run: bool
    revisions: int
    changes: int
    first_cursor: int


def forget_history(
    *, older_than: timedelta, origin: Origin = _CODE, dry_run: bool = True, using: str | None = None
) -> Forgetting:
    """
    Forget the revisions that are older than ``older_than``, each whole.

    What has the last record of some row, or of an item's status or priority, is kept however old it is.

    It is a dry run unless told otherwise. A dozen queries per 500 revisions, which are a transaction of their own.
    History cannot record its own loss: that would be forgotten next. A warning in the log says who did it and why.

    :raises InvalidValueError: the age is negative, or reaches back before time, or the origin's reason is too long.
    :raises ReasonRequiredError: the host demands a reason and there is none.
    """
    origin.validate(dry_run=dry_run)
    database = write_database(using)
    forgettable = _forgettable(moment_before(older_than), database)
    if dry_run:
        found = forgettable.aggregate(revisions=Count("number"), last=Max("number"))
        return Forgetting(
            dry_run=True,
            revisions=found["revisions"],
            changes=Change.objects.using(database).filter(revision__in=forgettable).count(),
            first_cursor=max(first_cursor(using=database), found["last"] or 0),
        )
    revisions, changes = _forget(forgettable, origin, database)
    return Forgetting(dry_run=False, revisions=revisions, changes=changes, first_cursor=first_cursor(using=database))


def _forget(forgettable: "QuerySet[Revision]", origin: Origin, using: str) -> tuple[int, int]:
    """Delete the revisions, leave a line in the log, and return how many there were, and of their changes."""
    counts: Counter[str] = Counter()
    last = 0
    try:
        for numbers in _batches(forgettable):
            with transaction.atomic(using=using):
                _, gone = Revision.objects.using(using).filter(number__in=numbers).delete()
            counts.update(gone)
            last = numbers[-1]
    finally:
        # Also where a later batch fails: the earlier ones are gone.
        revisions, changes = counts[Revision._meta.label], counts[Change._meta.label]
        if revisions:
            logger.warning(
                "%s revisions of the history, with %s changes, up to revision %s, were forgotten on %r by %r (%s): %r",
                *(revisions, changes, last, using, origin.actor, origin.channel.value, origin.reason),
            )
    return revisions, changes


def _forgettable(limit: datetime, using: str) -> "QuerySet[Revision]":
    """Return the old revisions without the last record of a row, of its status or of its priority."""
    later = Change.objects.filter(row_id=OuterRef("row_id"), revision__gt=OuterRef("revision"))
    is_last = Q(~Exists(later))
    # A later change of something else must not take away who disabled an item, and why.
    for field in ("status", "priority"):
        is_last |= Q(Q(after__has_key=field), ~Exists(later.filter(after__has_key=field)))
    last_records = Change.objects.filter(is_last, revision=OuterRef("number"))
    return Revision.objects.using(using).filter(~Exists(last_records), created_at__lt=limit)


def _batches(revisions: "QuerySet[Revision]") -> Iterator[list[int]]:
    last = 0
    while numbers := list(
        revisions.filter(number__gt=last).order_by("number").values_list("number", flat=True)[:BATCH]
    ):
        yield numbers
        last = numbers[-1]
