"""What every view of the API has in common, whatever the host has set for its own."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import connections, transaction
from django.http import HttpResponseBase
from django.utils import translation
from rest_framework.exceptions import ErrorDetail, NotAuthenticated, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSet

from plugin_system.origins import Origin
from plugin_system_api.errors import UnsupportedConditionError
from plugin_system_api.forms import Input, Query, WriteInput
from plugin_system_api.operations import Operation
from plugin_system_api.origins import REQUEST_ID_HEADER, origin_of, request_id_of
from plugin_system_api.parsing import BoundedJSONParser, refuse_unmeasured
from plugin_system_api.permissions import OperationPermission, is_logged_in
from plugin_system_api.preconditions import is_held, quoted
from plugin_system_api.problems import render_problem
from plugin_system_api.rendering import OnlyOneForm, PlainJSONRenderer
from plugin_system_api.schema import OperationSchema
from plugin_system_api.throttles import WriteThrottle

InputT = TypeVar("InputT", bound=Input)


class ControlPlaneView(ViewSet):
    """
    Pins everything that a host could set for its own views, but for the authentication, which is the host's.

    A view method declares its operation; this class enforces it before the method runs.
    """

    renderer_classes = (PlainJSONRenderer,)
    parser_classes = (BoundedJSONParser,)
    permission_classes = (OperationPermission,)
    throttle_classes = (WriteThrottle,)
    content_negotiation_class = OnlyOneForm
    metadata_class = None
    versioning_class = None
    schema = OperationSchema()
    http_method_names = ["get", "head", "patch", "post"]  # noqa: RUF012
    tag: ClassVar[str]
    body = Input()
    query: Query

    @classmethod
    def as_view(cls, actions: Any = None, **options: Any) -> Any:
        """Return the view; each service brings its own transaction, so that ATOMIC_REQUESTS must not add another."""
        view: Any = super().as_view(actions, **options)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    @property
    def operation(self) -> Operation | None:
        """What the request asks for; ``None`` where the method is not allowed."""
        method = getattr(self, self.action or "", None)
        return getattr(method, "operation", None)

    @cached_property
    def request_id(self) -> str:
        """The id under which the reply and the record of a change are found again."""
        return request_id_of(self.request)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in English, whatever language the host or the client speaks."""
        with translation.override(None):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what the operation does not allow, before the view method runs."""
        super().initial(request, *args, **kwargs)
        if self.operation is None:
            return
        if self.operation.body is not None:
            refuse_unmeasured(request)
        if "If-Match" in request.headers and not self.operation.if_match:
            raise UnsupportedConditionError
        self.query = self.operation.query.read(request.META.get("QUERY_STRING", ""))

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        """Ask who it is before saying that it may not."""
        if not is_logged_in(request):
            raise NotAuthenticated
        super().permission_denied(request, message, code)

    def get_authenticate_header(self, request: Request) -> str:
        """Return how to authenticate, so that a 401 never becomes a 403: of the host's first way that says so."""
        headers = (each.authenticate_header(request) for each in self.get_authenticators())
        return next((header for header in headers if header), "Session")

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return our own, so that the host's ``EXCEPTION_HANDLER`` keeps to its own views."""
        return render_problem

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Put what every reply has on it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response[REQUEST_ID_HEADER] = self.request_id
        response["Cache-Control"] = "private, no-cache"
        return response

    def read_body(self, form: type[InputT]) -> InputT:
        """
        Return the request's body, validated.

        :raises ValidationError: it is not what the form says.
        """
        if not isinstance(self.request.data, dict):
            raise ValidationError([ErrorDetail("The body must be an object.", "not_an_object")])
        body = form(data=self.request.data)
        body.is_valid(raise_exception=True)
        self.body = body
        return body

    def origin(self, body: WriteInput) -> Origin:
        """Return who makes the change, and why."""
        return origin_of(self.request, reason=body.validated_data["reason"], request_id=self.request_id)

    def answer(self, serializer: type[BaseSerializer[Any]], value: Any, tag: str | None = None) -> Response:
        """Return the reply that shows ``value``, under the entity tag, if there is one."""
        return Response(serializer(value).data, headers={} if tag is None else {"ETag": quoted(tag)})

    def unchanged(self, tag: str | None) -> Response | None:
        """Return the 304 for a caller who has the representation of that tag already."""
        if tag is None or not is_held(self.request, tag):
            return None
        return Response(status=304, headers={"ETag": quoted(tag)})
