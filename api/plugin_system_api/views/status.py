"""The state of the whole."""

from rest_framework.request import Request
from rest_framework.response import Response

from plugin_system import services
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.operations import operation
from plugin_system_api.permissions import VIEW_TYPE
from plugin_system_api.statuses import StatusSerializer


class StatusViews(ControlPlaneView):
    """For people and monitors that poll."""

    tag = "status"

    @operation(
        id="status_get",
        summary="Tell whether all is well",
        permissions=(VIEW_TYPE,),
        answer=StatusSerializer,
        bad_answer=503,
    )
    def retrieve(self, request: Request) -> Response:
        """
        What serves for each plugin type, how rows and code differ, and how fresh the process is that answers.

        503, with the same body, when a plugin type that is registered and has items has nothing usable. Cheap enough
        to poll each second.
        """
        status = services.read_status()
        reply = self.answer(StatusSerializer, status)
        reply.status_code = 200 if status.healthy else 503
        return reply
