import functools
from abc import ABC, ABCMeta, abstractmethod
from typing import Any, Protocol, runtime_checkable

import pytest

from plugin_system.conformance import (
    check_class,
    check_implements,
    check_interface,
)
from plugin_system.exceptions import (
    InvalidInterfaceError,
    InvalidPluginClassError,
)
from tests.factories import Carrier, new_class


class Plain:
    def carry(self, load: str) -> str:
        return load


class Complete(ABC):  # noqa: B024
    def carry(self, load: str) -> str:
        return load


class Speaker(Protocol):
    @abstractmethod
    def speak(self) -> str: ...


class TestInterface:
    @pytest.mark.parametrize("interface", [Carrier, Speaker])
    def test_is_an_abstract_base_class_with_an_abstract_method(self, interface: type) -> None:
        assert check_interface(interface) is interface

    @pytest.mark.parametrize("interface", [Plain, Plain(), "path.to.Interface", None, 5])
    def test_is_refused_where_it_is_no_abstract_base_class(self, interface: object) -> None:
        with pytest.raises(InvalidInterfaceError, match=r"derive it from abc\.ABC") as caught:
            check_interface(interface)

        assert repr(interface) in str(caught.value)

    @pytest.mark.parametrize("interface", [Complete, ABCMeta("Empty", (), {}), new_class()])
    def test_is_refused_without_abstract_method(self, interface: type) -> None:
        with pytest.raises(
            InvalidInterfaceError, match="mark what a plugin must implement with @abstractmethod"
        ) as caught:
            check_interface(interface)

        assert repr(interface) in str(caught.value)


class Halfway(Carrier):
    def fly(self) -> None: ...


class TestClass:
    def test_can_be_instantiated(self) -> None:
        plugin_class = new_class()

        assert check_class(plugin_class) is plugin_class

    @pytest.mark.parametrize("value", [new_class()(), "path.to.Class", None, lambda: None])
    def test_is_refused_where_it_is_no_class(self, value: object) -> None:
        with pytest.raises(InvalidPluginClassError, match=r"must be a class, not .*; do not instantiate it"):
            check_class(value)

    @pytest.mark.parametrize("plugin_class", [Halfway, Carrier])
    def test_is_refused_while_abstract_and_told_what_is_missing(self, plugin_class: type) -> None:
        with pytest.raises(InvalidPluginClassError, match="is still abstract; implement carry") as caught:
            check_class(plugin_class)

        assert repr(plugin_class) in str(caught.value)


class TestImplements:
    def test_accepts_a_subclass(self) -> None:
        check_implements(new_class(), Carrier)

    def test_refuses_the_interface_itself(self) -> None:
        with pytest.raises(InvalidPluginClassError, match="is the interface itself; register a class that implements"):
            check_implements(Carrier, Carrier)

    def test_refuses_a_class_that_only_looks_like_it(self) -> None:
        with pytest.raises(
            InvalidPluginClassError, match=r"does not implement .*; derive it from the interface"
        ) as caught:
            check_implements(Plain, Carrier)

        assert repr(Plain) in str(caught.value)
        assert repr(Carrier) in str(caught.value)


@runtime_checkable
class Talker(Protocol):
    name: str

    @abstractmethod
    def speak(self) -> str: ...


@pytest.mark.parametrize("interface", [Speaker, Talker])
class TestProtocol:
    """As an interface: those that ``issubclass`` cannot ask answer for the classes that derive from them."""

    def test_is_implemented_by_a_class_that_derives_from_it(self, interface: type) -> None:
        check_implements(type("Parrot", (interface,), {"speak": lambda self: "hello"}), interface)

    def test_is_not_implemented_by_a_class_that_does_not(self, interface: type) -> None:
        with pytest.raises(InvalidPluginClassError, match=r"does not implement .*; derive it from the interface\."):
            check_implements(Plain, interface)

    def test_has_its_signatures_compared(self, interface: type) -> None:
        shouting = type("Parrot", (interface,), {"speak": lambda self, volume: "HELLO"})

        with pytest.raises(InvalidPluginClassError, match=r"'speak' of .* has the signature \(self, volume\)"):
            check_implements(shouting, interface)


class Patient(Carrier):
    timeout: int | None = 5


