"""How drf-spectacular describes our operations, in our document and in a host's own."""

import json
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from plugin_system_api.fields import ITEM_PATTERN, REVISION_SCHEMA, TYPE_PATTERN, OrderingField
from plugin_system_api.forms import Form, Input
from plugin_system_api.limits import REVISION_MAX
from plugin_system_api.operations import Operation
from plugin_system_api.origins import REQUEST_ID_HEADER, REQUEST_ID_PATTERN
from plugin_system_api.preconditions import IF_MATCH_PATTERN
from plugin_system_api.rendering import PROBLEM_MEDIA_TYPE
from plugin_system_api.serializers import ProblemSerializer


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


# No database keeps a NUL.
_TEXT_PATTERN = r"^[^\u0000]*$"
_PATHS: dict[str, tuple[dict[str, Any], str]] = {
    "type": (_text(TYPE_PATTERN), "The id of the row, or its key, manager:name, as in apps.otp:otp."),
    "item": (
        _text(ITEM_PATTERN),
        "The id of the row, or its key, manager:type/module:name, as in apps.otp:otp%2Fapps.otp_sms:sms_ir.",
    ),
    "revision": ({**REVISION_SCHEMA, "maximum": REVISION_MAX}, "The number of a revision, as changes have it."),
}
_STATUSES = {
    200: "Done.",
    304: "You have it already, by If-None-Match.",
    400: "The request is wrong; do not send it again as it is.",
    401: "Nobody is logged in.",
    403: "You may not.",
    404: "What the URL names is not there.",
    409: "The registry is not as you assume; read again, then decide. Nothing was changed.",
    410: "The history cannot be followed from there; start says from where it can.",
    412: "The row is at another revision than If-Match demands; ETag has the present one. Nothing was changed.",
    413: "The body has more than 256 KiB.",
    415: "The body is no application/json.",
    428: "A condition is required: If-Match, or expected_count.",
    429: "Too many writes; Retry-After says when the next may come, in seconds.",
    503: "Not all is well: a plugin type that has items has nothing usable.",
}


