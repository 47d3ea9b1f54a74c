"""Plugin types, and what they resolve to."""

from collections.abc import Callable
from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from plugin_system import services
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.inputs import PluginTypeInput
from plugin_system_api.operations import operation
from plugin_system_api.pages import page_of
from plugin_system_api.permissions import CHANGE_TYPE, VIEW_ITEM, VIEW_TYPE
from plugin_system_api.preconditions import accepted_revisions, tag_of
from plugin_system_api.queries import PluginTypeQuery
from plugin_system_api.resolutions import FORMAT, choice_data, resolution_data
from plugin_system_api.serializers import (
    ChoicesSerializer,
    PluginTypePageSerializer,
    PluginTypeSerializer,
    PluginTypeWrittenSerializer,
    ResolutionSerializer,
)
from plugin_system_api.targets import find_type, find_type_with_state


class PluginTypeViews(ControlPlaneView):
    """What is swappable."""

    tag = "plugin-types"
    query: PluginTypeQuery

    @operation(
        id="plugin_types_list",
        summary="List the plugin types",
        permissions=(VIEW_TYPE,),
        query=PluginTypeQuery,
        answer=PluginTypePageSerializer,
    )
    def list(self, request: Request) -> Response:
        """A page of the plugin types, by key unless told otherwise. Archived ones only where state asks for them."""
        page = services.list_types(self.query.filter(), **self.query.window())
        return self.answer(PluginTypePageSerializer, page_of(request, page, self.query))

    @operation(
        id="plugin_types_get",
        summary="Read a plugin type",
        permissions=(VIEW_TYPE,),
        answer=PluginTypeSerializer,
        etag=True,
    )
    def retrieve(self, request: Request, **target: Any) -> Response:
        """One plugin type. Its ETag is its revision."""
        row = find_type(target["type"])
        return self.unchanged(tag_of(row)) or self.answer(PluginTypeSerializer, row, tag_of(row))

    @operation(
        id="plugin_types_update",
        summary="Describe a plugin type",
        permissions=(CHANGE_TYPE,),
        body=PluginTypeInput,
        answer=PluginTypeWrittenSerializer,
        if_match=True,
        errors=(409,),
    )
    def partial_update(self, request: Request, **target: Any) -> Response:
        """Give a plugin type another description. One that has it already is left alone."""
        body = self.read_body(PluginTypeInput)
        outcome = services.update_type(
            plugin_type=find_type(target["type"]).pk,
            description=body.validated_data.get("description"),
            origin=self.origin(body),
            if_match=accepted_revisions(request),
            dry_run=body.validated_data["dry_run"],
        )
        return self.answer(PluginTypeWrittenSerializer, outcome, tag_of(outcome.plugin_type))

    @operation(
        id="plugin_types_resolve_active",
        summary="Explain what a plugin type resolves to",
        permissions=(VIEW_TYPE, VIEW_ITEM),
        answer=ResolutionSerializer,
        etag=True,
    )
    def resolve_active(self, request: Request, **target: Any) -> Response:
        """The chain of a plugin type in the process that answers: every item, best first, and whether it serves."""
        row, state = find_type_with_state(target["type"])

        def explain() -> dict[str, Any]:
            return resolution_data(services.explain_type(row, dated=True))

        return self._explained(ResolutionSerializer, explain, partial(services.explanation_tag, state, row))

    @operation(
        id="resolve_active_all",
        summary="Tell what every plugin type resolves to",
        permissions=(VIEW_TYPE, VIEW_ITEM),
        answer=ChoicesSerializer,
        etag=True,
    )
    def resolve_active_all(self, request: Request) -> Response:
        """The choice of every plugin type in the process that answers, sorted by key, all in one reply."""
        state = services.read_state()

        def explain() -> dict[str, Any]:
            return {
                "revision": state.number,
                "fingerprint": services.fingerprint(),
                "plugin_types": [choice_data(each) for each in services.explain_all(dated=True)],
            }

        return self._explained(ChoicesSerializer, explain, partial(services.explanation_tag, state))

    def _explained(
        self,
        serializer: type[BaseSerializer[Any]],
        explain: Callable[[], dict[str, Any]],
        tag_now: Callable[[], str | None],
    ) -> Response:
        """Answer with an explanation under its tag, or with 304 to a caller who has it already."""
        before = tag_now()
        tag = None if before is None else f"{before}-{FORMAT}"
        reply = self.unchanged(tag)
        if reply is not None:
            return reply
        explained = explain()
        # What failed meanwhile is told in it, and must not be kept under the tag of when all was well.
        return self.answer(serializer, explained, tag if tag_now() == before else None)
