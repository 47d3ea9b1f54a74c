import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import get_ident
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from plugin_system import following, helpers
from plugin_system.choices import PluginStatus
from plugin_system.exceptions import (
    NothingUsableError,
    NotLoadableError,
    RegistryNotReadyError,
    UnknownPluginTypeError,
)
from plugin_system.helpers import (
    aget_plugin_class,
    aget_plugin_instance,
    arequire_plugin_class,
    arequire_plugin_instance,
    get_plugin_class,
    get_plugin_instance,
    require_plugin_class,
    require_plugin_instance,
)
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.services import explain_type, resolution
from plugin_system.snapshot import follower_of
from tests.conftest import Clock
from tests.factories import (
    MANAGER,
    MODULE,
    Carrier,
    apps_loading,
    broken_class,
    in_loop,
    item,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    replace_primary,
    set_status,
    sync,
    synced_chain,
    type_registration,
)
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary

Queries = Callable[[int], AbstractContextManager[Any]]
pytestmark = pytest.mark.usefixtures("db", "registry")


def refuse(*arguments: Any) -> Any:
    """Be a database that nobody may ask."""
    raise AssertionError(arguments)


def carried() -> str | None:
    """Return what the item that serves says of itself."""
    instance = get_plugin_instance("carrier", MANAGER)
    return None if instance is None else instance.carry("x")


class TestGetPluginInstance:
    def test_takes_name_and_manager(self) -> None:
        assert type(get_plugin_instance("otp", "tests.host.otp")) is Primary

    def test_takes_the_interface(self) -> None:
        assert type(get_plugin_instance(AbstractOTP)) is Primary

    def test_makes_a_new_instance_each_time(self) -> None:
        assert get_plugin_instance(AbstractOTP) is not get_plugin_instance(AbstractOTP)

    def test_returns_none_for_an_unknown_type(self) -> None:
        assert get_plugin_instance("otp", "tests.host.nobody") is None
        assert get_plugin_instance(Carrier) is None

    def test_returns_none_for_a_type_without_row(self) -> None:
        register_chain("carrier", pigeon=1)

        assert carried() is None

    def test_returns_none_where_nothing_is_usable(self) -> None:
        PluginItem.objects.update(status=PluginStatus.DISABLED)

        assert get_plugin_instance(AbstractOTP) is None

    def test_falls_back_to_the_reserve_of_lowest_priority(self) -> None:
        synced_chain("carrier", a=1, b={"status": "reserve", "priority": 5}, c={"status": "reserve", "priority": 4})
        assert carried() == "A x"

        set_status("a", PluginStatus.DISABLED)

        assert carried() == "C x"

    def test_prefers_the_lowest_priority(self) -> None:
        synced_chain("carrier", a=5, b=-5, c=0)

        assert carried() == "B x"

    def test_breaks_a_tie_by_module_and_name(self) -> None:
        synced_chain(
            "carrier", a=0, b=0, z={"module": "tests.host.otp", "priority": 0}, y={"module": "zz", "priority": 0}
        )
        assert carried() == "Z x"

        set_status("z", PluginStatus.DISABLED)

        assert carried() == "A x"

    def test_skips_rows_whose_code_is_not_registered(self) -> None:
        row = synced_chain("carrier", a=5)
        PluginItem.objects.create(plugin_type=row, module=MODULE, name="gone", priority=-100)

        assert carried() == "A x"

    def test_uses_archived_rows_whose_code_is_registered(self) -> None:
        synced_chain("carrier", a=1, b=2)
        PluginItem.objects.filter(name="a").update(archived=timezone.now())
        PluginType.objects.filter(name="carrier").update(archived=timezone.now())

        assert carried() == "A x"

    def test_returns_none_for_an_interface_of_two_types(self) -> None:
        interface = register_chain("carrier", a=1)
        synced_chain("second", interface=interface, b=1)

        assert get_plugin_instance(interface) is None
        assert carried() == "A x"
        assert get_plugin_instance("second", MANAGER).carry("x") == "B x"

    @pytest.mark.parametrize(
        "arguments",
        [("otp",), ("otp", None), (AbstractOTP, "tests.host.otp"), (5, "tests.host.otp"), (Primary(), None)],
    )
    def test_refuses_to_be_asked_in_another_way(self, arguments: tuple[Any, ...]) -> None:
        with pytest.raises(TypeError, match=r"by name and manager, .*, or by interface"):
            get_plugin_instance(*arguments)

    def test_refuses_to_answer_while_apps_load(self) -> None:
        with apps_loading(), pytest.raises(RegistryNotReadyError, match=r"after django\.setup\(\)"):
            get_plugin_instance(AbstractOTP)

    def test_ignores_arguments_that_no_get_plugin_takes(self) -> None:
        assert type(get_plugin_instance("otp", "tests.host.otp", 1, user=2)) is Primary
        assert type(get_plugin_instance(AbstractOTP, None, 1, user=2)) is Primary

    def test_asks_no_router_but_the_host_s(self) -> None:
        class Router:
            def db_for_write(self, model: type, **hints: Any) -> str:
                return "default"

        with override_settings(DATABASE_ROUTERS=[Router()]):
            assert type(get_plugin_instance(AbstractOTP)) is Primary
            assert not follower_of("default").view.classes
            assert type(get_plugin_instance(AbstractOTP)) is Primary
        get_plugin_instance(AbstractOTP)
        assert follower_of("default").view.classes


