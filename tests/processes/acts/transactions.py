"""What processes do that resolve inside an open transaction."""

from collections.abc import Callable
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.exceptions import PreconditionFailedError
from plugin_system.models import Change, PluginType
from plugin_system.snapshot import follower_of
from tests import factories
from tests.host.prefs.models import Preference
from tests.processes.acts.operating import TakenBackError, set_status
from tests.processes.acts.resolving import compared_just_now, serving, watch_for, watch_on
from tests.processes.acts.threads import in_background
from tests.processes.worker import checkpoint, say


def watch_in_transaction(until: str) -> dict[str, Any]:
    """Watch inside a transaction that began before; return what it showed at its end, and what serves after it."""
    with transaction.atomic():
        shown_first = factories.item("primary").status  # From here on it may show this moment.
        say("watching", compared_just_now())
        seen = watch_on(until)
        shown_last = factories.item("primary").status
    return {**seen, "shown": [shown_first, shown_last], "afterwards": serving()}


def look_from_the_past(until: str) -> dict[str, Any]:
    """Let one thread follow, then compare again and again inside a transaction that began before the change."""
    with transaction.atomic():
        shown = factories.item("primary").status
        follower = in_background(lambda: watch_on(until))
        checkpoint("open", serving())
        follower.result()
        in_transaction = watch_for(0.5)
        outside = in_background(serving).result()
    return {"shown": shown, "in_transaction": in_transaction, "outside": outside, "afterwards": serving()}


def own_writes() -> dict[str, Any]:
    """Return what this thread and another see, at each step of a transaction that changes what serves."""
    seen: dict[str, Any] = {"before": _both()}
    try:
        with transaction.atomic():
            set_status("primary", "disable")
            seen["written"] = _both()
            try:
                with transaction.atomic():
                    set_status("secondary", "disable")
                    seen["in savepoint"] = _both()
                    raise TakenBackError
            except TakenBackError:
                seen["savepoint rolled back"] = _both()
            checkpoint("written")
            raise TakenBackError
    except TakenBackError:
        seen["rolled back"] = _both()
    with transaction.atomic():
        set_status("primary", "disable")
    seen["committed"] = _both()
    return seen


def _both() -> list[str | None]:
    return [serving(), in_background(serving).result()]


def on_commit_hooks(*, fails: bool) -> dict[str, Any]:
    """Return what a hook of the host sees that runs on commit, before ours, and what serves after it."""
    serving()
    seen: dict[str, Any] = {}

    def hook() -> None:
        seen["hook"] = serving()
        if fails:
            raise TakenBackError

    try:
        with transaction.atomic():
            transaction.on_commit(hook)
            set_status("primary", "disable")
    except TakenBackError:
        pass
    return {**seen, "afterwards": serving()}


def statements_of_resolves(count: int, *, each_in_its_own: bool) -> list[str]:
    """Return the statements of this thread's connection for many resolves in one transaction, or in one each."""
    compared_just_now()
    with CaptureQueriesContext(connection) as queries:
        _run_in_transactions(count, serving, each_in_its_own=each_in_its_own)
    return [query["sql"] for query in queries]


def _run_in_transactions(count: int, act: Callable[[], Any], *, each_in_its_own: bool) -> None:
    if each_in_its_own:
        for _ in range(count):
            with transaction.atomic():
                act()
    else:
        with transaction.atomic():
            for _ in range(count):
                act()


def resolve_often_in_transaction(count: int) -> None:
    """Resolve many times in one transaction that has read, and stay in it until the test says so."""
    with transaction.atomic():
        factories.item("primary")
        checkpoint("open")
        for _ in range(count):
            serving()
        checkpoint("resolved")


def write_around_a_resolve(owner: str, prepare: str | None = None, *, manual: bool = False) -> dict[str, Any]:
    """Write a row of the host's before and after a resolve, in one transaction, and return what became of them."""
    if manual:
        transaction.set_autocommit(False)
        _write_around(owner, prepare)
        needs_rollback = False
        transaction.commit()
        transaction.set_autocommit(True)
    else:
        with transaction.atomic():
            _write_around(owner, prepare)
            needs_rollback = connection.needs_rollback
    found = Preference.objects.filter(owner__startswith=owner).count()
    return {"needs_rollback": needs_rollback, "rows": found, "failures": follower_of("default")._failures}


def _write_around(owner: str, prepare: str | None) -> None:
    if prepare is not None:
        with connection.cursor() as cursor:
            cursor.execute(prepare)
    Preference.objects.create(owner=f"{owner} 1")
    name = serving()
    assert name == "primary", name
    Preference.objects.create(owner=f"{owner} 2")


def watch_where_a_rollback_is_due(until: str) -> dict[str, Any]:
    """Watch in a transaction that Django will roll back."""
    try:
        with transaction.atomic():
            try:
                with transaction.atomic(savepoint=False):
                    raise TakenBackError
            except TakenBackError:
                assert connection.needs_rollback
            say("watching", compared_just_now())
            seen = watch_on(until)
            raise TakenBackError
    except TakenBackError:
        return {**seen, "failures": follower_of("default")._failures}


def watch_in_a_failed_transaction(until: str) -> dict[str, Any]:
    """Watch in a transaction that the database has given up, unknown to Django."""
    with transaction.atomic():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM nowhere")
        except DatabaseFailure:
            pass
        say("watching", compared_just_now())
        seen = watch_on(until)
        transaction.set_rollback(True)
    return {**seen, "failures": follower_of("default")._failures}


def watch_while_reading(until: str, rows: int) -> dict[str, Any]:
    """Watch in a loop over a query that is read bit by bit, outside every transaction."""
    Preference.objects.bulk_create([Preference(owner=f"{number}") for number in range(rows)])
    reading = Preference.objects.iterator(chunk_size=10)
    next(reading)
    say("watching", compared_just_now())
    seen = watch_on(until)
    assert len(list(reading)) == rows - 1
    return seen


def write_and_resolve_in_an_old_transaction() -> dict[str, Any]:
    """Write, in a transaction that began before another process's change, and return what that has to say on it."""
    with transaction.atomic():
        shown = factories.item("primary").status
        checkpoint("open")
        set_status("spare", PluginStatus.DISABLED)
        return {"shown": shown, "serving": serving()}


def describe_in_an_old_transaction() -> str:
    """Describe the plugin type in a transaction that began before another process did; say what came of it."""
    with transaction.atomic():
        kind = PluginType.objects.get(pk=factories.OTP.row_id)
        checkpoint("open")
        try:
            services.update_type(
                plugin_type=kind.pk, description="Mine", if_match={kind.revision}, origin=factories.OPERATOR
            )
        except PreconditionFailedError:
            return "refused"
    return "written"


def sync_in_an_old_transaction() -> bool:
    """Sync, where another process has synced the same since the transaction began; return whether that wrote."""
    with transaction.atomic():
        PluginType.objects.count()
        checkpoint("open")
        return services.sync_plugins(origin=factories.OPERATOR).revision is not None


def write_what_an_old_transaction_shows(door: str) -> dict[str, Any]:
    """Write what the transaction has shown over what another process has made of it; return what is recorded."""
    with transaction.atomic():
        item = factories.item("primary")
        shown = item.status
        checkpoint("open")
        if door == "object":
            item.save()
        else:
            set_status("primary", shown, door)
    change = Change.objects.filter(row_id=item.pk).latest("revision")
    return {"shown": shown, "before": change.before, "after": change.after, "serving": serving()}
