"""The endpoints of plugin types."""

from uuid import uuid5

import pytest

from plugin_system import services
from plugin_system.definitions import ROW_NAMESPACE
from plugin_system.models import Change, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.register import register_plugin_type
from tests.api.caller import NOBODY, Caller
from tests.factories import OTP, PRIMARY, new_interface, revisions_made, sync, synced_chain, type_registration

KEY = "tests.host.otp:otp"


class TestListingPluginTypes:
    def test_shows_every_type_with_its_facts(self, api: Caller, otp: PluginType) -> None:
        reply = api.get("plugin-types/")
        assert reply.status == 200
        assert reply.body == {
            "count": 1,
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": str(OTP.row_id),
                    "key": KEY,
                    "manager": "tests.host.otp",
                    "name": "otp",
                    "description": "One-time password delivery",
                    "state": "registered",
                    "revision": otp.revision,
                }
            ],
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["alpha", "beta", "otp"]),
            ({"name": "beta"}, ["beta"]),
            ({"manager": "tests.host.otp"}, ["alpha", "beta", "otp"]),
            ({"manager": "elsewhere"}, []),
            ({"search": "ALP"}, ["alpha"]),
            ({"search": "password"}, ["otp"]),
            ({"search": ""}, ["alpha", "beta", "otp"]),
            ({"search": "%"}, []),
            ({"state": "registered"}, ["alpha", "otp"]),
            ({"state": "missing"}, ["beta"]),
            ({"state": "archived"}, []),
            ({"ordering": "-key"}, ["otp", "beta", "alpha"]),
            ({"ordering": "-name,manager"}, ["otp", "beta", "alpha"]),
            ({"page_size": 2}, ["alpha", "beta"]),
            ({"page_size": 2, "page": 2}, ["otp"]),
            ({"page_size": 2, "page": 3}, []),
        ],
    )
    def test_filters_and_orders(self, api: Caller, registry: None, query: dict, found: list[str]) -> None:
        synced_chain("alpha")
        PluginType.objects.create(manager="tests.host.otp", name="beta")
        reply = api.get("plugin-types/", **query)
        assert [each["name"] for each in reply.body["results"]] == found

    def test_shows_archived_types_when_asked(self, api: Caller) -> None:
        PluginType.objects.create(manager="gone", name="old")
        services.sync_plugins(origin=Origin(), prune=True)
        assert [each["name"] for each in api.get("plugin-types/").body["results"]] == ["otp"]
        (archived,) = api.get("plugin-types/", state="archived").body["results"]
        assert (archived["name"], archived["state"]) == ("old", "archived")

    def test_links_the_pages(self, api: Caller, registry: None) -> None:
        for name in ("alpha", "beta"):
            register_plugin_type(type_registration(name=name, interface=new_interface()))
        sync()
        first = api.get("plugin-types/", page_size=2, search="").body
        assert first["previous"] is None
        assert first["next"] == "http://testserver/api/v1/plugin-types/?page=2&page_size=2&search="
        second = api.get("plugin-types/", page_size=2, page=2).body
        assert second["previous"] == "http://testserver/api/v1/plugin-types/?page=1&page_size=2"
        assert second["next"] is None
        assert second["count"] == 3

    def test_leads_back_from_behind_the_last_page(self, api: Caller) -> None:
        body = api.get("plugin-types/", page=7).body
        assert body["previous"] == "http://testserver/api/v1/plugin-types/?page=1"
        assert body["results"] == []


class TestReadingAPluginType:
    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("reference", [KEY, str(OTP.row_id), str(OTP.row_id).upper(), KEY.replace(":", "%3A")])
    def test_takes_id_and_key_with_and_without_slash(self, api: Caller, reference: str, slash: str) -> None:
        reply = api.get(f"plugin-types/{reference}{slash}")
        assert (reply.status, reply.body["key"]) == (200, KEY)

    def test_has_an_id_that_anybody_can_compute(self, api: Caller) -> None:
        assert api.get(f"plugin-types/{KEY}").body["id"] == str(uuid5(ROW_NAMESPACE, KEY))

    @pytest.mark.parametrize("reference", ["otp", "a:b:c", "x" * 3000, NOBODY, "%00:%00", "%FF", "a/b", "é:ü", " "])
    def test_says_404_for_whatever_is_not_there(self, api: Caller, reference: str) -> None:
        reply = api.get(f"plugin-types/{reference}/")
        assert (reply.status, reply.code) == (404, "not_found")

    def test_does_not_find_archived_types(self, api: Caller) -> None:
        row = PluginType.objects.create(manager="gone", name="old")
        services.sync_plugins(origin=Origin(), prune=True)
        assert api.get(f"plugin-types/{row.pk}/").status == 404