class TestUnknownType:
    """What asks for it gets ``None`` for ever: the log says so once, as it may be a slip of the pen."""

    @pytest.fixture(autouse=True)
    def unwarned(self, registry: None, monkeypatch: pytest.MonkeyPatch) -> set[str]:
        """A process that has warned of nothing yet."""
        warned: set[str] = set()
        monkeypatch.setattr(resolution, "_warned", warned)
        return warned

    @pytest.mark.parametrize("get", [get_plugin_instance, get_plugin_class])
    def test_is_logged_once_with_the_nearest_key(self, get: Any, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(3):
            assert get("otpx", MANAGER) is None

        (record,) = caplog.records
        assert (record.levelno, record.name) == (logging.WARNING, "plugin_system.services.resolution")
        assert record.message == (
            f"No plugin type '{MANAGER}:otpx' is registered or synced; whoever asks for it gets None. "
            f"Did you mean '{MANAGER}:otp'?"
        )

    def test_is_logged_by_the_asynchronous_functions(self, caplog: pytest.LogCaptureFixture) -> None:
        assert in_loop(aget_plugin_instance, "otpx", MANAGER) is None
        assert in_loop(aget_plugin_class, "otpy", MANAGER) is None

        assert [record.message.split("'")[1] for record in caplog.records] == [f"{MANAGER}:otpx", f"{MANAGER}:otpy"]

    def test_is_logged_with_what_is_registered_where_nothing_is_near(self, caplog: pytest.LogCaptureFixture) -> None:
        get_plugin_instance("xxx", "yyy")

        assert caplog.records[0].message.endswith(f"gets None. Registered: '{MANAGER}:otp'.")

    def test_is_logged_of_an_interface(self, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(2):
            assert get_plugin_instance(Carrier) is None

        (record,) = caplog.records
        assert record.message == (
            f"{Carrier!r} is not the interface of a registered plugin type. Whoever asks for it gets None."
        )

    def test_is_not_logged_where_it_is_registered(self, caplog: pytest.LogCaptureFixture) -> None:
        register_chain("carrier", pigeon=1)
        assert carried() is None
        sync()
        set_status("pigeon", PluginStatus.DISABLED)
        assert carried() is None

        assert caplog.records == []

    def test_is_not_logged_where_it_has_rows(self, caplog: pytest.LogCaptureFixture) -> None:
        PluginType.objects.create(manager="apps.gone", name="carrier")

        assert get_plugin_instance("carrier", "apps.gone") is None
        assert caplog.records == []

    def test_fills_no_memory(self, unwarned: set[str], caplog: pytest.LogCaptureFixture) -> None:
        for number in range(150):
            get_plugin_instance(f"otp{number}", MANAGER)

        assert (len(unwarned), len(caplog.records)) == (100, 100)


class TestRegistryAtRunTime:
    """Code may come and go while the process runs: in tests, in notebooks."""

    def test_is_followed_without_a_query(self, django_assert_num_queries: Queries) -> None:
        interface = register_chain("carrier", a=5)
        register_plugin_item(
            item_registration(name="b", plugin_class=new_class(interface, "B"), type_name="carrier", priority=1)
        )
        sync()
        before = new_class(interface, "Before")
        assert carried() == "B x"

        plugin_registry.remove_item(item("b").key)
        assert carried() == "A x"
        register_plugin_item(item_registration(name="b", plugin_class=before))

        assert carried() == "Before x"


class TestBrokenConstructor:
    def test_lets_the_next_in_the_chain_serve(self) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)

        assert carried() == "B x"
        assert get_plugin_instance(interface).carry("x") == "B x"

    def test_lets_a_reserve_serve(self) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a=broken_class(interface), b={"status": "reserve"})

        assert carried() == "B x"

    def test_is_logged_with_its_traceback(self, caplog: pytest.LogCaptureFixture) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)

        carried()

        (record,) = caplog.records
        assert record.levelno == logging.ERROR
        assert f"{MANAGER}:carrier/{MODULE}:a" in record.message
        assert "no credentials" in caplog.text
        assert "Traceback" in caplog.text

    def test_is_shown_as_the_item_s_verdict_for_a_while(self, clock: Clock) -> None:
        interface = new_interface()
        row = synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)
        carried()
        clock.advance(3)

        first, second = explain_type(row).candidates
        assert (first.row.name, first.verdict.value) == ("a", "broken")
        assert "3 s ago: RuntimeError; the log has the rest." in first.explanation
        assert (second.row.name, second.verdict.value) == ("b", "selected")

        clock.advance(60)
        assert [each.verdict.value for each in explain_type(row).candidates] == ["selected", "outranked"]

    def test_is_tried_again_by_each_resolve(self) -> None:
        interface, healthy = new_interface(), []

        def recover(self: Any) -> None:
            if not healthy:
                raise RuntimeError("not yet")

        synced_chain(
            "carrier", interface, a={"plugin_class": new_class(interface, "A", __init__=recover), "priority": 1}, b=2
        )
        assert carried() == "B x"
        healthy.append(True)

        assert carried() == "A x"

    def test_is_forgotten_once_it_works_again(self, clock: Clock) -> None:
        interface, healthy = new_interface(), []

        def recover(self: Any) -> None:
            if not healthy:
                raise RuntimeError("not yet")

        fickle = [new_class(interface, name, __init__=recover) for name in "AB"]
        row = synced_chain("carrier", interface, a=fickle[0], b=fickle[1])
        assert carried() is None
        assert [each.verdict.value for each in explain_type(row).candidates] == ["broken", "broken"]
        healthy.append(True)
        clock.advance(1)

        assert carried() == "A x"
        assert [each.verdict.value for each in explain_type(row).candidates] == ["selected", "broken"]

    def test_is_forgotten_of_the_next_in_the_chain_once_that_works_again(self) -> None:
        interface, healthy = new_interface(), []

        def recover(self: Any) -> None:
            if not healthy:
                raise RuntimeError("not yet")

        row = synced_chain(
            "carrier", interface, a=broken_class(interface), b=new_class(interface, "B", __init__=recover)
        )
        assert carried() is None
        healthy.append(True)

        assert carried() == "B x"
        assert [each.verdict.value for each in explain_type(row).candidates] == ["broken", "selected"]

    @pytest.mark.parametrize("by_interface", [False, True])
    def test_is_called_once_even_where_it_raises_what_a_look_up_would(self, by_interface: bool) -> None:
        interface, calls = new_interface(), []

        def fail(self: Any) -> None:
            calls.append("called")
            raise KeyError(interface if by_interface else "carrier")

        synced_chain(
            "carrier", interface, a={"plugin_class": new_class(interface, "A", __init__=fail), "priority": 1}, b=2
        )
        assert get_plugin_class(interface) is not None
        calls.clear()

        found = get_plugin_instance(interface) if by_interface else get_plugin_instance("carrier", MANAGER)

        assert found.carry("x") == "B x"
        assert calls == ["called"]

    def test_with_arguments_of_its_own_is_skipped(self) -> None:
        interface = new_interface()
        needy = new_class(interface, "A", __init__=lambda self, account: None)
        synced_chain("carrier", interface, a={"plugin_class": needy, "priority": 1}, b=2)

        assert [carried(), carried()] == ["B x", "B x"]

    def test_of_every_candidate_leaves_none(self) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a=broken_class(interface), b=broken_class(interface))

        assert carried() is None

    def test_of_every_candidate_is_told_by_the_error(self) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a=broken_class(interface), b=broken_class(interface))

        with pytest.raises(NothingUsableError) as caught:
            require_plugin_instance("carrier", MANAGER)

        for name in ("a", "b"):
            told = f"{MODULE}:{name}: Its class could not be instantiated 0 s ago: RuntimeError; the log has the rest."
            assert told in str(caught.value)

    def test_hides_nothing_that_ends_the_process(self) -> None:
        def interrupt(self: Any) -> None:
            raise KeyboardInterrupt

        interface = new_interface()
        synced_chain("carrier", interface, a=new_class(interface, __init__=interrupt), b=2)

        with pytest.raises(KeyboardInterrupt):
            carried()

    def test_does_not_matter_to_the_class(self) -> None:
        interface = new_interface()
        broken = broken_class(interface)
        synced_chain("carrier", interface, a=broken)

        assert get_plugin_class("carrier", MANAGER) is broken


