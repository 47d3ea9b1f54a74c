import functools
from typing import Any

import pytest
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy

from plugin_system.choices import PluginStatus
from plugin_system.exceptions import (
    InvalidArgumentsError,
    InvalidNameError,
    InvalidPriorityError,
)
from plugin_system.validation import (
    check_description,
    check_name,
    check_priority,
    check_selector,
    check_status,
    fold,
    is_storable,
)


class TestName:
    @pytest.mark.parametrize(
        "name", ["otp", "sms_ir", "apps.otp", "a" * 100, "Sms Ir", "émile", "پیامک", "短信", "-", "."]
    )
    def test_may_be_any_short_printable_text(self, name: str) -> None:
        assert check_name(name, "name") == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            " ",
            "\t",
            "a" * 101,
            " otp",
            "otp ",
            "o:tp",
            "o/tp",
            "o\ntp",
            "o\x00tp",
            "o\u200btp",
            "o\x7ftp",
            "o\u202etp",
        ],
    )
    def test_is_refused_blank_over_long_padded_or_with_reserved_characters(self, name: str) -> None:
        with pytest.raises(InvalidNameError, match=r"^manager"):
            check_name(name, "manager")

    @pytest.mark.parametrize("name", [None, 5, b"otp", ["otp"], object])
    def test_is_refused_where_it_is_no_text(self, name: object) -> None:
        with pytest.raises(InvalidNameError, match="must be a text, not"):
            check_name(name, "name")


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"), [("SMS", "sms"), ("émile", "emile"), ("É", "e"), ("ß", "SS"), ("ﬁx", "fix")]
    )
    def test_makes_equal_what_a_database_may_take_for_equal(self, one: str, other: str) -> None:
        assert fold(one) == fold(other)

    @pytest.mark.parametrize(("one", "other"), [("sms_a", "sms_b"), ("پیامک", "短信"), ("a.b", "ab")])
    def test_keeps_apart_what_differs_in_letters(self, one: str, other: str) -> None:
        assert fold(one) != fold(other)


class TestPriority:
    @pytest.mark.parametrize("priority", [-32768, -1, 0, 10, 32767, None])
    def test_is_an_integer_within_the_bounds_or_not_stated(self, priority: int | None) -> None:
        assert check_priority(priority) == priority

    @pytest.mark.parametrize("priority", [-32769, 32768, 1.0, "10", True, False, [], object()])
    def test_is_refused_outside_the_bounds_or_of_another_type(self, priority: object) -> None:
        with pytest.raises(InvalidPriorityError, match="an integer from -32768 to 32767; lower wins") as caught:
            check_priority(priority)

        assert repr(priority) in str(caught.value)


class TestStatus:
    @pytest.mark.parametrize("status", [*PluginStatus, *PluginStatus.values])
    def test_is_one_of_three(self, status: str) -> None:
        assert check_status(status) is PluginStatus(status)

    @pytest.mark.parametrize("status", ["", "ACTIVE", "reserved", "disabled", None, 1, True])
    def test_is_refused_where_it_is_another(self, status: object) -> None:
        with pytest.raises(InvalidArgumentsError, match="'active', 'reserve', 'disable'"):
            check_status(status)


class TestDescription:
    @pytest.mark.parametrize("description", ["", "Sends codes", gettext_lazy("Sends codes"), lazystr("Sends codes")])
    def test_is_a_text_or_a_translation(self, description: Any) -> None:
        found = check_description(description)

        assert (found, type(found)) == (str(description), str)

    def test_may_be_none(self) -> None:
        assert check_description(None) == ""

    @pytest.mark.parametrize("description", [5, b"text", ["text"], object()])
    def test_is_refused_where_it_is_no_text(self, description: object) -> None:
        with pytest.raises(InvalidArgumentsError, match="description must be a text"):
            check_description(description)

    def test_is_refused_where_it_only_has_the_attribute_of_a_translation(self) -> None:
        class Pretender:
            _proxy____cast = None

        with pytest.raises(InvalidArgumentsError, match="description must be a text"):
            check_description(Pretender())

    @pytest.mark.parametrize("description", ["a\0b", "a\ud800", "\udfffb", lazystr("a\0b")])
    def test_is_refused_where_no_database_keeps_it(self, description: Any) -> None:
        with pytest.raises(InvalidArgumentsError, match=r"^description 'a?.*' has .*no database keeps; leave it out"):
            check_description(description)


class TestStorable:
    @pytest.mark.parametrize("text", ["", "Sends codes", "پیامک", "\n", "\U0001f426", "\ud7ff\ue000"])
    def test_is_what_every_database_keeps(self, text: str) -> None:
        assert is_storable(text)

    @pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "a\udc80b"])
    def test_is_neither_a_nul_nor_half_a_surrogate(self, text: str) -> None:
        assert not is_storable(text)


class TestSelector:
    @pytest.mark.parametrize("selector", [None, len, lambda plugin_type: None, functools.partial(max, 1)])
    def test_is_callable_or_none(self, selector: Any) -> None:
        assert check_selector(selector) is selector

    @pytest.mark.parametrize("selector", ["path.to.function", 5, ()])
    def test_is_refused_where_it_cannot_be_called(self, selector: object) -> None:
        with pytest.raises(InvalidArgumentsError, match="get_plugin must be callable") as caught:
            check_selector(selector)

        assert repr(selector) in str(caught.value)
