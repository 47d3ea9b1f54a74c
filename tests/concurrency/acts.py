"""What the processes of the rig do: write through every door, resolve, and say so in their journals."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.db.models import F

from plugin_system import services
from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import PreconditionFailedError
from plugin_system.helpers import get_plugin_class
from plugin_system.models import Change, PluginItem, Revision, RevisionCounter
from plugin_system.origins import Origin
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.snapshot import follower_of
from tests.concurrency.journals import Journal
from tests.factories import MANAGER, MODULE, new_class, new_interface

LANES = [TypeKey(MANAGER, f"lane-{number}") for number in range(3)]
KEYS = [ItemKey(lane, MODULE, f"item-{number}") for lane in LANES for number in range(4)]
EXTRAS = [ItemKey(LANES[0], f"{MODULE}.extra", f"extra-{number}") for number in range(3)]
STATUSES = list(PluginStatus)
# A collision of transactions, which host code that has opened one itself must try again: SQLSTATE and MySQL's numbers.
COLLISIONS = {"40001", "40P01", 1213, 1020}
# Seconds between two lines of a reader that goes on seeing the same.
BREATH = 0.2
# Seconds between two resolves, and after a write that failed.
PAUSE = 0.01
REST = 0.1

_interfaces = {lane: new_interface(lane.name.title()) for lane in LANES}
_classes = {key: new_class(_interfaces[key.type], str(key), key=str(key)) for key in [*KEYS, *EXTRAS]}


class TakenBackError(Exception):
    """Ends a transaction by a rollback."""


def register() -> None:
    """Register the plugin types and items that the rig is about."""
    for lane in LANES:
        register_plugin_type(name=lane.name, manager=lane.manager, interface=_interfaces[lane], description="Lane")
    for number, key in enumerate(KEYS):
        _register(key, priority=number)


def _register(key: ItemKey, *, priority: int | None = None, description: str = "") -> None:
    stated = {} if priority is None else {"priority": priority}
    register_plugin_item(
        name=key.name,
        module=key.module,
        type_name=key.type.name,
        manager_name=key.type.manager,
        plugin_class=_classes[key],
        description=description,
        **stated,
    )


def register_and_sync() -> None:
    """Make the rows."""
    register()
    services.sync_plugins(origin=Origin())


class Writer:
    """Does one thing after another, at random, each under a token by which the records can be searched."""

    def __init__(self, name: str, seed: int, journal: Journal) -> None:
        self.name = name
        self.random = random.Random(seed)
        self.journal = journal
        self.count = 0
        self.origin = Origin()
        self.extras = False

    def step(self) -> None:
        """Do something, and say what came of it."""
        act = self.random.choices(list(ACTS), list(ACTS.values()))[0]
        self.count += 1
        token = f"{self.name}.{self.count}"
        self.origin = Origin(actor=self.name, reason=token)
        self.journal.write(says="tries", token=token, at=monotonic())
        started = monotonic()
        try:
            said = act(self)
        except PreconditionFailedError:
            said = {"says": "refused"}
        except (DatabaseError, InterfaceError) as error:
            said = self._failure(error, act)
            close_old_connections()
            sleep(REST)
        self.journal.write(token=token, act=act.__name__, started=started, ended=monotonic(), **said)

    def _failure(self, error: Exception, act: Any) -> dict[str, Any]:
        cause = error.__cause__ or error
        states = {getattr(cause, "sqlstate", None), *cause.args[:1]}
        collided = act in HOST_TRANSACTIONS and bool(states & COLLISIONS)
        return {"says": "collided" if collided else "failed", "error": f"{type(error).__name__}: {error}".strip()}

    def key(self) -> ItemKey:
        return self.random.choice(KEYS)

    def set_status(self) -> dict[str, Any]:
        key, status = self.key(), self.random.choice(STATUSES)
        items = services.ItemSelection(ids=(key.row_id,))
        outcome = services.set_status(items=items, status=status, origin=self.origin, force=True)
        return self._acknowledge(outcome.revision, {str(key): {"status": status.value}})

    def shift(self) -> dict[str, Any]:
        keys = self.random.sample(KEYS, 3)
        items = services.ItemSelection(ids=tuple(key.row_id for key in keys))
        by = self.random.choice([-1, 1])
        outcome = services.shift_priority(items=items, by=by, origin=self.origin)
        return {**self._acknowledge(outcome.revision, {}), "shifted": {str(key): by for key in keys}}

    def edit(self) -> dict[str, Any]:
        key, priority = self.key(), self.random.randrange(1000)
        seen = PluginItem.objects.using(DEFAULT_DB_ALIAS).get(pk=key.row_id).revision
        edit = services.ItemEdit(item=key.row_id, priority=priority)
        outcome = services.update_item(edit=edit, origin=self.origin, if_match={seen})
        return self._acknowledge(outcome.revision, {str(key): {"priority": priority}})

    def promote(self) -> dict[str, Any]:
        key = self.key()
        outcome = services.promote(item=key.row_id, origin=self.origin)
        return self._acknowledge(outcome.revision, {str(key): {"status": "active"}})

    def sync(self) -> dict[str, Any]:
        """Be old code, or new code, that syncs: other descriptions, items more or fewer."""
        for key in EXTRAS:
            if self.extras:
                plugin_registry.remove_item(key)
            else:
                _register(key, description=f"By {self.name}")
        self.extras = not self.extras
        outcome = services.sync_plugins(origin=self.origin, mode=SyncMode.UPDATE, prune_missing=True)
        return self._acknowledge(outcome.revision, {})

    def save(self) -> dict[str, Any]:
        key, priority = self.key(), self.random.randrange(1000)
        with transaction.atomic():
            item = PluginItem.objects.using(DEFAULT_DB_ALIAS).get(pk=key.row_id)
            item.priority = priority
            item.save(using=DEFAULT_DB_ALIAS, update_fields=["priority"])
            number = _number_inside()
        return self._acknowledge(number, {str(key): {"priority": priority}}, own=False)

    def update(self) -> dict[str, Any]:
        key, status = self.key(), self.random.choice(STATUSES)
        with transaction.atomic():
            PluginItem.objects.using(DEFAULT_DB_ALIAS).filter(pk=key.row_id).update(status=status)
            number = _number_inside()
        return self._acknowledge(number, {str(key): {"status": status.value}}, own=False)

    def several(self) -> dict[str, Any]:
        """Write twice in one transaction of the host's."""
        key = self.key()
        items = services.ItemSelection(ids=(key.row_id,))
        with transaction.atomic():
            services.set_status(items=items, status=PluginStatus.RESERVED, origin=self.origin, force=True)
            services.set_status(items=items, status=PluginStatus.ACTIVE, origin=self.origin, force=True)
            number = _number_inside()
        return self._acknowledge(number, {str(key): {"status": "active"}}, own=False)

    def take_back(self) -> dict[str, Any]:
        """Write, and roll it back."""
        items = services.ItemSelection(ids=(self.key().row_id,))
        try:
            with transaction.atomic():
                services.shift_priority(items=items, by=1, origin=self.origin)
                raise TakenBackError
        except TakenBackError:
            return {"says": "taken back"}

    def _acknowledge(
        self, number: int | None, expected: dict[str, dict[str, Any]], *, own: bool = True
    ) -> dict[str, Any]:
        """Say what is committed; ``own`` revisions bear the token."""
        return {"says": "done", "number": number, "expected": expected, "own": own}