class TestGetPluginOverride:
    """The ``get_plugin`` of a type: the host's own choice, asked at every call."""

    @pytest.fixture
    def calls(self) -> list[tuple[Any, ...]]:
        return []

    @pytest.fixture
    def interface(self, calls: list[tuple[Any, ...]]) -> type:
        def by_name(plugin_type: PluginType, name: str = "b", **options: Any) -> PluginItem | None:
            calls.append((plugin_type, name, options))
            if name == "fail":
                raise LookupError("no such route")
            return plugin_type.get_plugin_by_name(name)

        interface = register_chain("carrier", a=1, b=2, off={"status": "disable"})
        register_plugin_type(type_registration(interface=interface, get_plugin=by_name))
        sync()
        return interface

    def test_chooses_in_the_place_of_status_and_priority(self, interface: type) -> None:
        assert carried() == "B x"
        assert get_plugin_instance(interface).carry("x") == "B x"
        assert get_plugin_class("carrier", MANAGER).__name__ == "B"

    def test_gets_the_type_and_the_extra_arguments(self, interface: type, calls: list[Any]) -> None:
        assert get_plugin_instance("carrier", MANAGER, "a", user=5).carry("x") == "A x"
        assert get_plugin_instance(interface, None, "a", user=6).carry("x") == "A x"

        row = PluginType.objects.get(name="carrier")
        assert calls == [(row, "a", {"user": 5}), (row, "a", {"user": 6})]
        assert calls[0][0].description == row.description

    def test_is_given_usable_candidates_only(self, calls: list[Any]) -> None:
        interface = register_chain("carrier", a=1, b=2, off={"status": "disable"}, spare={"status": "reserve"})
        register_plugin_type(
            type_registration(interface=interface, get_plugin=lambda kind: calls.append(kind.get_active_plugins()))
        )
        sync()
        PluginItem.objects.create(plugin_type=PluginType.objects.get(name="carrier"), module="apps.gone", name="c")

        carried()

        assert [each.name for each in calls[0]] == ["a", "b"]

    def test_may_return_none(self, interface: type) -> None:
        assert get_plugin_instance("carrier", MANAGER, "nobody") is None
        with pytest.raises(NothingUsableError, match=r"get_plugin of plugin type .*carrier' returned None"):
            require_plugin_instance("carrier", MANAGER, "nobody")

    def test_lets_its_exceptions_through(self, interface: type) -> None:
        with pytest.raises(LookupError, match=r"no such route"):
            get_plugin_instance("carrier", MANAGER, "fail")

    def test_is_asked_every_time(self, interface: type, calls: list[Any]) -> None:
        names = [get_plugin_instance("carrier", MANAGER, name).carry("x") for name in ("a", "b", "a")]

        assert names == ["A x", "B x", "A x"]
        assert len(calls) == 3

    def test_that_returns_an_item_without_code_says_so(self) -> None:
        interface = register_chain("carrier", a=1)
        lost = PluginItem(plugin_type=PluginType(manager=MANAGER, name="carrier"), module="apps.gone", name="lost")
        register_plugin_type(type_registration(interface=interface, get_plugin=lambda kind: lost))
        sync()

        with pytest.raises(NotLoadableError, match=r"apps\.gone"):
            carried()

    def test_of_a_type_without_row_is_not_asked(self, calls: list[Any]) -> None:
        register_plugin_type(type_registration(get_plugin=calls.append))

        assert carried() is None
        assert calls == []

    def test_costs_no_query_of_its_own(self, interface: type, django_assert_num_queries: Queries) -> None:
        carried()
        with django_assert_num_queries(2):  # The test's transaction has written: one reads the rows, one is by_name's.
            carried()