class TestConstant:
    def test_may_be_overridden_by_none(self) -> None:
        check_implements(new_class(Patient, timeout=None), Patient)

    def test_may_not_be_missing(self) -> None:
        plugin_class = type("Hasty", (), {"carry": lambda self, load: load})
        Patient.register(plugin_class)

        with pytest.raises(InvalidPluginClassError, match=r"Hasty'> has no 'timeout', which .*Patient'> demands\."):
            check_implements(plugin_class, Patient)


class Announcer(ABC):
    """Has an abstract method, one with a body, and a private one."""

    @abstractmethod
    def announce(self, text: str) -> str: ...

    def twice(self, text: str) -> str:
        return self.announce(text) * 2

    _own = 5


class TestVirtualSubclass:
    """Registered with the interface by ``Interface.register``: nothing is inherited, so everything is looked for."""

    def test_is_accepted_with_every_method(self) -> None:
        class Whole:
            def announce(self, text: str) -> str:
                return text

            def twice(self, text: str) -> str:
                return text + text

        Announcer.register(Whole)

        check_implements(Whole, Announcer)

    def test_is_refused_without_an_abstract_method(self) -> None:
        class Mute:
            def twice(self, text: str) -> str:
                return text

        Announcer.register(Mute)

        with pytest.raises(InvalidPluginClassError, match=r"Mute'> has no 'announce', which .*Announcer'> demands"):
            check_implements(Mute, Announcer)

    def test_is_refused_without_a_method_that_the_interface_has_ready(self) -> None:
        class Once:
            def announce(self, text: str) -> str:
                return text

        Announcer.register(Once)

        with pytest.raises(InvalidPluginClassError, match="has no 'twice'"):
            check_implements(Once, Announcer)

    def test_is_refused_with_another_signature(self) -> None:
        class Other:
            def announce(self) -> str:
                return ""

            def twice(self, text: str) -> str:
                return text

        Announcer.register(Other)

        with pytest.raises(InvalidPluginClassError, match=r"'announce' of .* has the signature"):
            check_implements(Other, Announcer)


def interface_with(declared: Any) -> type:
    return ABCMeta("Interface", (), {"act": declared, "__module__": __name__})


def class_with(found: Any) -> type:
    return type("Implementation", (), {"act": found, "__module__": __name__})


def implements(declared: Any, found: Any) -> bool:
    """Whether a class with the method ``found`` is taken for one with ``declared``; a refusal must name all three."""
    interface, plugin_class = interface_with(declared), class_with(found)
    interface.register(plugin_class)
    try:
        check_implements(plugin_class, interface)
    except InvalidPluginClassError as error:
        named = [repr(plugin_class), repr(interface), "'act'"]
        return not all(text in str(error) for text in named)
    return True


async def awaited(self: Any, load: str) -> None: ...


def not_awaited(self: Any, load: str) -> None: ...