ACTS: dict[Callable[[Writer], dict[str, Any]], int] = {
    Writer.set_status: 4,
    Writer.shift: 4,
    Writer.edit: 3,
    Writer.promote: 1,
    Writer.sync: 2,
    Writer.save: 4,
    Writer.update: 4,
    Writer.several: 1,
    Writer.take_back: 1,
}
HOST_TRANSACTIONS = {Writer.save, Writer.update, Writer.several, Writer.take_back}


def _number_inside() -> int:
    """Return the number of the last revision, in a transaction that holds the lock or has found nothing to write."""
    counters = RevisionCounter.objects.using(DEFAULT_DB_ALIAS)
    return counters.select_for_update().get(pk=1).value if connection.vendor != "sqlite" else counters.get(pk=1).value


def write_until_told(name: str, seed: int, folder: str) -> int:
    """Write until there is a file ``stop-writers``; the file ``full`` lets the database grow no more (SQLite)."""
    register()
    goes_on, full = _until(Path(folder, "stop-writers")), Path(folder, "full")
    writer = Writer(f"{name}.{Path(folder).name}", seed, Journal(f"{folder}/{name}.jsonl"))
    is_full = False
    while goes_on():
        if connection.vendor == "sqlite" and full.exists() != is_full:
            is_full = not is_full
            _limit_pages(is_full)
        writer.step()
    return writer.count


