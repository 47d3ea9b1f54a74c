from typing import Any
from unittest.mock import MagicMock, Mock, NonCallableMock, create_autospec

import pytest

from plugin_system.choices import PluginStatus
from plugin_system.choosing import overrides
from plugin_system.exceptions import (
    InvalidKeyError,
    InvalidPluginClassError,
    NothingUsableError,
    RegistrationError,
    UnknownPluginTypeError,
)
from plugin_system.helpers import (
    aget_plugin_class,
    aget_plugin_instance,
    arequire_plugin_instance,
    get_plugin_class,
    get_plugin_instance,
    require_plugin_class,
    require_plugin_instance,
)
from plugin_system.models import PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.testing import isolated_registry, override_plugins
from tests.factories import (
    MANAGER,
    OTP,
    PRIMARY,
    Carrier,
    in_thread,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    set_status,
    type_registration,
)
from tests.host.otp.interfaces import AbstractOTP


class Fake(AbstractOTP):
    def send_otp(self, number: str, code: str) -> str:
        return f"fake {number} {code}"


class OtherFake(Fake):
    pass


class Stranger:
    """Has what the interface demands, but is nobody's heir."""

    def send_otp(self, number: str, code: str) -> str:
        return code


def serving() -> str:
    """Return the class of what serves, by its name."""
    return type(get_plugin_instance(AbstractOTP)).__name__


