"""What was done."""

from rest_framework.request import Request
from rest_framework.response import Response

from plugin_system_api.base import ControlPlaneView
from plugin_system_api.feed import read_changes
from plugin_system_api.operations import operation
from plugin_system_api.permissions import VIEW_CHANGE
from plugin_system_api.queries import ChangeQuery
from plugin_system_api.serializers import ChangePageSerializer


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
        revision. Every change comes once. A 410 says that some are forgotten, or that the database went back: read
        everything again, then go on from its start.
        """
        return self.answer(ChangePageSerializer, read_changes(self.query.part()))