class TestRequire:
    def test_returns_what_get_returns(self) -> None:
        assert type(require_plugin_instance("otp", "tests.host.otp")) is Primary
        assert type(require_plugin_instance(AbstractOTP)) is Primary
        assert require_plugin_class("otp", "tests.host.otp") is Primary
        assert require_plugin_class(AbstractOTP) is Primary

    @pytest.mark.parametrize("require", [require_plugin_instance, require_plugin_class])
    def test_says_that_a_type_is_unknown(self, require: Callable[..., Any]) -> None:
        with pytest.raises(
            UnknownPluginTypeError, match=r"'apps\.x:otp' is registered or synced.*'tests\.host\.otp:otp'"
        ):
            require("otp", "apps.x")
        with pytest.raises(UnknownPluginTypeError, match=r"Carrier'> is not the interface of a registered plugin type"):
            require(Carrier)

    @pytest.mark.parametrize("require", [require_plugin_instance, require_plugin_class])
    def test_gives_the_reason_of_each_candidate(self, require: Callable[..., Any]) -> None:
        row = synced_chain("carrier", a={"status": "disable"})
        PluginItem.objects.create(plugin_type=row, module="apps.gone", name="b")
        PluginItem.objects.create(plugin_type=row, module=MODULE, name="c")

        with pytest.raises(NothingUsableError) as caught:
            require("carrier", MANAGER)

        message = str(caught.value)
        assert message.startswith(f"Plugin type '{MANAGER}:carrier' has nothing usable.")
        assert f"{MODULE}:a: Disabled" in message
        assert "apps.gone:b: The app 'apps.gone' is not installed in this process." in message
        assert f"{MODULE}:c: The app '{MODULE}' registers no code for it in this process." in message
        assert message.endswith("Activate an item whose code is installed.")

    def test_says_that_a_sync_is_missing(self) -> None:
        register_chain("carrier", a=1)

        with pytest.raises(NothingUsableError, match=r"has no row yet; run manage\.py pluginsync"):
            require_plugin_instance("carrier", MANAGER)

    def test_says_that_there_are_no_items(self) -> None:
        synced_chain("carrier")

        with pytest.raises(NothingUsableError, match=r"has no items; register one"):
            require_plugin_instance("carrier", MANAGER)

    def test_says_that_the_type_has_no_code_here(self) -> None:
        PluginType.objects.create(manager="apps.gone", name="carrier")

        with pytest.raises(NothingUsableError, match=r"no code registers it in this process; install 'apps\.gone'"):
            require_plugin_instance("carrier", "apps.gone")

    def test_says_that_an_interface_is_that_of_two_types(self) -> None:
        interface = register_chain("carrier")
        synced_chain("second", interface)

        with pytest.raises(UnknownPluginTypeError, match=r"ask by name and manager"):
            require_plugin_instance(interface)


