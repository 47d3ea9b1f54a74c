"""Plugin items."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from plugin_system import services
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.inputs import BulkPriorityInput, BulkStatusInput, PluginItemInput, PromoteInput
from plugin_system_api.limits import ANSWER_ROWS_MAX
from plugin_system_api.operations import operation
from plugin_system_api.outcomes import written, written_items
from plugin_system_api.pages import page_of
from plugin_system_api.permissions import CHANGE_ITEM, VIEW_ITEM
from plugin_system_api.preconditions import accepted_revisions, tag_of
from plugin_system_api.queries import PluginItemQuery
from plugin_system_api.serializers import (
    BulkWrittenSerializer,
    PluginItemPageSerializer,
    PluginItemSerializer,
    PluginItemWrittenSerializer,
    PromotedSerializer,
)
from plugin_system_api.targets import find_item


class PluginItemViews(ControlPlaneView):
    """The implementations."""

    tag = "plugin-items"
    query: PluginItemQuery

    @operation(
        id="plugin_items_list",
        summary="List the plugin items",
        permissions=(VIEW_ITEM,),
        query=PluginItemQuery,
        answer=PluginItemPageSerializer,
    )
    def list(self, request: Request) -> Response:
        """
        A page of the items, by plugin type, priority, module and name unless told otherwise.

        Archived ones only where state asks for them.
        """
        page = services.list_items(self.query.filter(), **self.query.window())
        return self.answer(PluginItemPageSerializer, page_of(request, page, self.query))

    @operation(
        id="plugin_items_get",
        summary="Read a plugin item",
        permissions=(VIEW_ITEM,),
        answer=PluginItemSerializer,
        etag=True,
    )
    def retrieve(self, request: Request, **target: Any) -> Response:
        """One item. Its ETag is its revision."""
        row = find_item(target["item"])
        return self.unchanged(tag_of(row)) or self.answer(PluginItemSerializer, row, tag_of(row))

    @operation(
        id="plugin_items_update",
        summary="Change a plugin item",
        permissions=(CHANGE_ITEM,),
        body=PluginItemInput,
        answer=PluginItemWrittenSerializer,
        if_match=True,
        errors=(409,),
    )
    def partial_update(self, request: Request, **target: Any) -> Response:
        """Give an item another status, priority or description. One that is so already is left alone."""
        body = self.read_body(PluginItemInput)
        outcome = services.update_item(
            edit=body.edit(find_item(target["item"]).pk),
            origin=self.origin(body),
            if_match=accepted_revisions(request),
            force=body.validated_data["force"],
            dry_run=body.validated_data["dry_run"],
        )
        (item,) = outcome.items
        return self.answer(PluginItemWrittenSerializer, {**written(outcome), **_item(item)}, tag_of(item.item))

    @operation(
        id="plugin_items_promote",
        summary="Let a plugin item serve",
        permissions=(CHANGE_ITEM,),
        body=PromoteInput,
        answer=PromotedSerializer,
        etag=True,
        if_match=True,
        errors=(409,),
    )
    def promote(self, request: Request, **target: Any) -> Response:
        """
        Make an item the one that serves: active, and ahead of the other active ones.

        One that serves already is left alone; one that does not load in the process that answers is refused.
        """
        body = self.read_body(PromoteInput)
        outcome = services.promote(
            item=find_item(target["item"]).pk,
            origin=self.origin(body),
            if_match=accepted_revisions(request),
            force=body.validated_data["force"],
            dry_run=body.validated_data["dry_run"],
        )
        item, *moved = outcome.items
        shown = {"moved": moved[:ANSWER_ROWS_MAX], "truncated": len(moved) > ANSWER_ROWS_MAX}
        return self.answer(PromotedSerializer, {**written(outcome), **_item(item), **shown}, tag_of(item.item))

    @operation(
        id="plugin_items_bulk_status",
        summary="Give many items a status",
        permissions=(CHANGE_ITEM,),
        body=BulkStatusInput,
        answer=BulkWrittenSerializer,
        errors=(409, 428),
    )
    def bulk_status(self, request: Request) -> Response:
        """Give the selected items, at most 500, a status: all or none. Items that have it already are left alone."""
        body = self.read_body(BulkStatusInput)
        plugin_type = None if body.plugin_type is None else services.find_type(body.plugin_type).pk
        outcome = services.set_status(
            items=body.selection(plugin_type),
            status=body.validated_data["status"],
            origin=self.origin(body),
            expected_count=body.validated_data.get("expected_count"),
            force=body.validated_data["force"],
            dry_run=body.validated_data["dry_run"],
        )
        return self.answer(BulkWrittenSerializer, written_items(outcome))

    @operation(
        id="plugin_items_bulk_priority",
        summary="Give many items a priority each",
        permissions=(CHANGE_ITEM,),
        body=BulkPriorityInput,
        answer=BulkWrittenSerializer,
        errors=(409,),
    )
    def bulk_priority(self, request: Request) -> Response:
        """Give the items, at most 500, a priority each: all or none. Items that have it already are left alone."""
        body = self.read_body(BulkPriorityInput)
        outcome = services.edit_items(
            edits=body.edits(), origin=self.origin(body), dry_run=body.validated_data["dry_run"]
        )
        return self.answer(BulkWrittenSerializer, written_items(outcome))


def _item(outcome: services.ItemOutcome) -> dict[str, Any]:
    return {"changed": outcome.changed, "before": outcome.before, "after": outcome.after, "item": outcome.item}