class TestDescribingAPluginType:
    def test_changes_and_records(self, api: Caller, otp: PluginType) -> None:
        with revisions_made() as made:
            reply = api.patch(
                f"plugin-types/{KEY}/",
                {"description": "Codes", "reason": "INC-1"},
                headers={"X-Request-ID": "run-7"},
            )
        (revision,) = made
        assert reply.status == 200
        assert reply.body["revision"] == revision.number
        assert reply.body["changed"] is True
        assert reply.body["dry_run"] is False
        assert reply.body["plugin_type"]["description"] == "Codes"
        assert reply.body["plugin_type"]["revision"] == revision.number
        assert reply.body["resolves"] == [
            {"plugin_type": KEY, "before": str(PRIMARY), "after": str(PRIMARY)},
        ]
        assert reply.tag == f'"{revision.number}"'
        facts = (revision.channel, revision.actor, revision.reason, revision.request_id)
        assert facts == ("api", "anna", "INC-1", "run-7")
        change = Change.objects.get(revision=revision)
        assert (change.before, change.after) == ({"description": otp.description}, {"description": "Codes"})

    @pytest.mark.parametrize("body", [{}, {"description": "One-time password delivery"}, {"reason": "why"}])
    def test_leaves_alone_what_is_so_already(self, api: Caller, otp: PluginType, body: dict) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-types/{KEY}/", body)
        assert made == []
        assert (reply.body["revision"], reply.body["changed"], reply.tag) == (None, False, f'"{otp.revision}"')

    def test_tries_without_doing(self, api: Caller, otp: PluginType) -> None:
        with revisions_made() as made:
            reply = api.patch(f"plugin-types/{KEY}/", {"description": "Codes", "dry_run": True})
        assert made == []
        assert reply.body["plugin_type"]["description"] == "Codes"
        assert (reply.body["revision"], reply.body["changed"], reply.body["dry_run"]) == (None, True, True)
        assert reply.tag == f'"{otp.revision}"'
        assert api.get(f"plugin-types/{KEY}/").body["description"] == otp.description

    def test_keeps_white_space_and_takes_an_empty_text(self, api: Caller) -> None:
        for text in (" a\n b ", ""):
            assert api.patch(f"plugin-types/{KEY}/", {"description": text}).status == 200
            assert api.get(f"plugin-types/{KEY}/").body["description"] == text

    def test_says_404_for_an_unknown_type(self, api: Caller) -> None:
        assert api.patch(f"plugin-types/{NOBODY}/", {"description": "x"}).status == 404
        assert not Revision.objects.filter(channel="api").exists()

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"description": None}, "/description", "null"),
            ({"description": "x" * 10_001}, "/description", "max_length"),
            ({"description": "a\x00b"}, "/description", "null_characters_not_allowed"),
            ({"description": "\ud800"}, "/description", "surrogate_characters_not_allowed"),
            ({"description": ["a"]}, "/description", "invalid"),
            ({"name": "other"}, "/name", "unknown"),
            ({"a/b~c": 1}, "/a~1b~0c", "unknown"),
            ({"reason": "x" * 501}, "/reason", "max_length"),
            ({"dry_run": "perhaps"}, "/dry_run", "invalid"),
            ({"dry_run": None}, "/dry_run", "null"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, api: Caller, body: dict, pointer: str, code: str) -> None:
        reply = api.patch(f"plugin-types/{KEY}/", body)
        assert (reply.status, reply.code) == (400, "invalid")
        assert [(each["pointer"], each["code"]) for each in reply.body["errors"]] == [(pointer, code)]
