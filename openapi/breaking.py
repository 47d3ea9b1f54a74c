"""
Say what in an OpenAPI document would break a client that was generated from an older one.

    python openapi/breaking.py OLD NEW

Prints one line per break and exits 1 if there is any. What a client sends may only be widened, what it reads may only
be narrowed; names of operations and schemas stay, because generated code bears them.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Schema = Mapping[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
# Bounds by what makes them tighter: a lower maximum, a higher minimum.
_UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "minLength", "minItems", "minProperties")


class Document:
    """An OpenAPI document with its references resolved on demand."""

    def __init__(self, content: Schema) -> None:
        self.content = content

    def operations(self) -> dict[str, Schema]:
        """Return the operations by method and path, each with the parameters of its path."""
        return {
            f"{method.upper()} {path}": {
                **item[method],
                "parameters": [*item.get("parameters", []), *item[method].get("parameters", [])],
            }
            for path, item in self.content.get("paths", {}).items()
            for method in _METHODS
            if method in item
        }

    def resolve(self, node: Schema) -> Schema:
        """Return the node with its reference followed and its ``allOf`` merged."""
        if "$ref" in node:
            target: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return self.resolve(target)
        merged: dict[str, Any] = {}
        for part in node.get("allOf", ()):
            merged |= self.resolve(part)
        return {**merged, **{key: value for key, value in node.items() if key != "allOf"}}


def find_breaks(old: Schema, new: Schema) -> list[str]:
    """Return, in a sentence each, what would break a client of ``old`` that talks to ``new``."""
    before, after = Document(old), Document(new)
    operations = after.operations()
    found: list[str] = []
    for name, operation in before.operations().items():
        if name in operations:
            found.extend(f"{name}: {each}" for each in _operation(before, operation, after, operations[name]))
        else:
            found.append(f"{name}: the operation is gone.")
    gone = _schemas(old).keys() - _schemas(new).keys()
    found.extend(f"The schema {name} is gone; generated classes bear its name." for name in sorted(gone))
    return found


def _schemas(document: Schema) -> Schema:
    schemas: Schema = document.get("components", {}).get("schemas", {})
    return schemas


def _operation(before: Document, old: Schema, after: Document, new: Schema) -> Iterator[str]:
    if old.get("operationId") != new.get("operationId"):
        yield f"operationId changed from {old.get('operationId')!r} to {new.get('operationId')!r}."
    if old.get("security", before.content.get("security")) != new.get("security", after.content.get("security")):
        yield "the security requirements changed."
    yield from _parameters(before, old, after, new)
    yield from _request(before, old, after, new)
    for status, response in old.get("responses", {}).items():
        if status not in new.get("responses", {}):
            yield f"the response {status} is gone."
        else:
            yield from _response(before, response, after, new["responses"][status], f"response {status}")


def _parameters(before: Document, old: Schema, after: Document, new: Schema) -> Iterator[str]:
    olds, news = (
        {(each["in"], each["name"]): each for each in map(document.resolve, operation["parameters"])}
        for document, operation in ((before, old), (after, new))
    )
    for key, parameter in olds.items():
        place = f"parameter {key[1]!r}"
        if key not in news:
            yield f"{place} is gone."
        else:
            yield from _sent(before, parameter.get("schema", {}), after, news[key].get("schema", {}), place)
    for key, parameter in news.items():
        if parameter.get("required") and not olds.get(key, {}).get("required"):
            yield f"parameter {key[1]!r} is required now."


def _request(before: Document, old: Schema, after: Document, new: Schema) -> Iterator[str]:
    olds, news = before.resolve(old.get("requestBody", {})), after.resolve(new.get("requestBody", {}))
    if news.get("required") and not olds.get("required"):
        yield "the request body is required now."
    for media_type, content in olds.get("content", {}).items():
        if media_type not in news.get("content", {}):
            yield f"the request no longer takes {media_type}."
        else:
            yield from _sent(before, content["schema"], after, news["content"][media_type]["schema"], "request")


def _response(before: Document, old: Schema, after: Document, new: Schema, place: str) -> Iterator[str]:
    olds, news = before.resolve(old), after.resolve(new)
    for name in olds.get("headers", {}).keys() - news.get("headers", {}).keys():
        yield f"{place} no longer has the header {name}."
    for media_type, content in olds.get("content", {}).items():
        if media_type not in news.get("content", {}):
            yield f"{place} no longer comes as {media_type}."
        else:
            schema = news["content"][media_type].get("schema", {})
            yield from _read(before, content.get("schema", {}), after, schema, place)


def _sent(before: Document, old: Schema, after: Document, new: Schema, place: str) -> Iterator[str]:
    """What a client sends: whatever was right must still be."""
    old, new = before.resolve(old), after.resolve(new)
    yield from _type(old, new, place)
    yield from _tightened(old, new, place)
    if old.get("nullable") and not new.get("nullable"):
        yield f"{place} may no longer be null."
    lost = set(old.get("enum", [])) - set(new.get("enum", old.get("enum", [])))
    if lost or ("enum" in new and "enum" not in old):
        yield f"{place} no longer takes every value it took: {sorted(map(str, lost)) or new['enum']}."
    olds, news = old.get("properties", {}), new.get("properties", {})
    for name in sorted(olds.keys() - news.keys()):
        if new.get("additionalProperties") is False:
            yield f"{place}.{name} is refused now."
    for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{place}.{name} is required now."
    for name in sorted(olds.keys() & news.keys()):
        yield from _sent(before, olds[name], after, news[name], f"{place}.{name}")
    if "items" in old and "items" in new:
        yield from _sent(before, old["items"], after, new["items"], f"{place}[]")


def _read(before: Document, old: Schema, after: Document, new: Schema, place: str) -> Iterator[str]:
    """What a client reads: nothing may come that could not come before, and nothing may stay away."""
    old, new = before.resolve(old), after.resolve(new)
    yield from _type(old, new, place)
    if new.get("nullable") and not old.get("nullable"):
        yield f"{place} may be null now."
    if "enum" in old and not set(new.get("enum", [None])) <= set(old["enum"]):
        yield f"{place} may have values now that it could not have."
    olds, news = old.get("properties", {}), new.get("properties", {})
    for name in sorted(olds.keys() - news.keys()):
        yield f"{place}.{name} is gone."
    for name in sorted(set(old.get("required", [])) - set(new.get("required", [])) - (olds.keys() - news.keys())):
        yield f"{place}.{name} may be absent now."
    for name in sorted(olds.keys() & news.keys()):
        yield from _read(before, olds[name], after, news[name], f"{place}.{name}")
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
            yield from _read(before, old[part], after, new[part], f"{place}[]")


def _type(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for word in ("type", "format"):
        if old.get(word) != new.get(word):
            yield f"{place} changed its {word} from {old.get(word)!r} to {new.get(word)!r}."


def _tightened(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for words, sign in ((_UPPER, 1), (_LOWER, -1)):
        for word in words:
            if word in new and (word not in old or sign * new[word] < sign * old[word]):
                yield f"{place} has a tighter {word}: {old.get(word, 'none')} became {new[word]}."
    if new.get("pattern") not in {None, old.get("pattern")}:
        yield f"{place} must match {new['pattern']!r} now."


def _load(path: str) -> Schema:
    text = Path(path).read_text(encoding="utf-8")
    document: Schema = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    return document


def main(arguments: list[str]) -> int:
    """Compare the two files and print the breaks."""
    old, new = arguments
    found = find_breaks(_load(old), _load(new))
    for line in found:
        print(line)
    print(f"{len(found)} breaking changes." if found else "No breaking change.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
