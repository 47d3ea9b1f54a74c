import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.dispatch import Signal

from plugin_system import services, signals
from plugin_system.choices import Channel, PluginStatus, RowKind
from plugin_system.definitions import ItemKey
from plugin_system.exceptions import NothingUsableError
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, Revision
from plugin_system.pending import add_pending_write, pending
from plugin_system.signals import Announcement
from tests.factories import (
    MANAGER,
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    counter_pair,
    item,
    register_chain,
    set_status,
    sync,
)

pytestmark = pytest.mark.usefixtures("committed")

NAMES = ("plugin_changed", "resolution_changed", "nothing_usable")


class Heard:
    """What receivers of the three signals were told, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._receivers = {name: partial(self._hear, name) for name in NAMES}

    def _hear(self, name: str, **arguments: Any) -> None:
        del arguments["signal"]
        self.calls.append((name, arguments))

    def connect(self) -> None:
        for name, receiver in self._receivers.items():
            signal_named(name).connect(receiver)

    def disconnect(self) -> None:
        for name, receiver in self._receivers.items():
            assert signal_named(name).disconnect(receiver)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [arguments for called, arguments in self.calls if called == name]

    @property
    def shifts(self) -> list[tuple[ItemKey | None, ItemKey | None]]:
        return [(each["before"], each["after"]) for each in self.of("resolution_changed")]


def signal_named(name: str) -> Signal:
    signal: Signal = getattr(signals, name)
    return signal


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    heard.connect()
    yield heard
    heard.disconnect()


def disable_all() -> services.Outcome:
    selection = services.ItemSelection(plugin_type=item("primary").plugin_type_id)
    return services.set_status(items=selection, status=PluginStatus.DISABLED, origin=OPERATOR, force=True)


class TestPluginChanged:
    def test_tells_what_was_done_and_by_whom(self, heard: Heard) -> None:
        outcome = set_status("secondary", PluginStatus.DISABLED)

        (arguments,) = heard.of("plugin_changed")
        (change,) = arguments.pop("changes")
        assert arguments == {
            "sender": Revision,
            "using": "default",
            "revision": outcome.revision,
            "origin": OPERATOR,
        }
        assert (change.kind, change.key, change.row_id) == (RowKind.ITEM, SECONDARY, item("secondary").pk)
        assert (change.before, change.after) == ({"status": "active"}, {"status": "disable"})

    def test_comes_once_for_a_bulk_change(self, heard: Heard) -> None:
        disable_all()

        (arguments,) = heard.of("plugin_changed")
        assert len(arguments["changes"]) == 3

    @pytest.mark.parametrize("write", ["save", "update", "delete", "bulk_create"])
    def test_comes_for_what_host_code_writes(self, write: str, heard: Heard) -> None:
        row = item("secondary")
        if write == "save":
            row.priority = 7
            row.save()
        elif write == "update":
            PluginItem.objects.filter(name="secondary").update(priority=7)
        elif write == "delete":
            row.delete()
        else:
            PluginItem.objects.bulk_create([PluginItem(plugin_type=row.plugin_type, module="m", name="n")])

        (arguments,) = heard.of("plugin_changed")
        assert arguments["origin"].channel == Channel.CODE
        assert arguments["revision"] == counter_pair()[0]

    def test_comes_for_a_sync(self, heard: Heard, registry: None) -> None:
        register_chain("fresh", one=1)

        sync()

        (arguments,) = heard.of("plugin_changed")
        assert {str(change.key) for change in arguments["changes"]} == {
            f"{MANAGER}:fresh",
            f"{MANAGER}:fresh/tests.host.otp_sms:one",
        }
        assert [after.name for _, after in heard.shifts if after] == ["one"]


class TestResolutionChanged:
    def test_tells_what_served_and_what_does(self, heard: Heard) -> None:
        outcome = set_status("primary", PluginStatus.DISABLED)

        assert heard.of("resolution_changed") == [
            {
                "sender": Revision,
                "using": "default",
                "revision": outcome.revision,
                "origin": OPERATOR,
                "plugin_type": OTP,
                "before": PRIMARY,
                "after": SECONDARY,
            }
        ]

    def test_stays_away_where_the_same_item_serves(self, heard: Heard) -> None:
        set_status("secondary", PluginStatus.DISABLED)

        assert [name for name, _ in heard.calls] == ["plugin_changed"]

    def test_finds_the_change_made_when_it_arrives(self, heard: Heard) -> None:
        seen: list[tuple[str, bool]] = []

        def look(**_: Any) -> None:
            instance = get_plugin_instance("otp", MANAGER)
            seen.append((type(instance).__name__, transaction.get_connection().in_atomic_block))

        get_plugin_instance("otp", MANAGER)
        signals.resolution_changed.connect(look)
        try:
            set_status("primary", PluginStatus.DISABLED)
        finally:
            signals.resolution_changed.disconnect(look)

        assert seen == [("Secondary", False)]


class TestNothingUsable:
    def test_tells_which_item_was_the_last(self, heard: Heard) -> None:
        outcome = disable_all()

        (arguments,) = heard.of("nothing_usable")
        assert arguments == {
            "sender": Revision,
            "using": "default",
            "revision": outcome.revision,
            "origin": OPERATOR,
            "plugin_type": OTP,
            "before": PRIMARY,
        }
        assert heard.shifts == [(PRIMARY, None)]

    def test_comes_once_and_not_with_every_further_change(self, heard: Heard) -> None:
        disable_all()
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR, force=True)

        assert len(heard.of("nothing_usable")) == 1

    def test_stays_away_where_the_same_transaction_mends_it(self, heard: Heard) -> None:
        with transaction.atomic():
            disable_all()
            set_status("spare", PluginStatus.RESERVED)

        assert heard.shifts == [(PRIMARY, None), (None, SPARE)]
        assert heard.of("nothing_usable") == []

    def test_comes_where_the_mending_is_rolled_back(self, heard: Heard) -> None:
        with transaction.atomic():
            disable_all()
            with transaction.atomic():
                set_status("spare", PluginStatus.RESERVED)
                transaction.set_rollback(True)

        assert heard.shifts == [(PRIMARY, None)]
        assert len(heard.of("nothing_usable")) == 1

    def test_comes_where_the_same_transaction_goes_on_with_other_things(self, heard: Heard) -> None:
        with transaction.atomic():
            disable_all()
            PluginItem.objects.filter(name="spare").update(priority=9)

        assert len(heard.of("nothing_usable")) == 1


class TestManyRevisionsOfOneTransaction:
    def test_cost_each_the_same_however_many_there_are(self) -> None:
        """Five thousand saves in one transaction must not take twelve million notes."""

        def count_notes(saves: int) -> int:
            with transaction.atomic():
                for number in range(saves):
                    row = item("primary")
                    row.priority = number
                    row.save()
                waiting = [entry[1] for entry in connection.run_on_commit]
                lines = {id(each._line): each._line for each in waiting if isinstance(each, Announcement)}
            return sum(map(len, lines.values()))

        assert count_notes(40) <= 40


class TestPendingWrites:
    def test_of_a_process_that_never_resolves_are_forgotten(self) -> None:
        for _ in range(300):
            with transaction.atomic():
                add_pending_write("default")

        assert len(pending) < 200
        assert get_plugin_instance(*OTP[::-1]) is not None
        assert pending == {}


class TestSilence:
    """None of the three signals is sent."""

    def test_follows_a_dry_run(self, heard: Heard) -> None:
        set_status("primary", PluginStatus.DISABLED, dry_run=True)
        services.promote(item=item("spare").pk, origin=OPERATOR, dry_run=True)

        assert heard.calls == []

    def test_follows_a_change_of_nothing(self, heard: Heard) -> None:
        set_status("primary", PluginStatus.ACTIVE)
        sync()

        assert heard.calls == []

    def test_follows_a_refusal(self, heard: Heard) -> None:
        selection = services.ItemSelection(plugin_type=item("primary").plugin_type_id)

        with pytest.raises(NothingUsableError):
            services.set_status(items=selection, status=PluginStatus.DISABLED, origin=OPERATOR)

        assert heard.calls == []

    def test_lasts_until_the_commit(self, heard: Heard) -> None:
        with transaction.atomic():
            set_status("primary", PluginStatus.DISABLED)
            assert heard.calls == []

        assert [name for name, _ in heard.calls] == ["plugin_changed", "resolution_changed"]

    def test_follows_a_rollback(self, heard: Heard) -> None:
        with transaction.atomic():
            set_status("primary", PluginStatus.DISABLED)
            transaction.set_rollback(True)

        assert heard.calls == []

    def test_follows_the_rollback_of_a_savepoint_for_what_was_in_it(self, heard: Heard) -> None:
        with transaction.atomic():
            kept = set_status("secondary", PluginStatus.DISABLED)
            with transaction.atomic():
                set_status("primary", PluginStatus.DISABLED)
                transaction.set_rollback(True)

        assert [arguments["revision"] for _, arguments in heard.calls] == [kept.revision]


class TestAFailingReceiver:
    def test_is_logged_and_hurts_nobody_else(self, heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
        def fail(**_: Any) -> None:
            raise RuntimeError("the pager is broken")

        signals.plugin_changed.connect(fail)
        try:
            with caplog.at_level(logging.ERROR):
                outcome = set_status("primary", PluginStatus.DISABLED)
        finally:
            signals.plugin_changed.disconnect(fail)

        assert outcome.revision == counter_pair()[0]
        assert [name for name, _ in heard.calls] == ["plugin_changed", "resolution_changed"]
        assert "the pager is broken" in caplog.text

    def test_may_be_an_object_without_a_name(self, heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
        class Pager:
            def __call__(self, **_: Any) -> None:
                raise RuntimeError("the pager is broken")

        pager = Pager()
        signals.plugin_changed.connect(pager)
        try:
            with caplog.at_level(logging.ERROR):
                outcome = set_status("primary", PluginStatus.DISABLED)
        finally:
            signals.plugin_changed.disconnect(pager)

        assert outcome.revision == counter_pair()[0]
        assert len(heard.of("resolution_changed")) == 1
        assert "the pager is broken" in caplog.text