class TestSignature:
    """Whatever call the interface promises must be accepted; more may be."""

    @pytest.mark.parametrize(
        ("declared", "found"),
        [
            (lambda self, a: a, lambda self, a: a),
            (lambda self, a: a, lambda self, a, b=1: a),
            (lambda self, a: a, lambda self, a, *rest: a),
            (lambda self, a: a, lambda self, a, **rest: a),
            (lambda self, a: a, lambda self, a, *, b=1: a),
            (lambda self, a: a, lambda self, a=1: a),
            (lambda self, a: a, lambda self, *args, **kwargs: args),
            (lambda self, a: a, lambda *args, **kwargs: args),
            (lambda self, a, /: a, lambda self, b: b),
            (lambda self, a, /: a, lambda self, b, /: b),
            (lambda self, a, /: a, lambda self, *args: args),
            (lambda self, *, a: a, lambda self, *, a, b=1: a),
            (lambda self, *, a: a, lambda self, a: a),
            (lambda self, *, a=1: a, lambda self, *, a=2: a),
            (lambda self, *args: args, lambda self, *values: values),
            (lambda self, **kwargs: kwargs, lambda self, **options: options),
            (lambda self: None, lambda self: None),
        ],
    )
    def test_is_accepted(self, declared: Any, found: Any) -> None:
        assert implements(declared, found)

    @pytest.mark.parametrize(
        ("declared", "found"),
        [
            pytest.param(lambda self, a: a, lambda self: None, id="lacks a parameter"),
            pytest.param(lambda self, a: a, lambda self, a, b: a, id="demands one more"),
            pytest.param(lambda self, a: a, lambda self, b: b, id="names it otherwise"),
            pytest.param(lambda self, a: a, lambda self, a, /: a, id="not by name"),
            pytest.param(lambda self, a: a, lambda self, *args: args, id="not by name, variadic"),
            pytest.param(lambda self, a: a, lambda self, *, a: a, id="only by name"),
            pytest.param(lambda self, a: a, lambda self, a, *, b: a, id="demands a keyword"),
            pytest.param(lambda self, a, /: a, lambda self, *, a: a, id="positional, found by name only"),
            pytest.param(lambda self, a=1: a, lambda self, a: a, id="default is gone"),
            pytest.param(lambda self, *, a=1: a, lambda self, *, a: a, id="keyword default is gone"),
            pytest.param(lambda self, *, a: a, lambda self: None, id="lacks a keyword"),
            pytest.param(lambda self, *args: args, lambda self: None, id="not any number"),
            pytest.param(lambda self, **kwargs: kwargs, lambda self: None, id="not any keyword"),
            pytest.param(lambda self, a: a, lambda: None, id="without self"),
            pytest.param(lambda self: None, lambda: None, id="without self, nothing else"),
        ],
    )
    def test_is_refused(self, declared: Any, found: Any) -> None:
        assert not implements(declared, found)

    def test_names_both_signatures_and_the_remedy(self) -> None:
        interface, plugin_class = interface_with(lambda self, number: None), class_with(lambda self, other: None)
        interface.register(plugin_class)

        with pytest.raises(InvalidPluginClassError) as caught:
            check_implements(plugin_class, interface)

        assert "(self, other)" in str(caught.value)
        assert "(self, number)" in str(caught.value)
        assert str(caught.value).endswith("Give it the interface's parameters; more need defaults.")

    @pytest.mark.parametrize("kind", [staticmethod, classmethod])
    def test_may_belong_to_a_static_or_class_method(self, kind: Any) -> None:
        own = (lambda a: a) if kind is staticmethod else (lambda cls, a: a)

        assert implements(lambda self, a: a, kind(own))
        assert implements(kind(own), kind(own))
        assert implements(kind(own), lambda self, a: a)

    @pytest.mark.parametrize("kind", [staticmethod, classmethod])
    def test_of_a_static_or_class_method_is_compared(self, kind: Any) -> None:
        own = (lambda: None) if kind is staticmethod else (lambda cls: None)

        assert not implements(lambda self, a: a, kind(own))

    def test_follows_a_decorator_to_the_function(self) -> None:
        def own(self: Any, other: str) -> str:
            return other

        @functools.wraps(own)
        def wrapped(*args: Any, **kwargs: Any) -> str:
            return own(*args, **kwargs)

        assert not implements(lambda self, a: a, wrapped)
        assert implements(lambda self, other: other, wrapped)

    def test_of_a_callable_attribute_has_no_self_to_leave_out(self) -> None:
        class Sender:
            def __call__(self, a: str) -> str:
                return a

        assert implements(lambda self, a: a, Sender())
        assert not implements(lambda self, a, b: a, Sender())

    def test_of_a_function_written_in_c_without_one_is_taken_on_trust(self) -> None:
        assert implements(lambda self, a: a, vars(dict)["update"])

    def test_of_a_property_is_not_looked_for(self) -> None:
        assert implements(property(lambda self: 5), property(lambda self: 6))
        assert implements(property(lambda self: 5), 6)


class TestMember:
    @pytest.mark.parametrize(
        "found", [property(lambda self: None), functools.cached_property(lambda self: None), 5, "x", None]
    )
    def test_in_the_place_of_a_method_is_refused(self, found: Any) -> None:
        assert not implements(lambda self, a: a, found)

    def test_that_must_be_awaited_is_refused_where_callers_do_not(self) -> None:
        assert not implements(not_awaited, awaited)

    def test_that_must_be_awaited_is_accepted_where_callers_do(self) -> None:
        assert implements(awaited, awaited)

    def test_that_returns_an_awaitable_is_accepted_where_callers_await(self) -> None:
        assert implements(awaited, not_awaited)

    def test_is_named_in_a_coroutine_s_refusal(self) -> None:
        interface, plugin_class = interface_with(not_awaited), class_with(awaited)
        interface.register(plugin_class)

        with pytest.raises(
            InvalidPluginClassError, match=r"'act' of .* is a coroutine, but callers of .* do not await"
        ):
            check_implements(plugin_class, interface)