def _until(stop: Path) -> Callable[[], bool]:
    """Return what says whether to go on: there is no such file yet, and still somebody who would make it."""
    parent = os.getppid()
    return lambda: os.getppid() == parent and not stop.exists()


def _limit_pages(is_full: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0] if is_full else 2**30
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def read_until_told(name: str, folder: str) -> dict[str, Any]:
    """
    Resolve until there is a file ``stop-readers``.

    The journal gets a line for each state seen, and from time to time: the state of the counter that the answers
    belong to, when each resolve of the line began and ended, and the answers.
    """
    register()
    goes_on = _until(Path(folder, "stop-readers"))
    seen = Sightings(Journal(f"{folder}/{name}.jsonl"))
    lane = 0
    while goes_on():
        lane = (lane + 1) % len(LANES)
        started = monotonic()
        try:
            plugin_class = get_plugin_class(LANES[lane].name, LANES[lane].manager)
        except DatabaseError as error:
            seen.failed(started, error)
            sleep(PAUSE)
            continue
        seen.add(started, LANES[lane], None if plugin_class is None else plugin_class.key)  # type: ignore[attr-defined]
        sleep(PAUSE)
    seen.flush()
    return {}


class Sightings:
    """What a reader has seen, state by state."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.state: Any = None
        # When each began and ended.
        self.resolves: list[tuple[float, float]] = []
        self.answers: dict[str, str | None] = {}

    def add(self, started: float, lane: TypeKey, answer: str | None) -> None:
        ended = monotonic()
        view = follower_of(DEFAULT_DB_ALIAS).view
        state = None if view is None else view.content.counter
        is_long = self.resolves and started > self.resolves[0][0] + BREATH
        if state != self.state or is_long or self.answers.get(str(lane), answer) != answer:
            self.flush()
            self.state = state
        self.resolves.append((started, ended))
        self.answers[str(lane)] = answer

    def failed(self, started: float, error: Exception) -> None:
        self.flush()
        self.journal.write(says="failed", started=started, ended=monotonic(), error=f"{type(error).__name__}: {error}")

    def flush(self) -> None:
        if self.state is not None:
            number, nonce = self.state
            self.journal.write(says="sees", number=number, nonce=nonce, answers=self.answers, resolves=self.resolves)
        self.state, self.answers, self.resolves = None, {}, []


def write_history(path: str) -> None:
    """Write the records and the rows as they are to a file."""
    counter = RevisionCounter.objects.using(DEFAULT_DB_ALIAS).get(pk=1)
    items = PluginItem.all_objects.using(DEFAULT_DB_ALIAS).select_related("plugin_type")
    changes = Change.objects.using(DEFAULT_DB_ALIAS).order_by("revision_id", "id")
    revisions = Revision.objects.using(DEFAULT_DB_ALIAS).order_by("number")
    found = {
        "counter": [counter.value, counter.nonce],
        "revisions": list(revisions.values_list("number", "channel", "reason")),
        "changes": list(changes.values_list("revision_id", "key", "before", "after")),
        "rows": {str(item.key): {"status": item.status, "priority": item.priority} for item in items},
    }
    Path(path).write_text(json.dumps(found))


def hold_lock(seconds: float) -> None:
    """Hold the lock that every write takes first."""
    with transaction.atomic():
        RevisionCounter.objects.update(nonce=F("nonce"))
        sleep(seconds)
