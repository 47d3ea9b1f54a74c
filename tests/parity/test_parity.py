"""Whatever an operator does, through whichever door: the same is done, and the same is written down."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.db.models import Q
from django.test import Client

from plugin_system import services, signals
from plugin_system.choices import Channel, PluginStatus, SyncMode
from plugin_system.models import PluginItem, PluginType, RevisionCounter
from plugin_system.registry import plugin_registry
from tests.factories import (
    MODULE,
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    counter_pair,
    item,
    register_chain,
    revisions_made,
    set_status,
)
from tests.parity.doors import DOORS, WHO, WHY, Admin, Api, Door, rows

pytestmark = pytest.mark.usefixtures("registry", "db")

ACTIVE, RESERVED, DISABLED = PluginStatus
ARCHIVED = ({"archived": False}, {"archived": True})


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something an operator does, from a start that ``prepare`` makes, and the record that it leaves."""

    do: Callable[..., Any]
    leaves: dict[Any, tuple[Any, Any]]
    resolves: tuple[Any, Any] | None = None
    prepare: Callable[[], Any] = field(default=lambda: None)

    def record(self) -> dict[str, Any]:
        """Return the changes and what resolves otherwise, as a revision has them."""
        before, after = self.resolves or (None, None)
        shift = {"plugin_type": str(OTP), "before": before and str(before), "after": after and str(after)}
        return {
            "changes": {str(key): sides for key, sides in self.leaves.items()},
            "resolves": [shift] * bool(self.resolves),
        }


def newest() -> int:
    return RevisionCounter.objects.get().value


def disabled(*names: str) -> Callable[[], None]:
    """Return what disables these items."""

    def prepare() -> None:
        for name in names:
            set_status(name, DISABLED)

    return prepare


def registered_late() -> None:
    register_chain("late", one=1)


def unregistered() -> None:
    plugin_registry.remove_item(SPARE)


def edited() -> None:
    PluginItem.objects.filter(name="primary").update(priority=3, description="By hand")


def made_by(value: str, old: Any, new: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {value: old}, {value: new}


def status_of(old: PluginStatus, new: PluginStatus) -> tuple[dict[str, Any], dict[str, Any]]:
    return made_by("status", old.value, new.value)


ACTS = {
    "enable one": Act(
        prepare=disabled("primary"),
        do=lambda door, **how: door.give_status(ACTIVE, "primary", **how),
        leaves={PRIMARY: status_of(DISABLED, ACTIVE)},
        resolves=(SECONDARY, PRIMARY),
    ),
    "reserve one": Act(
        do=lambda door, **how: door.give_status(RESERVED, "primary", **how),
        leaves={PRIMARY: status_of(ACTIVE, RESERVED)},
        resolves=(PRIMARY, SECONDARY),
    ),
    "disable one": Act(
        do=lambda door, **how: door.give_status(DISABLED, "secondary", **how),
        leaves={SECONDARY: status_of(ACTIVE, DISABLED)},
    ),
    "enable many": Act(
        prepare=disabled("primary", "secondary"),
        do=lambda door, **how: door.give_status(ACTIVE, "primary", "secondary", "spare", **how),
        leaves={
            PRIMARY: status_of(DISABLED, ACTIVE),
            SECONDARY: status_of(DISABLED, ACTIVE),
            SPARE: status_of(RESERVED, ACTIVE),
        },
    ),
    "reserve many": Act(
        do=lambda door, **how: door.give_status(RESERVED, "primary", "spare", **how),
        leaves={PRIMARY: status_of(ACTIVE, RESERVED)},
        resolves=(PRIMARY, SECONDARY),
    ),
    "disable many": Act(
        do=lambda door, **how: door.give_status(DISABLED, "primary", "secondary", **how),
        leaves={PRIMARY: status_of(ACTIVE, DISABLED), SECONDARY: status_of(ACTIVE, DISABLED)},
        resolves=(PRIMARY, SPARE),
    ),
    "priority of one": Act(
        do=lambda door, **how: door.give_priority({"secondary": -5}, **how),
        leaves={SECONDARY: made_by("priority", 20, -5)},
        resolves=(PRIMARY, SECONDARY),
    ),
    "priority of many": Act(
        do=lambda door, **how: door.give_priority({"primary": 40, "secondary": 30, "spare": 7}, **how),
        leaves={
            PRIMARY: made_by("priority", 10, 40),
            SECONDARY: made_by("priority", 20, 30),
            SPARE: made_by("priority", 0, 7),
        },
        resolves=(PRIMARY, SECONDARY),
    ),
    "promote": Act(
        do=lambda door, **how: door.promote("secondary", **how),
        leaves={SECONDARY: made_by("priority", 20, 9)},
        resolves=(PRIMARY, SECONDARY),
    ),
    "promote a reserve": Act(
        do=lambda door, **how: door.promote("spare", **how),
        leaves={SPARE: status_of(RESERVED, ACTIVE)},
        resolves=(PRIMARY, SPARE),
    ),
    "revert": Act(
        prepare=disabled("primary"),
        do=lambda door, **how: door.revert(newest(), **how),
        leaves={PRIMARY: status_of(DISABLED, ACTIVE)},
        resolves=(SECONDARY, PRIMARY),
    ),
    "sync": Act(
        prepare=edited,
        do=lambda door, **how: door.sync(mode="update", **how),
        leaves={
            PRIMARY: ({"priority": 3, "description": "By hand"}, {"priority": 10, "description": "The first choice"})
        },
    ),
    "sync and archive": Act(
        prepare=unregistered,
        do=lambda door, **how: door.sync(prune_missing=True, **how),
        leaves={SPARE: ARCHIVED},
    ),
}
# Guarded acts: each would leave the plugin type with nothing usable, and says so before it is done.
OUTAGES = {
    "disable one": Act(
        prepare=disabled("secondary", "spare"),
        do=lambda door, **how: door.give_status(DISABLED, "primary", **how),
        leaves={PRIMARY: status_of(ACTIVE, DISABLED)},
        resolves=(PRIMARY, None),
    ),
    "disable many": Act(
        do=lambda door, **how: door.give_status(DISABLED, "primary", "secondary", "spare", **how),
        leaves={
            PRIMARY: status_of(ACTIVE, DISABLED),
            SECONDARY: status_of(ACTIVE, DISABLED),
            SPARE: status_of(RESERVED, DISABLED),
        },
        resolves=(PRIMARY, None),
    ),
    "revert": Act(
        prepare=lambda: (disabled("primary", "secondary", "spare")(), set_status("primary", ACTIVE)),
        do=lambda door, **how: door.revert(newest(), **how),
        leaves={PRIMARY: status_of(ACTIVE, DISABLED)},
        resolves=(PRIMARY, None),
    ),
}


@pytest.fixture(params=list(DOORS))
def door(request: Any, db: None) -> Door:
    return DOORS[request.param]()


@pytest.fixture(params=list(DOORS))
def silent_door(request: Any, db: None) -> Door:
    """A door through which no reason is given."""
    return DOORS[request.param]("")


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """The names of the signals that are sent."""
    names = ("plugin_changed", "resolution_changed", "nothing_usable")
    found: list[str] = []
    receivers = {name: lambda name=name, **_: found.append(name) for name in names}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver)
    yield found
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def cases(acts: dict[str, Act]) -> Any:
    return pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in acts.items()])


