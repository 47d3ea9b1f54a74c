"""Whatever a host sets for its own views, the API answers the same, byte by byte."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.hosting import REQUESTS

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]
HOSTS: dict[str, dict[str, Any]] = {
    "replies": {
        "REST_FRAMEWORK": {
            "DEFAULT_RENDERER_CLASSES": ["tests.api.hostile.Renderer", "rest_framework.renderers.BrowsableAPIRenderer"],
            "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tests.api.hostile.Negotiation",
            "UNICODE_JSON": False,
            "COMPACT_JSON": False,
            "STRICT_JSON": False,
            "URL_FORMAT_OVERRIDE": "page",
            "FORMAT_SUFFIX_KWARG": "item",
            "DATETIME_FORMAT": "%d.%m.%Y",
        }
    },
    "requests": {
        "REST_FRAMEWORK": {"DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"]},
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 10,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1,
        "DEFAULT_CHARSET": "latin-1",
    },
    "a middleware that reads bodies": {"MIDDLEWARE": ["tests.api.hostile.Middleware"]},
    "everybody": {"REST_FRAMEWORK": {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}},
    "nobody": {
        "REST_FRAMEWORK": {
            "DEFAULT_PERMISSION_CLASSES": ["tests.api.hostile.Denial"],
            "DEFAULT_THROTTLE_CLASSES": ["tests.api.hostile.Throttle", "rest_framework.throttling.ScopedRateThrottle"],
            "UNAUTHENTICATED_USER": None,
        },
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.memcached.NoSuchCache"}},
    },
    "lists": {
        "REST_FRAMEWORK": {
            "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
            "PAGE_SIZE": 1,
            "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
            "SEARCH_PARAM": "name",
            "ORDERING_PARAM": "search",
        }
    },
    "versions": {
        "REST_FRAMEWORK": {
            "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
            "ALLOWED_VERSIONS": ["7"],
            "DEFAULT_METADATA_CLASS": None,
        }
    },
    "errors": {
        "REST_FRAMEWORK": {"EXCEPTION_HANDLER": "tests.api.hostile.handle", "NON_FIELD_ERRORS_KEY": "status"},
        "DEBUG": True,
    },
    "documents": {
        "REST_FRAMEWORK": {"DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema"},
        "SPECTACULAR_SETTINGS": {
            "TITLE": "Host",
            "OAS_VERSION": "3.1.0",
            "COMPONENT_SPLIT_REQUEST": True,
            "CAMELIZE_NAMES": True,
        },
    },
    "slashes": {"APPEND_SLASH": False},
    "clocks": {"USE_TZ": False, "TIME_ZONE": "Asia/Kathmandu"},
    "languages": {
        "LANGUAGE_CODE": "fa",
        "USE_THOUSAND_SEPARATOR": True,
        "TIME_ZONE": "Asia/Kathmandu",
        "MIDDLEWARE": ["django.middleware.locale.LocaleMiddleware"],
    },
    "transactions": {"ATOMIC": True},
    "redirects": {"MIDDLEWARE": ["django.middleware.common.CommonMiddleware"], "DEBUG": True},
}


def ask(changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how a host with these settings answers."""
    process = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.api.hosting", json.dumps(changes)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    answers: list[dict[str, Any]] = json.loads(process.stdout)
    return answers


@pytest.fixture(scope="module")
def usual() -> list[dict[str, Any]]:
    return ask({})


class TestTheUsualHost:
    def test_answers_everything(self, usual: list[dict[str, Any]]) -> None:
        statuses = [each["status"] for each in usual]
        assert statuses[:13] == [200, 200, 200, 200, 200, 400, 400, 400, 200, 200, 404, 200, 200]
        assert statuses[13:25] == [200, 200, 412, 400, 400, 400, 400, 200, 413, 415, 405, 405]
        assert statuses[25:31] == [400, 428, 409, 200, 400, 200]
        assert statuses[31:35] == [200, 410, 200, 200]
        assert statuses[35:43] == [200, 412, 200, 200, 200, 404, 200, 200]
        assert statuses[43:] == [401, 401, 403, 403]


@pytest.mark.parametrize("changes", [pytest.param(changes, id=name) for name, changes in HOSTS.items()])
class TestAHostileHost:
    def test_bends_nothing(self, usual: list[dict[str, Any]], changes: dict[str, Any]) -> None:
        for request, expected, found in zip(REQUESTS, usual, ask(changes), strict=True):
            assert found == expected, request
