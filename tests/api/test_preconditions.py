"""If-Match and If-None-Match on rows."""

from typing import Any

import pytest

from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from tests.api.caller import Caller
from tests.factories import MODULE, OTP, PRIMARY, revisions_made

PATHS = [f"plugin-items/{PRIMARY}/", f"plugin-types/{OTP}/"]


@pytest.mark.parametrize("path", PATHS)
class TestIfMatch:
    def test_lets_the_change_pass_at_that_revision(self, api: Caller, path: str) -> None:
        tag = api.get(path).tag
        reply = api.patch(path, {"description": "a"}, headers={"If-Match": tag})
        assert reply.status == 200
        assert reply.tag == api.get(path).tag != tag

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"0", {}', '{} , "0"', '"a,b",{}', " {} ", "*", " * "])
    def test_is_read_in_every_form(self, api: Caller, path: str, form: str) -> None:
        header = form.format(api.get(path).tag)
        assert api.patch(path, {"description": "a"}, headers={"If-Match": header}).status == 200

    @pytest.mark.parametrize("tag", ['"0"', 'W/"999999"', '"abc"', '""', '"01"', '"+1"', '"99999999999999999999"'])
    def test_refuses_the_change_at_another_revision(self, api: Caller, path: str, tag: str) -> None:
        now = api.get(path).tag
        with revisions_made() as made:
            reply = api.patch(path, {"description": "a"}, headers={"If-Match": tag})
        assert (reply.status, reply.code, made) == (412, "precondition_failed", [])
        assert reply.pointers == ["If-Match"]
        assert reply.tag == now

    @pytest.mark.parametrize(
        "header", ["", "17", "'17'", '"17', '17"', "W/17", '"1" "2"', "*, *", '*, "1"', "a" * 5000]
    )
    def test_is_refused_where_it_is_malformed(self, api: Caller, path: str, header: str) -> None:
        reply = api.patch(path, {"description": "a"}, headers={"If-Match": header})
        assert (reply.status, reply.code, reply.pointers) == (400, "malformed_condition", ["If-Match"])

    def test_holds_for_a_change_that_would_change_nothing(self, api: Caller, path: str) -> None:
        assert api.patch(path, {}, headers={"If-Match": '"0"'}).status == 412

    def test_is_demanded_where_the_host_does(self, api: Caller, path: str, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH = True
        reply = api.patch(path, {"description": "a"})
        assert (reply.status, reply.code, reply.pointers) == (428, "if_match_required", ["If-Match"])
        assert api.patch(path, {"description": "a"}, headers={"If-Match": "*"}).status == 200


class TestIfMatchElsewhere:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", PATHS[0]),
            ("POST", "sync/"),
            ("POST", "plugin-items/bulk-status/"),
            ("GET", "changes/"),
            ("POST", "changes/1/revert/"),
            ("GET", "status/"),
        ],
    )
    def test_is_refused_and_not_ignored(self, api: Caller, method: str, path: str) -> None:
        reply = api.send(method, path, headers={"If-Match": '"1"'})
        assert (reply.status, reply.code) == (400, "unsupported_condition")


@pytest.mark.parametrize("path", PATHS)
class TestIfNoneMatch:
    def test_gives_304_until_the_row_changes(self, api: Caller, path: str) -> None:
        tag = api.get(path).tag
        reply = api.get(path, headers={"If-None-Match": f"W/{tag}"})
        assert (reply.status, reply.content, reply.tag) == (304, b"", tag)
        assert "Content-Type" not in reply.headers
        api.patch(path, {"description": "a"})
        assert api.get(path, headers={"If-None-Match": tag}).status == 200

    def test_sees_both_of_two_changes_at_once(self, api: Caller, path: str) -> None:
        tags = [api.get(path).tag]
        for text in ("a", "b"):
            api.patch(path, {"description": text})
            reply = api.get(path, headers={"If-None-Match": tags[-1]})
            assert reply.body["description"] == text
            tags.append(reply.tag)


class TestTheTagOfARowWithoutCode:
    def test_differs_from_that_of_the_row_with_code(self, api: Caller, registry: None) -> None:
        path = f"plugin-items/{PRIMARY}/"
        tag = api.get(path).tag
        plugin_registry.remove_item(PRIMARY)
        reply = api.get(path, headers={"If-None-Match": tag})
        assert (reply.status, reply.body["state"]) == (200, "missing")
        assert api.patch(path, {"priority": 1}, headers={"If-Match": reply.tag}).status == 200

    def test_may_be_given_as_the_bare_revision(self, api: Caller, otp: PluginType) -> None:
        row = PluginItem.objects.create(plugin_type=otp, module=MODULE, name="lost")
        reply = api.patch(f"plugin-items/{row.pk}/", {"priority": 1}, headers={"If-Match": f'"{row.revision}"'})
        assert reply.status == 200
