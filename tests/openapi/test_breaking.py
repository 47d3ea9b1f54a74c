import copy
from collections.abc import Callable
from typing import Any

import pytest

from openapi.breaking import find_breaks

Document = dict[str, Any]

DOCUMENT: Document = {
    "openapi": "3.0.3",
    "security": [{"bearer": []}],
    "paths": {
        "/items/": {
            "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer", "maximum": 500}}],
            "get": {
                "operationId": "items_list",
                "parameters": [
                    {"in": "query", "name": "status", "schema": {"$ref": "#/components/schemas/Status"}},
                ],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                    },
                    "404": {"description": "Missing"},
                },
            },
            "post": {
                "operationId": "items_change",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ItemInput"}}},
                },
                "responses": {"204": {"description": "Done"}},
            },
        },
    },
    "components": {
        "schemas": {
            "Status": {"type": "string", "enum": ["active", "reserve"]},
            "Item": {
                "type": "object",
                "required": ["id", "tags"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "status": {"allOf": [{"$ref": "#/components/schemas/Status"}], "description": "What it does."},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
            "ItemInput": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "priority": {"type": "integer", "minimum": -5, "maximum": 5},
                    "reason": {"type": "string", "maxLength": 500},
                    "status": {"$ref": "#/components/schemas/Status"},
                },
            },
        }
    },
}


def edited(edit: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    return document


def operation(document: Document, method: str) -> Document:
    return document["paths"]["/items/"][method]


def schema(document: Document, name: str) -> Document:
    return document["components"]["schemas"][name]


BREAKS: dict[str, tuple[Callable[[Document], object], str]] = {
    "operation removed": (lambda d: d["paths"]["/items/"].pop("post"), "POST /items/: the operation is gone."),
    "operation renamed": (lambda d: operation(d, "get").update(operationId="list"), "operationId changed"),
    "security changed": (lambda d: d.update(security=[{"cookie": []}]), "security requirements changed"),
    "parameter removed": (lambda d: operation(d, "get")["parameters"].clear(), "parameter 'status' is gone."),
    "parameter of the path narrowed": (
        lambda d: d["paths"]["/items/"]["parameters"][0]["schema"].update(maximum=100),
        "parameter 'page' has a tighter maximum: 500 became 100.",
    ),
    "parameter added as required": (
        lambda d: operation(d, "get")["parameters"].append(
            {"in": "query", "name": "tenant", "required": True, "schema": {"type": "string"}}
        ),
        "parameter 'tenant' is required now.",
    ),
    "body made required": (
        lambda d: operation(d, "post")["requestBody"].update(required=True),
        "the request body is required now.",
    ),
    "media type of the request removed": (
        lambda d: operation(d, "post")["requestBody"].update(content={}),
        "no longer takes application/json",
    ),
    "input property removed": (
        lambda d: schema(d, "ItemInput")["properties"].pop("reason"),
        "request.reason is refused now.",
    ),
    "input property made required": (
        lambda d: schema(d, "ItemInput").update(required=["reason"]),
        "request.reason is required now.",
    ),
    "input bound tightened": (
        lambda d: schema(d, "ItemInput")["properties"]["priority"].update(minimum=0),
        "request.priority has a tighter minimum: -5 became 0.",
    ),
    "input bound added": (
        lambda d: schema(d, "ItemInput")["properties"]["reason"].update(minLength=1),
        "request.reason has a tighter minLength: none became 1.",
    ),
    "input pattern added": (
        lambda d: schema(d, "ItemInput")["properties"]["reason"].update(pattern="^INC-"),
        "request.reason must match '^INC-' now.",
    ),
    "enum value removed": (lambda d: schema(d, "Status")["enum"].pop(), "no longer takes every value it took"),
    "enum value added to what is read": (
        lambda d: schema(d, "Status")["enum"].append("broken"),
        "response 200.status may have values now that it could not have.",
    ),
    "enum opened in what is read": (
        lambda d: schema(d, "Item")["properties"].update(status={"type": "string"}),
        "response 200.status may have values now",
    ),
    "response removed": (lambda d: operation(d, "get")["responses"].pop("404"), "the response 404 is gone."),
    "response header removed": (
        lambda d: operation(d, "get")["responses"]["200"]["headers"].clear(),
        "response 200 no longer has the header ETag.",
    ),
    "response media type replaced": (
        lambda d: operation(d, "get")["responses"]["200"].update(content={"text/csv": {}}),
        "response 200 no longer comes as application/json.",
    ),
    "response property removed": (
        lambda d: schema(d, "Item")["properties"].pop("id"),
        "response 200.id is gone.",
    ),
    "response property made optional": (
        lambda d: schema(d, "Item").update(required=["id"]),
        "response 200.tags may be absent now.",
    ),
    "response property made nullable": (
        lambda d: schema(d, "Item")["properties"]["id"].update(nullable=True),
        "response 200.id may be null now.",
    ),
    "response property of another type": (
        lambda d: schema(d, "Item")["properties"]["id"].update(type="integer"),
        "response 200.id changed its type from 'string' to 'integer'.",
    ),
    "element of a list of another type": (
        lambda d: schema(d, "Item")["properties"]["tags"]["items"].update(type="integer"),
        "response 200.tags[] changed its type",
    ),
    "schema renamed": (
        lambda d: (
            d["components"]["schemas"].update(State=d["components"]["schemas"].pop("Status"))
            or schema(d, "Item")["properties"].update(status={"$ref": "#/components/schemas/State"})
            or schema(d, "ItemInput")["properties"].update(status={"$ref": "#/components/schemas/State"})
            or operation(d, "get")["parameters"][0].update(schema={"$ref": "#/components/schemas/State"})
        ),
        "The schema Status is gone",
    ),
}

HARMLESS: dict[str, Callable[[Document], object]] = {
    "nothing": lambda d: None,
    "operation added": lambda d: d["paths"].update({"/more/": {"get": {"responses": {}}}}),
    "optional parameter added": lambda d: operation(d, "get")["parameters"].append(
        {"in": "query", "name": "q", "schema": {"type": "string"}}
    ),
    "input property added": lambda d: schema(d, "ItemInput")["properties"].update(force={"type": "boolean"}),
    "input bound relaxed": lambda d: schema(d, "ItemInput")["properties"]["priority"].update(maximum=9),
    "response property added": lambda d: schema(d, "Item")["properties"].update(name={"type": "string"}),
    "response property made certain": lambda d: schema(d, "Item")["required"].append("status"),
    "response added": lambda d: operation(d, "get")["responses"].update({"429": {"description": "Slow down"}}),
    "description rewritten": lambda d: schema(d, "Item").update(description="Something."),
}


class TestFindBreaks:
    @pytest.mark.parametrize(("edit", "line"), BREAKS.values(), ids=BREAKS)
    def test_finds(self, edit: Callable[[Document], object], line: str) -> None:
        assert any(line in found for found in find_breaks(DOCUMENT, edited(edit)))

    @pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
    def test_lets_pass(self, edit: Callable[[Document], object]) -> None:
        assert find_breaks(DOCUMENT, edited(edit)) == []