class OperationSchema(AutoSchema):
    """Describes a view method by the operation that it declares."""

    @property
    def _operation(self) -> Operation:
        view: Any = self.view
        found: Operation = view.operation
        return found

    def is_excluded(self) -> bool:
        """Leave out what is for people."""
        return self._operation.answer is None

    def get_tags(self) -> list[str]:
        """Return the tag that the view states."""
        view: Any = self.view
        return [view.tag]

    def get_operation_id(self) -> str:
        """Return the id that the operation states."""
        return self._operation.id

    def get_summary(self) -> str:
        """Return the summary that the operation states."""
        return self._operation.summary

    def get_request_serializer(self) -> Any:
        """Return the form of the body."""
        return self._operation.body

    def get_response_serializers(self) -> Any:
        """Return the form of the reply of each status."""
        operation = self._operation
        replies: dict[Any, Any] = {
            (200, "application/json"): OpenApiResponse(operation.answer, description=_STATUSES[200])
        }
        if operation.bad_answer is not None:
            text = _STATUSES[operation.bad_answer]
            replies[operation.bad_answer, "application/json"] = OpenApiResponse(operation.answer, description=text)
        if operation.etag and operation.body is None:
            replies[304] = OpenApiResponse(description=_STATUSES[304])
        for status in self._error_statuses():
            replies[status, PROBLEM_MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, description=_STATUSES[status])
        return replies

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters in path, query and headers, and the headers of replies."""
        operation = self._operation
        parameters: list[Any] = [operation.query] if operation.query().fields else []
        parameters.extend(
            _ordering(name, field) for name, field in operation.query().fields.items() if _is_ordering(field)
        )
        for name, (schema, text) in _PATHS.items():
            if f"{{{name}}}" in self.path:
                parameters.append(_parameter(name, OpenApiParameter.PATH, schema, text, required=True))
        parameters.extend(_request_headers(operation))
        parameters.extend(_reply_headers(operation))
        return parameters

    def _error_statuses(self) -> list[int]:
        operation = self._operation
        found = {400, 401, 403, *operation.errors}
        if any(f"{{{name}}}" in self.path for name in _PATHS):
            found.add(404)
        if operation.body is not None:
            found |= {413, 415, 429}
        if operation.if_match:
            found |= {412, 428}
        return sorted(found)

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # Lists come in pages, which have forms of their own.

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        untyped: Any = super()
        schema = untyped._map_serializer_field(field, direction, bypass_extensions)
        schema.pop("x-spec-enum-id", None)
        return schema

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        # A PATCH has a form of its own, which says itself what may be left out: no second, "patched" one.
        return self.resolve_serializer(serializer(), direction).ref, True

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        untyped: Any = super()
        schema = untyped._map_basic_serializer(serializer, direction)
        form = serializer() if isinstance(serializer, type) else serializer
        if isinstance(form, Form):
            schema["additionalProperties"] = False
            if isinstance(form, Input):
                for member in schema.get("properties", {}).values():
                    _tell_default(member)
            if form.fewest_members:
                schema["minProperties"] = form.fewest_members
        return schema

    def _insert_field_validators(self, field: Any, schema: Any) -> None:
        untyped: Any = super()
        untyped._insert_field_validators(field, schema)
        if isinstance(field, serializers.CharField) and isinstance(field.parent, Form) and "$ref" not in schema:
            if not field.allow_blank:
                schema["minLength"] = 1
            schema.setdefault("pattern", _TEXT_PATTERN)


def _tell_default(member: dict[str, Any]) -> None:
    """Say in words what a left-out member counts as: generators take one with a default for one that must be sent."""
    default = member.pop("default", "")
    if default != "":
        member["description"] = f"{member['description']} Left out, it is {json.dumps(default)}."


def _is_ordering(field: Any) -> bool:
    return isinstance(field, OrderingField)


def _ordering(name: str, field: Any) -> OpenApiParameter:
    words: Any = {"type": "array", "items": {"type": "string", "enum": field.words}, "minItems": 1}
    return OpenApiParameter(
        name,
        type=words,
        explode=False,
        style="form",
        description="What to order by, with commas between; a minus turns one round. Ties are broken by the id.",
    )


def _parameter(name: str, location: Any, schema: Any, text: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, type=schema, location=location, description=text, **more)


def _request_headers(operation: Operation) -> list[OpenApiParameter]:
    header: Any = OpenApiParameter.HEADER
    found = [
        _parameter(
            REQUEST_ID_HEADER,
            header,
            _text(f"^{REQUEST_ID_PATTERN}$"),
            "Your id of the request; the reply and the record have it.",
        )
    ]
    if operation.if_match:
        text = "The ETag of the row as you have seen it, a list of such, or *. W/ is ignored."
        found.append(_parameter("If-Match", header, _text(f"^{IF_MATCH_PATTERN}$"), text))
    elif operation.etag:
        text = "The ETag of an earlier reply; the same gives 304."
        found.append(OpenApiParameter("If-None-Match", type=str, location=header, description=text))
    return found


def _reply_headers(operation: Operation) -> list[OpenApiParameter]:
    def header(name: str, text: str, statuses: Any) -> OpenApiParameter:
        return OpenApiParameter(name, type=str, location=OpenApiParameter.HEADER, description=text, response=statuses)

    found = [header(REQUEST_ID_HEADER, "The id of the request.", True)]
    if operation.etag:
        found.append(header("ETag", "The entity tag of what was read or written.", [200, 304]))
    if operation.if_match:
        found.append(header("ETag", "The entity tag of the row.", [200, 412]))
    if operation.body is not None:
        found.append(header("Retry-After", "Seconds to wait.", [429]))
    found.append(header("WWW-Authenticate", "How to authenticate.", [401]))
    return found
