import dataclasses
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, PluginItemDefinition, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import InvalidKeyError
from tests.factories import Carrier, new_class

names = st.text(st.characters(exclude_characters=":/", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
type_keys = st.builds(TypeKey, names, names)
quick = hypothesis_settings(deadline=None, max_examples=50, database=None)


class TestTypeKey:
    def test_is_written_manager_colon_name(self) -> None:
        assert str(TypeKey("apps.otp", "otp")) == "apps.otp:otp"

    @quick
    @given(type_keys)
    def test_is_read_back_from_its_text(self, key: TypeKey) -> None:
        assert TypeKey.parse(str(key)) == key

    @pytest.mark.parametrize("text", ["", "otp", ":otp", "apps.otp:", ":", "a:b:c", "a:b/c:d", "a/b:c"])
    def test_refuses_a_text_of_another_form_and_shows_the_right_one(self, text: str) -> None:
        with pytest.raises(InvalidKeyError, match=r"manager:name, as in apps\.otp:otp") as caught:
            TypeKey.parse(text)

        assert repr(text) in str(caught.value)


class TestItemKey:
    def test_is_written_type_slash_module_colon_name(self) -> None:
        key = ItemKey(TypeKey("apps.otp", "otp"), "apps.otp_sms", "sms_ir")

        assert str(key) == "apps.otp:otp/apps.otp_sms:sms_ir"

    @quick
    @given(st.builds(ItemKey, type_keys, names, names))
    def test_is_read_back_from_its_text(self, key: ItemKey) -> None:
        assert ItemKey.parse(str(key)) == key

    @pytest.mark.parametrize("text", ["", "a:b", "a:b/", "/c:d", "a:b/c", "b/c:d", "a:b/c:d/e:f", "a:b/c:d:e"])
    def test_refuses_a_text_of_another_form_and_shows_the_right_one(self, text: str) -> None:
        with pytest.raises(InvalidKeyError, match="manager:type/module:name") as caught:
            ItemKey.parse(text)

        assert repr(text) in str(caught.value)


class TestRowId:
    """Clients compute ids: these never change."""

    def test_of_a_type_is_the_same_everywhere(self) -> None:
        assert TypeKey("apps.otp", "otp").row_id == UUID("52652b2f-21cd-5b88-895a-859417e43620")

    def test_of_an_item_is_the_same_everywhere(self) -> None:
        key = ItemKey(TypeKey("apps.otp", "otp"), "apps.otp_sms", "sms_ir")

        assert key.row_id == UUID("b31a3c1a-a85f-5adc-b14c-c7ba0b8ba0e4")

    @quick
    @given(st.builds(ItemKey, type_keys, names, names), st.builds(ItemKey, type_keys, names, names))
    def test_differs_where_the_key_does(self, one: ItemKey, other: ItemKey) -> None:
        assert (one.row_id == other.row_id) == (one == other)


class TestDefinition:
    def test_states_no_priority_and_starts_active_by_default(self) -> None:
        definition = PluginItemDefinition(key=ItemKey(TypeKey("a", "b"), "c", "d"), plugin_class=new_class())

        assert definition.priority is None
        assert definition.status is PluginStatus.ACTIVE

    @pytest.mark.parametrize(
        "definition",
        [
            PluginTypeDefinition(key=TypeKey("a", "b"), interface=Carrier),
            PluginItemDefinition(key=ItemKey(TypeKey("a", "b"), "c", "d"), plugin_class=new_class()),
        ],
    )
    def test_cannot_be_changed(self, definition: PluginTypeDefinition | PluginItemDefinition) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            definition.description = "other"