class TestTheRecord:
    @cases(ACTS)
    def test_of_an_act_is_the_same_through_every_door(self, door: Door, act: Act) -> None:
        act.prepare()
        with revisions_made() as made:
            answer = act.do(door)
        assert not answer.refused, answer.text
        (revision,) = made
        assert {"changes": changes_of(revision), "resolves": revision.resolves} == act.record()
        assert (revision.channel, revision.actor, revision.reason) == (door.channel, WHO, WHY)
        assert bool(revision.request_id) == (door.channel == Channel.API)

    @cases(OUTAGES)
    def test_of_what_was_insisted_on_is_the_same(self, door: Door, act: Act) -> None:
        act.prepare()
        with revisions_made() as made:
            answer = act.do(door, insists=True)
        assert not answer.refused, answer.text
        (revision,) = made
        assert {"changes": changes_of(revision), "resolves": revision.resolves} == act.record()

    def test_of_a_sync_of_new_registrations_is_the_same(self, door: Door) -> None:
        registered_late()
        with revisions_made() as made:
            assert not door.sync().refused
        (revision,) = made
        late = f"{OTP.manager}:late"
        assert changes_of(revision) == {
            late: (None, {"description": "Carries"}),
            f"{late}/{MODULE}:one": (
                None,
                {"status": "active", "priority": 1, "description": "Flies"},
            ),
        }
        assert revision.resolves == [{"plugin_type": late, "before": None, "after": f"{late}/{MODULE}:one"}]

    @cases({name: act for name, act in ACTS.items() if name != "revert"})
    def test_is_not_written_where_all_is_so_already(self, door: Door, act: Act) -> None:
        act.prepare()
        act.do(door)
        before = counter_pair()
        act.do(door)
        assert counter_pair() == before

    def test_is_not_written_where_a_revert_gives_nothing_back(self, door: Door) -> None:
        number = set_status("primary", DISABLED).revision
        assert number is not None
        set_status("primary", ACTIVE)
        before = counter_pair()
        assert not door.revert(number, insists=True).refused
        assert counter_pair() == before

    @cases(ACTS)
    def test_that_cannot_be_written_takes_the_change_back(self, door: Door, act: Act) -> None:
        act.prepare()
        before = (counter_pair(), rows())
        asked: list[str] = []

        def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if re.match(r"INSERT INTO .?plugin_system_change\b", sql):
                asked.append(sql)
                raise OperationalError("disk full")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(refuse):
            answer = act.do(door)
        assert (len(asked), answer.refused) == (1, True)
        assert (counter_pair(), rows()) == before