class TestOverridePlugins:
    """Without the database: a test that asked it would fail."""

    @pytest.mark.parametrize("plugin_type", [AbstractOTP, str(OTP)])
    def test_goes_by_interface_or_by_key(self, plugin_type: Any) -> None:
        with override_plugins({plugin_type: Fake}):
            assert type(get_plugin_instance(AbstractOTP)) is Fake
            assert type(get_plugin_instance("otp", MANAGER)) is Fake

    def test_makes_a_new_instance_of_a_class_each_time(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            assert get_plugin_instance(AbstractOTP) is not get_plugin_instance(AbstractOTP)

    def test_gives_an_instance_as_it_is(self) -> None:
        fake = Fake()

        with override_plugins({AbstractOTP: fake}):
            assert get_plugin_instance(AbstractOTP) is fake
            assert get_plugin_instance("otp", MANAGER) is fake

    def test_holds_for_every_function(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            assert type(require_plugin_instance(AbstractOTP)) is Fake
            assert get_plugin_class(AbstractOTP) is Fake
            assert require_plugin_class("otp", MANAGER) is Fake

    @pytest.mark.asyncio
    async def test_holds_for_the_asynchronous_ones(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            assert type(await aget_plugin_instance(AbstractOTP)) is Fake
            assert type(await arequire_plugin_instance("otp", MANAGER)) is Fake
            assert await aget_plugin_class(AbstractOTP) is Fake

    def test_may_be_nested(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            with override_plugins({AbstractOTP: OtherFake}):
                assert serving() == "OtherFake"
            assert serving() == "Fake"

    def test_keeps_the_outer_overrides_of_other_types(self) -> None:
        interface = new_interface()
        with isolated_registry():
            register_plugin_type(type_registration(interface=interface))
            pigeon = new_class(interface)
            with override_plugins({AbstractOTP: Fake}), override_plugins({interface: pigeon}):
                assert serving() == "Fake"
                assert get_plugin_class("carrier", MANAGER) is pigeon

    @override_plugins({str(OTP): Fake})
    def test_may_be_a_decorator(self) -> None:
        assert serving() == "Fake"

    def test_holds_in_every_thread(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            assert in_thread(serving) == "Fake"

    def test_ends_with_an_exception(self) -> None:
        with override_plugins({AbstractOTP: Fake}):
            with pytest.raises(ZeroDivisionError), override_plugins({AbstractOTP: OtherFake}):
                _ = 1 / 0
            assert serving() == "Fake"

    def test_beats_get_plugin(self) -> None:
        def refuse(plugin_type: PluginType) -> None:
            raise AssertionError("It was asked.")

        interface = new_interface()
        with isolated_registry():
            register_plugin_type(type_registration(interface=interface, get_plugin=refuse))
            pigeon = new_class(interface)
            with override_plugins({interface: pigeon}):
                assert type(get_plugin_instance(interface)) is pigeon
                assert type(get_plugin_instance("carrier", MANAGER, "extra", argument=1)) is pigeon

    def test_lets_what_the_fake_raises_pass(self) -> None:
        class Failing(Fake):
            def __init__(self) -> None:
                raise RuntimeError("not in tests")

        with override_plugins({AbstractOTP: Failing}), pytest.raises(RuntimeError, match="not in tests"):
            get_plugin_instance(AbstractOTP)

    def test_refuses_an_interface_of_no_type(self) -> None:
        with pytest.raises(UnknownPluginTypeError, match="is not the interface of a registered plugin type"):
            override_plugins({Carrier: Fake}).__enter__()

    def test_refuses_a_text_that_is_no_key(self) -> None:
        with pytest.raises(InvalidKeyError, match="'otp' is not the key of a plugin type; write manager:name"):
            override_plugins({"otp": Fake}).__enter__()

    def test_refuses_a_key_of_no_type_and_names_the_nearest(self) -> None:
        with pytest.raises(UnknownPluginTypeError) as caught:
            override_plugins({f"{MANAGER}:otpx": Fake}).__enter__()

        assert str(caught.value) == (
            f"No plugin type '{MANAGER}:otpx' is registered in whose place override_plugins() could give anything. "
            f"Did you mean '{OTP}'?"
        )
        assert overrides == {}

    @pytest.mark.parametrize("plugin", [Stranger, Stranger(), object(), 5, "path.to.Fake", lambda: Fake()])
    def test_refuses_what_does_not_implement_the_interface(self, plugin: Any) -> None:
        with pytest.raises(InvalidPluginClassError) as caught:
            override_plugins({AbstractOTP: plugin}).__enter__()

        found = plugin if isinstance(plugin, type) else type(plugin)
        assert str(caught.value) == (
            f"override_plugins() of '{OTP}': {found!r} does not implement {AbstractOTP!r}; derive it from the "
            "interface. Or give a mock, or None for nothing usable."
        )
        assert overrides == {}

    @pytest.mark.parametrize(
        ("members", "text"),
        [
            ({}, "is still abstract; implement send_otp"),
            ({"send_otp": lambda self: "sent"}, r"'send_otp' of .* has the signature \(self\)"),
        ],
    )
    def test_refuses_a_class_that_cannot_stand_in_for_the_interface(self, members: Any, text: str) -> None:
        with pytest.raises(InvalidPluginClassError, match=text):
            override_plugins({AbstractOTP: type("Half", (AbstractOTP,), members)}).__enter__()

    @pytest.mark.parametrize(
        "mock",
        [
            Mock(),
            MagicMock(),
            NonCallableMock(),
            Mock(spec=AbstractOTP),
            create_autospec(AbstractOTP),
            create_autospec(AbstractOTP, instance=True),
            create_autospec(Fake, instance=True),
        ],
    )
    def test_gives_a_mock_as_it_is(self, mock: Any) -> None:
        with override_plugins({AbstractOTP: mock}):
            assert get_plugin_instance(AbstractOTP) is mock
            assert get_plugin_class(AbstractOTP)() is mock  # type: ignore[misc]

    def test_makes_a_new_mock_of_a_class_of_mocks(self) -> None:
        with override_plugins({AbstractOTP: MagicMock}):
            assert get_plugin_class(AbstractOTP) is MagicMock
            assert isinstance(get_plugin_instance(AbstractOTP), MagicMock)

    def test_has_a_class_for_an_instance_that_gives_it(self) -> None:
        fake = Fake()

        with override_plugins({AbstractOTP: fake}):
            plugin_class: Any = get_plugin_class(AbstractOTP)
            assert issubclass(plugin_class, Fake)
            assert (plugin_class.__name__, plugin_class.__module__) == ("Fake", __name__)
            assert plugin_class.send_otp is Fake.send_otp
            assert plugin_class() is fake
            assert plugin_class("an", account=1) is fake

    def test_has_a_function_for_an_instance_of_what_cannot_be_derived_from(self) -> None:
        class Last(Fake):
            def __init_subclass__(cls) -> None:
                raise TypeError("I am the last.")

        last = Last()

        with override_plugins({AbstractOTP: last}):
            assert get_plugin_instance(AbstractOTP) is last
            assert get_plugin_class(AbstractOTP)() is last  # type: ignore[misc]

    def test_lets_nothing_be_usable(self) -> None:
        with override_plugins({AbstractOTP: None}):
            assert get_plugin_instance(AbstractOTP) is None
            assert get_plugin_class(AbstractOTP) is None
            for require in (require_plugin_instance, require_plugin_class):
                with pytest.raises(NothingUsableError) as caught:
                    require("otp", MANAGER)
                assert str(caught.value) == (
                    f"Plugin type '{OTP}' has nothing usable: override_plugins() gives None for it."
                )

    def test_takes_nothing_where_one_of_several_is_refused(self) -> None:
        with pytest.raises(UnknownPluginTypeError):
            override_plugins({AbstractOTP: Fake, Carrier: Fake}).__enter__()

        assert overrides == {}


@pytest.mark.django_db
class TestOverridePluginsWithDatabase:
    def test_beats_status_and_priority_and_leaves_them(self) -> None:
        assert serving() == "Primary"
        with override_plugins({AbstractOTP: Fake}):
            set_status("primary", PluginStatus.DISABLED)
            assert serving() == "Fake"

        assert serving() == "Secondary"

    def test_takes_no_query(self, django_assert_num_queries: Any) -> None:
        with override_plugins({AbstractOTP: Fake}), django_assert_num_queries(0):
            get_plugin_instance(AbstractOTP)
            get_plugin_instance("otp", MANAGER)

    def test_leaves_other_types_alone(self) -> None:
        with isolated_registry():
            pigeon = new_class(register_chain("other"))
            with override_plugins({f"{MANAGER}:other": pigeon}):
                assert serving() == "Primary"
                assert type(get_plugin_instance("other", MANAGER)) is pigeon


class TestIsolatedRegistry:
    def test_forgets_what_was_registered(self) -> None:
        before = plugin_registry.fingerprint

        with isolated_registry():
            interface = register_chain(pigeon=10)
            assert plugin_registry.key_of_interface(interface).name == "carrier"

        assert plugin_registry.fingerprint == before
        with pytest.raises(UnknownPluginTypeError):
            plugin_registry.key_of_interface(interface)

    def test_brings_back_what_was_removed(self) -> None:
        before = plugin_registry.fingerprint

        with isolated_registry():
            plugin_registry.remove_type(OTP)
            assert plugin_registry.find_item(PRIMARY) is None

        assert plugin_registry.fingerprint == before
        assert plugin_registry.key_of_interface(AbstractOTP) == OTP

    def test_lets_a_name_be_used_again(self) -> None:
        for _ in range(2):
            with isolated_registry():
                register_chain(pigeon=10)

    def test_may_be_nested(self) -> None:
        with isolated_registry():
            interface = register_chain(pigeon=10)
            with isolated_registry():
                owl = type("Owl", (interface,), {"carry": lambda self, load: load})
                register_plugin_item(item_registration(name="owl", plugin_class=owl))
            assert [key.name for key in plugin_registry.items_of(plugin_registry.key_of_interface(interface))] == [
                "pigeon"
            ]

    def test_may_be_a_decorator(self) -> None:
        before = plugin_registry.fingerprint

        isolated_registry()(register_chain)(pigeon=10)

        assert plugin_registry.fingerprint == before

    def test_ends_with_an_exception(self) -> None:
        before = plugin_registry.fingerprint

        with pytest.raises(RegistrationError), isolated_registry():
            register_chain(pigeon=10, owl={"priority": "first"})

        assert plugin_registry.fingerprint == before

    @pytest.mark.django_db
    def test_lets_what_was_removed_serve_again(self) -> None:
        assert serving() == "Primary"
        with isolated_registry():
            plugin_registry.remove_item(PRIMARY)
            assert serving() == "Secondary"

        assert serving() == "Primary"
