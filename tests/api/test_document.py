"""The OpenAPI document, and the page for people."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugin_system_api.document import PATH
from tests.api.caller import ROOT, Caller
from tests.api.test_permissions import ROUTES

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / PATH.name
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}
# Left out where there is nothing to say; everything else is always there.
OPTIONAL = {"Choice": {"selected"}, "Resolution": {"selected"}, "Problem": {"start"}}
WRITES = sorted(name for name, operation in OPERATIONS.items() if "requestBody" in operation)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def generate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "plugin_system_api.openapi", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestTheDocument:
    def test_is_what_the_code_says_in_every_copy(self) -> None:
        found = generate("--check", str(COMMITTED), str(PATH))
        assert (found.returncode, found.stderr) == (0, "")

    def test_is_the_same_whatever_the_host(self, tmp_path: Path) -> None:
        written = tmp_path / "document.json"
        found = generate(
            str(written), DJANGO_SETTINGS_MODULE="tests.api.hostile", PLUGIN_SYSTEM_TEST_DATABASE="mariadb"
        )
        assert found.returncode == 0, found.stderr
        assert written.read_bytes() == COMMITTED.read_bytes()

    def test_tells_when_a_copy_is_old(self, tmp_path: Path) -> None:
        written = tmp_path / "document.json"
        found = generate("--check", str(written))
        assert (found.returncode, written.exists()) == (1, False)
        assert str(written) in found.stderr

    def test_is_openapi_3_0_3(self) -> None:
        assert DOCUMENT["openapi"] == "3.0.3"

    def test_has_every_operation_but_the_page_for_people(self) -> None:
        assert set(OPERATIONS) == {operation.id for *_, operation in ROUTES} - {"docs"}

    def test_names_the_statuses_after_our_own_choices(self) -> None:
        assert SCHEMAS["PluginStatus"]["enum"] == ["active", "reserve", "disable"]

    def test_asks_for_a_bearer_token(self) -> None:
        assert DOCUMENT["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
        assert all(operation["security"] == [{"bearer": []}] for operation in OPERATIONS.values())

    def test_has_nothing_that_breaks_generators(self) -> None:
        for each in objects(DOCUMENT):
            assert not {"oneOf", "anyOf", "allOf", "not", "x-spec-enum-id"} & set(each)
            if each.get("nullable"):
                assert "$ref" not in each
                assert "enum" not in each

    @pytest.mark.parametrize("name", sorted(SCHEMAS))
    def test_says_of_every_object_what_is_in_it(self, name: str) -> None:
        schema = SCHEMAS[name]
        assert re.fullmatch("[A-Z][A-Za-z]+", name)
        if schema["type"] != "object":
            return
        if name.endswith("Input"):
            assert schema["additionalProperties"] is False
            return
        assert "additionalProperties" not in schema
        assert set(schema["properties"]) - set(schema["required"]) == OPTIONAL.get(name, set())

    @pytest.mark.parametrize("name", sorted(OPERATIONS))
    def test_has_one_form_of_problem_for_every_refusal(self, name: str) -> None:
        replies = OPERATIONS[name]["responses"]
        for status, reply in replies.items():
            assert reply["description"]
            assert "X-Request-ID" in reply["headers"]
            if (name, status) == ("status_get", "503"):
                assert reply["content"] == replies["200"]["content"]
            elif status >= "400":
                (media_type,) = reply["content"]
                assert media_type == "application/problem+json"
                assert reply["content"][media_type]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert {"200", "400", "401", "403"} <= set(replies)

    @pytest.mark.parametrize("name", WRITES)
    def test_says_what_every_write_takes_and_gives(self, name: str) -> None:
        (media_type,) = OPERATIONS[name]["requestBody"]["content"]
        assert media_type == "application/json"
        body = SCHEMAS[OPERATIONS[name]["requestBody"]["content"][media_type]["schema"]["$ref"].rpartition("/")[2]]
        assert {"reason", "dry_run"} <= set(body["properties"])
        replies = OPERATIONS[name]["responses"]
        answer = SCHEMAS[replies["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        assert {"resolves", "revision", "dry_run"} <= set(answer["required"])
        assert "Retry-After" in replies["429"]["headers"]

    @pytest.mark.parametrize("name", ["plugin_items_promote", "plugin_items_update", "plugin_types_update"])
    def test_declares_the_conditions_of_writes(self, name: str) -> None:
        assert "If-Match" in {each["name"] for each in OPERATIONS[name]["parameters"]}
        assert "ETag" in OPERATIONS[name]["responses"]["200"]["headers"]
        assert "ETag" in OPERATIONS[name]["responses"]["412"]["headers"]
        assert "428" in OPERATIONS[name]["responses"]

    @pytest.mark.parametrize(
        "name",
        ["plugin_items_get", "plugin_types_get", "plugin_types_resolve_active", "resolve_active_all", "schema"],
    )
    def test_declares_the_conditions_of_reads(self, name: str) -> None:
        assert "If-None-Match" in {each["name"] for each in OPERATIONS[name]["parameters"]}
        assert "ETag" in OPERATIONS[name]["responses"]["200"]["headers"]
        assert "content" not in OPERATIONS[name]["responses"]["304"]

    def test_is_served_as_it_is(self, api: Caller) -> None:
        reply = api.get("schema/")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
        assert reply.content == COMMITTED.read_bytes()
        assert api.get("schema/", headers={"If-None-Match": reply.tag}).status == 304

    def test_may_be_opened_to_everybody(self, db: None, settings: Any) -> None:
        assert [Caller().get(path).status for path in ("schema/", "docs/")] == [401, 401]
        settings.PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT = True
        assert [Caller().get(path).status for path in ("schema/", "docs/")] == [200, 200]
        assert Caller().get("plugin-types/").status == 401


class TestThePageForPeople:
    def test_loads_nothing_from_elsewhere_and_runs_nothing_inline(self, api: Caller) -> None:
        reply = api.get("docs/")
        page = reply.content.decode()
        assert reply.headers["Content-Type"].startswith("text/html")
        urls = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(urls) == 6
        assert all(url.startswith(("/static/", "/api/v1/")) for url in urls)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>|https?://", page)

    def test_names_scripts_that_are_there(self, api: Caller) -> None:
        from django.contrib.staticfiles import finders

        page = api.get("docs/").content.decode()
        for url in re.findall(r'"/static/([^"]+)"', page):
            assert finders.find(url), url

    def test_tries_out_where_it_is_mounted(self, api: Caller) -> None:
        for slash in ("", "/"):
            page = api.client.get(f"{ROOT}docs{slash}").content.decode()
            assert 'data-base="/api/v1"' in page
            assert re.search('data-csrf-header="X-Csrftoken" data-csrf-token="[^"]{32,}"', page)

    def test_says_what_it_lacks(self, api: Caller, settings: Any) -> None:
        settings.INSTALLED_APPS = [each for each in settings.INSTALLED_APPS if each != "drf_spectacular_sidecar"]
        reply = api.get("docs/")
        assert reply.status == 404
        assert b"django-plugin-control-plane[docs]" in reply.content
        assert b"INSTALLED_APPS" in reply.content

    def test_does_without_the_hosts_templates(self, api: Caller, settings: Any) -> None:
        settings.TEMPLATES = []
        assert api.get("docs/").status == 200
