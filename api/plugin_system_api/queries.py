"""The queries of lists."""

from typing import Any

from rest_framework import serializers

from plugin_system.choices import NAME_MAX_LENGTH, PRIORITY_MAX, PRIORITY_MIN, Channel
from plugin_system.origins import ACTOR_MAX_LENGTH
from plugin_system.services import ITEM_ORDERINGS, TYPE_ORDERINGS, ItemFilter, Presence, TypeFilter
from plugin_system_api.feed import ChangePart, Position
from plugin_system_api.fields import (
    IntegerParameter,
    ItemReferenceField,
    OrderingField,
    PluginStatusField,
    TypeReferenceField,
)
from plugin_system_api.forms import Query
from plugin_system_api.limits import PAGE_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, REVISION_MAX, SEARCH_MAX_LENGTH
from plugin_system_api.origins import REQUEST_ID_PATTERN

_STATES = [state.value for state in Presence]


def _name(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, max_length=NAME_MAX_LENGTH, trim_whitespace=False, help_text=help_text)


class PageQuery(Query):
    """Which part of a list."""

    page = IntegerParameter(default=1, min_value=1, max_value=PAGE_MAX)
    page_size = IntegerParameter(default=PAGE_SIZE_DEFAULT, min_value=1, max_value=PAGE_SIZE_MAX)

    def window(self) -> dict[str, Any]:
        """Return the part of the list, and its order, as the listing services take them."""
        given = self.validated_data
        size = given["page_size"]
        return {"order_by": given.get("ordering", ()), "offset": (given["page"] - 1) * size, "limit": size}


class PluginTypeQuery(PageQuery):
    """Which plugin types."""

    manager = _name("The app that defines the interface.")
    name = _name("The name, exactly.")
    state = serializers.ChoiceField(choices=_STATES, required=False, help_text="In the process that answers.")
    search = serializers.CharField(
        default="", allow_blank=True, max_length=SEARCH_MAX_LENGTH, help_text="In manager, name and description."
    )
    ordering = OrderingField(TYPE_ORDERINGS, required=False)

    def filter(self) -> TypeFilter:
        """Return what the listing service filters by."""
        given = self.validated_data
        return TypeFilter(
            manager=given.get("manager"), name=given.get("name"), state=_state(given), search=given["search"]
        )


class PluginItemQuery(PageQuery):
    """Which plugin items."""

    plugin_type = TypeReferenceField(required=False, help_text="The id or key of a plugin type.")
    manager = _name("The app that defines the interface.")
    module = _name("The app that provides the implementation, exactly.")
    module__startswith = _name("The beginning of the module.")
    name = _name("The name, exactly.")
    status = serializers.ListField(child=PluginStatusField(), required=False, help_text="May be repeated: any of them.")
    state = serializers.ChoiceField(choices=_STATES, required=False, help_text="In the process that answers.")
    priority_min = IntegerParameter(required=False, min_value=PRIORITY_MIN, max_value=PRIORITY_MAX)
    priority_max = IntegerParameter(required=False, min_value=PRIORITY_MIN, max_value=PRIORITY_MAX)
    search = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=SEARCH_MAX_LENGTH,
        help_text="In module, name, description, and in manager and name of the plugin type.",
    )
    ordering = OrderingField(ITEM_ORDERINGS, required=False)

    def filter(self) -> ItemFilter:
        """Return what the listing service filters by."""
        given = self.validated_data
        return ItemFilter(
            plugin_type=given.get("plugin_type"),
            manager=given.get("manager"),
            module=given.get("module"),
            module_prefix=given.get("module__startswith"),
            name=given.get("name"),
            statuses=tuple(dict.fromkeys(given.get("status", ()))),
            state=_state(given),
            priority_min=given.get("priority_min"),
            priority_max=given.get("priority_max"),
            search=given["search"],
        )


class ChangeQuery(Query):
    """Which changes, oldest first unless told otherwise."""

    since = IntegerParameter(
        required=False, min_value=0, max_value=REVISION_MAX, help_text="Only what came after this revision."
    )
    cursor = serializers.RegexField(
        r"^(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})\Z",
        required=False,
        trim_whitespace=False,
        help_text="The next_cursor of the page before; leave the other parameters as they were.",
    )
    page_size = IntegerParameter(default=PAGE_SIZE_DEFAULT, min_value=1, max_value=PAGE_SIZE_MAX)
    item = ItemReferenceField(required=False, help_text="The id or key of an item, there or not.")
    type = TypeReferenceField(required=False, help_text="The id or key of a plugin type: it and its items.")
    actor = serializers.CharField(required=False, max_length=ACTOR_MAX_LENGTH, trim_whitespace=False)
    channel = serializers.ChoiceField(choices=Channel.values, required=False)
    request_id = serializers.RegexField(rf"^{REQUEST_ID_PATTERN}\Z", required=False, trim_whitespace=False)
    ordering = OrderingField(["revision"], required=False)

    def part(self) -> ChangePart:
        """Return which changes are asked for, as the page of changes takes it."""
        given = self.validated_data
        cursor = given.get("cursor")
        return ChangePart(
            item=given.get("item"),
            plugin_type=given.get("type"),
            actor=given.get("actor"),
            channel=given.get("channel"),
            request_id=given.get("request_id"),
            since=given.get("since"),
            after=None if cursor is None else Position(*map(int, cursor.split("."))),
            newest_first=given.get("ordering") == ["-revision"],
            limit=given["page_size"],
        )


def _state(given: dict[str, Any]) -> Presence | None:
    state = given.get("state")
    return None if state is None else Presence(state)