class TestAsync:
    """The event loop runs in a thread of its own here; what it leaves to a thread runs in this one."""

    def test_answers_as_the_synchronous_functions_do(self) -> None:
        assert type(in_loop(aget_plugin_instance, "otp", "tests.host.otp")) is Primary
        assert type(in_loop(aget_plugin_instance, AbstractOTP)) is Primary
        assert in_loop(aget_plugin_class, AbstractOTP) is Primary
        assert type(in_loop(arequire_plugin_instance, AbstractOTP)) is Primary
        assert in_loop(arequire_plugin_class, AbstractOTP) is Primary
        assert in_loop(arequire_plugin_class, "otp", "tests.host.otp") is Primary
        assert in_loop(aget_plugin_instance, "nothing", "tests.host.otp") is None

    def test_raises_as_the_synchronous_functions_do(self) -> None:
        PluginItem.objects.update(status=PluginStatus.DISABLED)

        assert in_loop(aget_plugin_class, AbstractOTP) is None
        for require in (arequire_plugin_instance, arequire_plugin_class):
            with pytest.raises(NothingUsableError, match=r"has nothing usable"):
                in_loop(require, AbstractOTP)
            with pytest.raises(UnknownPluginTypeError):
                in_loop(require, Carrier)

    def test_hands_extra_arguments_to_get_plugin(self) -> None:
        interface = register_chain("carrier", a=1, b=2)
        register_plugin_type(
            type_registration(interface=interface, get_plugin=lambda kind, name: kind.get_plugin_by_name(name))
        )
        sync()

        assert in_loop(aget_plugin_instance, "carrier", MANAGER, "b").carry("x") == "B x"
        assert in_loop(aget_plugin_class, interface, None, name="a").__name__ == "A"
        assert in_loop(arequire_plugin_class, interface, None, name="b").__name__ == "B"

    def test_skips_a_broken_plugin(self) -> None:
        interface = new_interface()
        synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)

        assert in_loop(aget_plugin_instance, interface).carry("x") == "B x"


