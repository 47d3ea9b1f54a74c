"""What was done, and undoing it."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from plugin_system import services
from plugin_system.services import Outcome
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.feed import read_changes
from plugin_system_api.inputs import RevertInput
from plugin_system_api.limits import ANSWER_ROWS_MAX
from plugin_system_api.operations import operation
from plugin_system_api.outcomes import written_items
from plugin_system_api.permissions import CHANGE_ITEM, CHANGE_TYPE, VIEW_CHANGE, may
from plugin_system_api.queries import ChangeQuery
from plugin_system_api.serializers import ChangePageSerializer, RevertedSerializer
from plugin_system_api.targets import read_revision


class ChangeViews(ControlPlaneView):
    """The record of changes."""

    tag = "changes"
    query: ChangeQuery

    @operation(
        id="changes_list",
        summary="Follow the changes",
        permissions=(VIEW_CHANGE,),
        query=ChangeQuery,
        answer=ChangePageSerializer,
        errors=(410,),
    )
    def list(self, request: Request) -> Response:
        """
        A page of changes, one entry per row that a revision touched, in the order of commits.

        To follow: read pages by next_cursor until it is null, then ask again with since set to the last page's
        revision. Every change comes once. A 410 says that some are forgotten, or that the database went back behind
        since: read everything again, then go on from its start. After a restored backup do so in any case: once its
        revisions have caught up nothing tells them from those that are gone.
        """
        return self.answer(ChangePageSerializer, read_changes(self.query.part()))

    @operation(
        id="changes_revert",
        summary="Undo a revision",
        permissions=(CHANGE_ITEM,),
        body=RevertInput,
        answer=RevertedSerializer,
        errors=(409,),
    )
    def revert(self, request: Request, **target: Any) -> Response:
        """
        Give the rows that a revision touched the status, priority and description back that they had before it.

        That is a new revision. A 409 names the rows that have changed since. Where the revision described plugin
        types, the permission to change those is needed too.
        """
        body = self.read_body(RevertInput)
        revision = read_revision(target["revision"])
        if not may(request, CHANGE_TYPE) and services.describes_types(revision):
            raise PermissionDenied("You may change items, but not plugin types, and the revision changed one.")
        outcome = services.revert(
            revision=revision,
            origin=self.origin(body),
            force=body.validated_data["force"],
            dry_run=body.validated_data["dry_run"],
        )
        return self.answer(RevertedSerializer, _reverted(outcome))


def _reverted(outcome: Outcome) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {
        "items": [*outcome.changed, *outcome.unchanged],
        "plugin_types": outcome.plugin_types,
        "resolves": outcome.resolves,
    }
    return {
        **written_items(outcome),
        **{name: rows[:ANSWER_ROWS_MAX] for name, rows in lists.items()},
        "truncated": any(len(rows) > ANSWER_ROWS_MAX for rows in lists.values()),
    }
