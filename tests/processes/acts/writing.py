"""What processes do that write at the same time as others."""

from threading import Event
from time import monotonic, sleep
from typing import Any

from django.db import OperationalError, connection, transaction

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.exceptions import PreconditionFailedError
from plugin_system.models import Revision
from plugin_system.pending import pending
from tests import factories
from tests.factories import OPERATOR
from tests.processes.acts.resolving import serving
from tests.processes.acts.threads import in_background, in_threads
from tests.processes.worker import checkpoint


def revision_of(name: str) -> int:
    return factories.item(name).revision


def update_together(name: str, if_match: int, threads: int, first: int, at: float) -> dict[str, list[int]]:
    """
    Give an item another priority in every thread, ``first`` and the following, on one condition, not before ``at``.

    Return the priorities that were accepted and those that were refused.
    """
    item = factories.item(name).pk

    def update(number: int) -> bool:
        sleep(max(0.0, at - monotonic()))
        try:
            edit = services.ItemEdit(item=item, priority=first + number)
            services.update_item(edit=edit, origin=OPERATOR, if_match={if_match})
        except PreconditionFailedError:
            return False
        return True

    accepted = in_threads(threads, update)
    return {
        outcome: [first + number for number, each in enumerate(accepted) if each is wanted]
        for outcome, wanted in {"accepted": True, "refused": False}.items()
    }


def change_often(name: str, times: int) -> None:
    """Change an item again and again, each time by reading what is there and adding one."""
    item = factories.item(name).pk
    for _ in range(times):
        services.shift_priority(items=services.ItemSelection(ids=(item,)), by=1, origin=OPERATOR)


def keep_lock_busy(name: str) -> int:
    """Change an item again and again, keeping the lock for a moment each time, until the test says so."""
    told = Event()
    item = services.ItemSelection(ids=(factories.item(name).pk,))

    def change() -> int:
        times = 0
        while not told.is_set():
            times += 1
            with transaction.atomic():
                services.shift_priority(items=item, by=1, origin=OPERATOR)
                sleep(0.02)
            # SQLite has no queue: who lets the lock go and takes it again at once leaves nobody else a turn.
            sleep(0.02)
        return times

    changing = in_background(change)
    checkpoint("busy")
    told.set()
    return changing.result()


def priority_of(name: str) -> int:
    return factories.item(name).priority


def numbers() -> list[int]:
    """Return the numbers of the revisions."""
    return list(Revision.objects.order_by("number").values_list("number", flat=True))


def write_against_a_lock(limit: str | None) -> dict[str, Any]:
    """Change what serves while another process holds the lock; return how that failed, and what is left of it."""
    if limit is not None:
        with connection.cursor() as cursor:
            cursor.execute(limit)
    before = serving()
    try:
        factories.set_status("primary", PluginStatus.DISABLED)
    except OperationalError as error:
        failure = type(error).__name__
    return {"failure": failure, "before": before, "serving": serving(), "pending": len(pending)}