class TestAsyncThread:
    """Which thread makes the instance: that of the event loop, or, for what may wait, another."""

    @pytest.fixture(autouse=True)
    def telling(self, registry: None, clock: Clock) -> None:
        replace_primary(Telling)

    def made_in_the_loop(self, get: Callable[..., Any] = aget_plugin_instance) -> bool:
        async def main() -> bool:
            instance = await get(AbstractOTP)
            return bool(instance.thread == get_ident())

        return bool(in_loop(main))

    @pytest.mark.parametrize("get", [aget_plugin_instance, arequire_plugin_instance])
    def test_is_the_loop_s_own_while_what_is_known_is_fresh(self, get: Any, django_assert_num_queries: Queries) -> None:
        get_plugin_instance(AbstractOTP)

        with django_assert_num_queries(0):
            assert self.made_in_the_loop(get)

    def test_is_another_where_the_database_must_be_asked(self, clock: Clock) -> None:
        assert not self.made_in_the_loop()
        assert self.made_in_the_loop()
        clock.advance(1)
        assert not self.made_in_the_loop()
        assert self.made_in_the_loop()

    def test_is_the_loop_s_own_where_freshness_ends_meanwhile(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        get_plugin_instance(AbstractOTP)
        for module in (helpers, following):
            monkeypatch.setattr(module, "monotonic", lambda: clock() + 10)

        assert self.made_in_the_loop()

    def test_is_another_where_the_constructor_asks_the_database(self, caplog: pytest.LogCaptureFixture) -> None:
        replace_primary(Asking)
        assert get_plugin_class(AbstractOTP) is Asking

        assert not self.made_in_the_loop()
        assert caplog.records == []

    def test_is_another_where_the_host_s_own_function_chooses(self) -> None:
        asked_in = []

        def choose(plugin_type: PluginType) -> PluginItem | None:
            asked_in.append(get_ident())
            return plugin_type.get_plugin_by_name("primary")

        register_plugin_type(name="otp", manager=MANAGER, interface=AbstractOTP, get_plugin=choose)
        get_plugin_instance(AbstractOTP)

        assert not self.made_in_the_loop()
        assert asked_in == [get_ident()] * 2

    def test_of_a_class_is_the_loop_s_own_while_what_is_known_is_fresh(self) -> None:
        get_plugin_class(AbstractOTP)

        async def main() -> type | None:
            with connection.execute_wrapper(refuse):
                return await aget_plugin_class(AbstractOTP)

        assert in_loop(main) is Telling

    def test_of_a_required_class_is_too(self) -> None:
        get_plugin_class(AbstractOTP)

        async def main() -> Callable[..., AbstractOTP]:
            with connection.execute_wrapper(refuse):
                return await arequire_plugin_class(AbstractOTP)

        assert in_loop(main) is Telling


class Telling(AbstractOTP):
    """Tells in which thread it was made."""

    def __init__(self) -> None:
        self.thread = get_ident()

    def send_otp(self, number: str, code: str) -> str:
        return code


class Asking(Telling):
    """Reads the database when it is made, which Django allows in no event loop."""

    def __init__(self) -> None:
        PluginItem.objects.count()
        super().__init__()
