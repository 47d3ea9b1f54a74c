"""Conditional requests: entity tags, ``If-Match`` and ``If-None-Match``."""

import re

from rest_framework.request import Request

from plugin_system.models import PluginItem, PluginType
from plugin_system.services import Presence, presence_of
from plugin_system_api.conf import app_settings
from plugin_system_api.errors import IfMatchRequiredError, MalformedConditionError

# W/ is ignored: a server that compresses the reply weakens its tag on the way out.
_TAG = r'(?:W/)?"([^"]*)"'
IF_MATCH_PATTERN = rf"\s*(?:\*|{_TAG}(?:\s*,\s*{_TAG})*)\s*"
_IF_MATCH = re.compile(IF_MATCH_PATTERN)
_TAGS = re.compile(_TAG)
_MISSING = f"-{Presence.MISSING.value}"
_REVISION = re.compile(rf"(0|[1-9][0-9]{{0,18}})(?:{_MISSING})?")


def tag_of(row: PluginType | PluginItem) -> str:
    """
    Return the entity tag of a row: its revision.

    A row whose code this process lacks looks otherwise at the same revision, and says so in the tag.
    """
    return f"{row.revision}{_MISSING if presence_of(row) is Presence.MISSING else ''}"


def quoted(tag: str) -> str:
    """Return the tag as the ``ETag`` header has it: a strong one."""
    return f'"{tag}"'


def accepted_revisions(request: Request) -> frozenset[int] | None:
    """
    Return the revisions of the row that ``If-Match`` accepts; ``None`` for any.

    :raises MalformedConditionError: it is no list of entity tags.
    :raises IfMatchRequiredError: there is none and the host demands it.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if app_settings.PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH:
            raise IfMatchRequiredError
        return None
    if not _IF_MATCH.fullmatch(header):
        raise MalformedConditionError
    if header.strip() == "*":
        return None
    found = (_REVISION.fullmatch(tag) for tag in _TAGS.findall(header))
    return frozenset(int(match[1]) for match in found if match)


def is_held(request: Request, tag: str) -> bool:
    """Whether the caller has the representation of that tag already, by ``If-None-Match``."""
    header = request.headers.get("If-None-Match", "").strip()
    return header == "*" or tag in _TAGS.findall(header)