class TestPreview:
    @cases(ACTS)
    def test_shows_what_would_be_done_and_leaves_no_trace(
        self, door: Door, act: Act, sent: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        act.prepare()
        before = (counter_pair(), rows())
        with revisions_made() as made, django_capture_on_commit_callbacks(execute=True):
            answer = act.do(door, previews=True)
        assert not answer.refused, answer.text
        assert (made, sent) == ([], [])
        assert (counter_pair(), rows()) == before
        for key in act.leaves:
            assert str(key) in answer.text
        for key in act.resolves or ():
            assert key.name in answer.text

    @cases(ACTS)
    def test_is_of_what_then_sends_signals(
        self, door: Door, act: Act, sent: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        act.prepare()
        with django_capture_on_commit_callbacks(execute=True):
            act.do(door)
        assert sent.count("plugin_changed") == 1
        assert sent.count("resolution_changed") == bool(act.resolves)


class TestRefusals:
    @cases(OUTAGES)
    def test_of_an_outage_name_the_type_and_write_nothing(self, door: Door, act: Act) -> None:
        act.prepare()
        with revisions_made() as made:
            answer = act.do(door)
        assert (answer.refused, made) == (True, [])
        assert str(OTP) in answer.text

    def test_of_promoting_what_does_not_load(self, door: Door) -> None:
        unregistered()
        for how in ({}, {"insists": True}):
            with revisions_made() as made:
                answer = door.promote("spare", **how)
            assert (answer.refused, made) == (True, [])
            assert "registers no code for it in this process" in answer.text

    def test_of_reverting_name_the_rows_that_have_changed_since(self, door: Door) -> None:
        number = set_status("primary", DISABLED).revision
        assert number is not None
        set_status("primary", RESERVED)
        with revisions_made() as made:
            answer = door.revert(number)
        assert (answer.refused, made) == (True, [])
        assert "changed again" in answer.text
        assert str(PRIMARY) in answer.text
        assert not door.revert(number, insists=True).refused
        assert item("primary").status == ACTIVE

    @cases(ACTS)
    def test_of_a_change_without_a_reason_where_one_is_demanded(
        self, silent_door: Door, act: Act, settings: Any
    ) -> None:
        act.prepare()
        settings.PLUGIN_SYSTEM_REQUIRE_REASON = True
        with revisions_made() as made:
            answer = act.do(silent_door)
        assert (answer.refused, made) == (True, [])
        assert re.search(r"reason", answer.text, re.IGNORECASE)

    @pytest.mark.parametrize("kind", [Api, Admin])
    @cases(ACTS)
    def test_of_whoever_may_only_look(self, kind: type[Api | Admin], act: Act) -> None:
        act.prepare()
        door = kind()
        demote(door.client)
        with revisions_made() as made:
            answer = act.do(door)
        assert (answer.refused, made) == (True, [])

    @pytest.mark.parametrize("kind", [Api, Admin])
    def test_of_reverting_what_described_a_type_by_whoever_may_change_items_only(self, kind: type[Api | Admin]) -> None:
        PluginType.objects.update(description="By hand")
        services.sync_plugins(origin=OPERATOR, mode=SyncMode.UPDATE)
        door = kind()
        demote(door.client, "change_pluginitem")
        with revisions_made() as made:
            answer = door.revert(newest())
        assert (answer.refused, made) == (True, [])


class TestLooking:
    def test_explains_alike(self, door: Door) -> None:
        disabled("primary")()
        services.promote(item=item("spare").pk, origin=OPERATOR)
        told = re.sub(r"on \d{4}-\d\d-\d\d \d\d:\d\d UTC|just now|\d+ s ago", "WHEN", door.explain())
        assert "Disabled by ops WHEN: INC-12." in told
        assert "Serves: first of the active items with priority 0. Set by ops WHEN: INC-12." in told
        assert "Priority 20 loses to 0 of 'spare'; lower wins." in told

    def test_tells_alike_whether_all_is_well(self, door: Door) -> None:
        assert not door.status().refused
        disabled("primary", "secondary", "spare")()
        answer = door.status()
        assert answer.refused
        assert str(OTP) in answer.text

    def test_tells_alike_what_was_done(self, door: Door) -> None:
        disabled("primary")()
        told = door.history()
        for word in (WHO, WHY, "primary", "secondary"):
            assert word in told


def demote(client: Client, *may: str) -> None:
    """Let whatever the client sends be sent by somebody who may look, and this; what it has read was read before."""
    send = client.generic

    def generic(method: str, *args: Any, **options: Any) -> Any:
        if method != "GET":
            user = User.objects.get(username=WHO)
            user.user_permissions.set(Permission.objects.filter(Q(codename__startswith="view_") | Q(codename__in=may)))
        return send(method, *args, **options)

    client.generic = generic  # type: ignore[method-assign]
