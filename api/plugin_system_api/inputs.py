"""The bodies of requests, and what each hands to its service."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from plugin_system.choices import NAME_MAX_LENGTH, PRIORITY_MAX, PRIORITY_MIN, SyncMode
from plugin_system.services import ItemEdit, ItemSelection
from plugin_system_api.errors import ExpectedCountRequiredError
from plugin_system_api.fields import (
    BoundedListField,
    PluginStatusField,
    RevisionField,
    RowIdField,
    SyncModeField,
    TypeReferenceField,
)
from plugin_system_api.forms import Input, WriteInput
from plugin_system_api.limits import BULK_MAX, DESCRIPTION_MAX_LENGTH

_FORCE = "Do it even if a plugin type is left with no usable item."


class PluginTypeInput(WriteInput):
    """What to change on a plugin type; what is left out stays."""

    description = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=DESCRIPTION_MAX_LENGTH
    )


class PluginItemInput(WriteInput):
    """What to change on an item; what is left out stays."""

    status = PluginStatusField(required=False)
    priority = serializers.IntegerField(
        required=False, min_value=PRIORITY_MIN, max_value=PRIORITY_MAX, help_text="Lower wins."
    )
    description = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=DESCRIPTION_MAX_LENGTH
    )
    force = serializers.BooleanField(default=False, help_text=_FORCE)

    def edit(self, item: UUID) -> ItemEdit:
        """Return the edit of that item."""
        given = self.validated_data
        return ItemEdit(
            item=item,
            status=given.get("status"),
            priority=given.get("priority"),
            description=given.get("description"),
        )


class SelectionInput(Input):
    """Which items are meant: those that every member fits; at least one is needed."""

    fewest_members = 1

    ids = BoundedListField(child=RowIdField(), required=False, min_length=1, max_length=BULK_MAX)
    plugin_type = TypeReferenceField(required=False, help_text="The id or key of a plugin type.")
    module = serializers.CharField(required=False, max_length=NAME_MAX_LENGTH, trim_whitespace=False)
    status = PluginStatusField(required=False)


class BulkStatusInput(WriteInput):
    """Which items get which status."""

    select = SelectionInput()
    status = PluginStatusField()
    expected_count = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=BULK_MAX,
        help_text="How many items you mean to select. Required where select has no ids and it is no dry run.",
    )
    force = serializers.BooleanField(default=False, help_text=_FORCE)

    def validate(self, attrs: Any) -> Any:
        """Demand the expected count where the selection alone could be any number of rows."""
        if "ids" not in attrs["select"] and "expected_count" not in attrs and not attrs["dry_run"]:
            raise ExpectedCountRequiredError
        return attrs

    @property
    def plugin_type(self) -> str | None:
        """The id or key of the plugin type in the selection, if there is one."""
        reference = self.validated_data["select"].get("plugin_type")
        return None if reference is None else str(reference)

    def selection(self, plugin_type: UUID | None) -> ItemSelection:
        """Return the selection, given the id of its plugin type."""
        given = self.validated_data["select"]
        ids = given.get("ids")
        return ItemSelection(
            ids=None if ids is None else tuple(ids),
            plugin_type=plugin_type,
            module=given.get("module"),
            status=given.get("status"),
            at_most=BULK_MAX,
        )

    def pointer_to(self, row_id: str) -> str:
        """Return where the body names the row; the type goes by its reference."""
        ids = [str(each) for each in self.validated_data["select"].get("ids", ())]
        return f"/select/ids/{ids.index(row_id)}" if row_id in ids else "/select/plugin_type"


class PriorityInput(Input):
    """One item's priority; revision is the one the caller has seen, if it matters."""

    id = RowIdField()
    priority = serializers.IntegerField(min_value=PRIORITY_MIN, max_value=PRIORITY_MAX, help_text="Lower wins.")
    revision = RevisionField(required=False)


class BulkPriorityInput(WriteInput):
    """Which items get which priority."""

    items = BoundedListField(child=PriorityInput(), min_length=1, max_length=BULK_MAX)

    def edits(self) -> list[ItemEdit]:
        """Return the edits."""
        return [
            ItemEdit(item=each["id"], priority=each["priority"], revision=each.get("revision"))
            for each in self.validated_data["items"]
        ]

    def pointer_to(self, row_id: str) -> str:
        """Return where the body names the row."""
        ids = [str(each["id"]) for each in self.validated_data["items"]]
        return f"/items/{ids.index(row_id)}" if row_id in ids else "/items"


class PromoteInput(WriteInput):
    """How to make an item the one that serves."""

    force = serializers.BooleanField(
        default=False, help_text="Do it although the item's class could not be instantiated lately."
    )


class RevertInput(WriteInput):
    """How to undo a revision."""

    force = serializers.BooleanField(
        default=False,
        help_text="Write over what has changed since, even if a plugin type is left with no usable item.",
    )


class SyncInput(WriteInput):
    """How to sync rows with code."""

    mode = SyncModeField(
        default=SyncMode.CREATE.value,
        help_text="create leaves existing rows alone; update refreshes description and stated priority from code.",
    )
    prune = serializers.BooleanField(default=False, help_text="Archive rows whose app is not installed.")
    prune_missing = serializers.BooleanField(
        default=False, help_text="Archive every row whose code the answering process lacks."
    )
