"""The feed of changes."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from plugin_system.origins import Origin
from tests.api.caller import NOBODY, Caller
from tests.factories import MODULE, OTP, PRIMARY, SECONDARY, set_status

KEY = str(OTP)


def now() -> int:
    return RevisionCounter.objects.get().value


def keys(reply: Any) -> list[str]:
    return [each["key"] for each in reply.body["results"]]


def follow(api: Caller, **query: Any) -> list[Any]:
    """Return every entry of the feed, page by page."""
    found, cursor = [], {}
    while True:
        reply = api.get("changes/", **query, **cursor)
        assert reply.status == 200
        found.extend(reply.body["results"])
        if reply.body["next_cursor"] is None:
            return found
        cursor = {"cursor": reply.body["next_cursor"]}


class TestTheFeedOfChanges:
    def test_says_who_when_why_and_what_it_did(self, api: Caller) -> None:
        since = now()
        api.patch(
            f"plugin-items/{PRIMARY}/",
            {"status": "disable", "reason": "INC-12"},
            headers={"X-Request-ID": "run-7"},
        )
        reply = api.get("changes/", since=since)
        revision, change = Revision.objects.get(number=since + 1), Change.objects.get(revision=since + 1)
        assert (reply.body["revision"], reply.body["next_cursor"]) == (since + 1, None)
        assert reply.body["results"] == [
            {
                "id": change.pk,
                "revision": since + 1,
                "created_at": revision.created_at.isoformat().replace("+00:00", "Z"),
                "channel": "api",
                "actor": "anna",
                "reason": "INC-12",
                "request_id": "run-7",
                "action": "update",
                "kind": "item",
                "key": str(PRIMARY),
                "row_id": str(PRIMARY.row_id),
                "before": {"status": "active"},
                "after": {"status": "disable"},
                "resolves": [{"plugin_type": KEY, "before": str(PRIMARY), "after": str(SECONDARY)}],
            }
        ]

    def test_starts_with_the_oldest_that_is_kept(self, api: Caller) -> None:
        body = api.get("changes/", page_size=1).body
        assert body["results"][0]["revision"] == Revision.objects.order_by("number").first().number  # type: ignore[union-attr]
        assert body["results"][0]["action"] == "create"
        assert body["results"][0]["before"] == {}

    def test_names_what_became_of_a_row(self, api: Caller, otp: PluginType) -> None:
        since = now()
        row = PluginItem.objects.create(plugin_type=otp, module="gone", name="old")
        services.sync_plugins(origin=Origin(), prune=True)
        PluginItem.all_objects.filter(pk=row.pk).update(archived=None)
        row.delete()
        actions = [each["action"] for each in api.get("changes/", since=since).body["results"]]
        assert actions == ["create", "archive", "restore", "delete"]

    def test_has_nothing_new_for_who_is_up_to_date(self, api: Caller) -> None:
        reply = api.get("changes/", since=now())
        assert reply.body == {"revision": now(), "next_cursor": None, "results": []}

    @pytest.mark.parametrize("page_size", [1, 2, 3, 500])
    def test_comes_to_an_end_within_a_big_revision_too(self, api: Caller, otp: PluginType, page_size: int) -> None:
        since = now()
        PluginItem.objects.bulk_create(
            PluginItem(plugin_type=otp, module=MODULE, name=f"n{number}") for number in range(7)
        )
        set_status("primary", PluginStatus.DISABLED)
        found = follow(api, since=since, page_size=page_size)
        assert [each["revision"] for each in found] == [since + 1] * 7 + [since + 2]
        assert len({each["id"] for each in found}) == 8

    @pytest.mark.parametrize("page_size", [1, 2, 500])
    def test_can_be_read_newest_first(self, api: Caller, page_size: int) -> None:
        since = now()
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE, PluginStatus.RESERVED):
            set_status("primary", status)
        found = follow(api, since=since, page_size=page_size, ordering="-revision")
        assert [each["revision"] for each in found] == [since + 3, since + 2, since + 1]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"item": str(PRIMARY)}, [str(PRIMARY)]),
            ({"item": str(PRIMARY.row_id)}, [str(PRIMARY)]),
            ({"item": f"{KEY}/{MODULE}:nobody"}, []),
            ({"item": NOBODY}, []),
            ({"type": KEY}, [str(PRIMARY), str(SECONDARY), KEY]),
            ({"type": str(OTP.row_id)}, [str(PRIMARY), str(SECONDARY), KEY]),
            ({"type": "no:such"}, []),
            ({"type": NOBODY}, []),
            ({"actor": "anna"}, [KEY]),
            ({"actor": "ops"}, [str(PRIMARY)]),
            ({"channel": "api"}, [KEY]),
            ({"channel": "code", "item": str(SECONDARY)}, [str(SECONDARY)]),
            ({"channel": "admin"}, []),
            ({"request_id": "run-7"}, [KEY]),
            ({"request_id": "run-8"}, []),
        ],
    )
    def test_filters(self, api: Caller, query: dict[str, Any], found: list[str]) -> None:
        since = now()
        Revision.objects.filter(number__lte=since).update(channel=Channel.MIGRATE)
        set_status("primary", PluginStatus.DISABLED)
        PluginItem.objects.filter(name="secondary").update(priority=3)
        api.patch(f"plugin-types/{KEY}/", {"description": "x"}, headers={"X-Request-ID": "run-7"})
        assert keys(api.get("changes/", since=since, **query)) == found

    def test_tells_where_to_go_on_although_nothing_fits(self, api: Caller) -> None:
        since = now()
        set_status("primary", PluginStatus.DISABLED)
        assert api.get("changes/", since=since, actor="nobody").body["revision"] == since + 1

    def test_keeps_the_history_of_rows_that_are_gone(self, api: Caller, otp: PluginType) -> None:
        row = PluginItem.objects.create(plugin_type=otp, module=MODULE, name="lost")
        key = str(row.key)
        row.delete()
        for reference in (key, str(row.key.row_id)):
            assert keys(api.get("changes/", item=reference)) == [key, key]

    def test_says_gone_to_who_is_ahead(self, api: Caller) -> None:
        for since in (now() + 1, 2**63 - 1):
            reply = api.get("changes/", since=since)
            assert (reply.status, reply.code, reply.pointers) == (410, "history_gone", ["?since"])
            assert reply.body["start"] == 0

    def test_says_gone_to_who_is_behind_the_kept_history(self, api: Caller) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE, PluginStatus.DISABLED):
            set_status("primary", status)
        first = now() - 2
        Revision.objects.filter(number=first).update(created_at=timezone.now() - timedelta(days=9))
        services.forget_history(older_than=timedelta(days=8), dry_run=False)
        assert not Revision.objects.filter(number=first).exists()
        reply = api.get("changes/", since=first - 1)
        assert (reply.status, reply.body["start"]) == (410, first)
        # A page that was begun before cannot be gone on with either.
        assert api.get("changes/", since=first - 1, cursor=f"{first - 1}.1").status == 410
        assert len(api.get("changes/", since=first).body["results"]) == 2
        assert api.get("changes/").status == 200

    def test_shows_all_that_is_kept_to_who_asks_for_no_start(self, api: Caller) -> None:
        for status in (PluginStatus.DISABLED, PluginStatus.ACTIVE, PluginStatus.DISABLED):
            set_status("primary", status)
        Revision.objects.filter(number=now() - 2).update(created_at=timezone.now() - timedelta(days=9))
        services.forget_history(older_than=timedelta(days=8), dry_run=False)
        assert follow(api, page_size=1) == api.get("changes/").body["results"]

    def test_says_gone_to_a_cursor_that_is_ahead(self, api: Caller) -> None:
        assert api.get("changes/", cursor=f"{now() + 2}.1").status == 410

    @pytest.mark.parametrize(
        "query",
        [
            {"since": "-1"},
            {"since": "1.0"},
            {"since": str(2**63)},
            {"since": "9" * 19},
            {"since": "latest"},
            {"cursor": "1"},
            {"cursor": "1.2.3"},
            {"cursor": f"{'9' * 19}.1"},
            {"cursor": "1.\N{ARABIC-INDIC DIGIT FIVE}"},
            {"page_size": "501"},
            {"page": "1"},
            {"item": "primary"},
            {"type": "otp"},
            {"channel": "door"},
            {"request_id": "a b"},
            {"request_id": "a\n"},
            {"actor": ""},
            {"actor": "x" * 255},
            {"ordering": "created_at"},
        ],
    )
    def test_refuses_what_it_does_not_know(self, api: Caller, query: dict[str, Any]) -> None:
        reply = api.get("changes/", **query)
        assert (reply.status, reply.pointers) == (400, [f"?{next(iter(query))}"])


class TestTwoChangesWithinOneMillisecond:
    """Nothing that a poller goes by is a time."""

    @pytest.fixture(autouse=True)
    def one_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = timezone.now()
        monkeypatch.setattr("plugin_system.revisions.timezone.now", lambda: moment)

    def test_are_both_seen_by_who_polls_with_since(self, api: Caller) -> None:
        since, seen, times = now(), [], set()
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED):
            set_status("primary", status)
            page = api.get("changes/", since=since).body
            since = page["revision"]
            seen.extend(each["after"] for each in page["results"])
            times.update(each["created_at"] for each in page["results"])
        assert seen == [{"status": "disable"}, {"status": "reserve"}]
        assert len(times) == 1

    def test_are_both_seen_page_by_page(self, api: Caller) -> None:
        since = now()
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED):
            set_status("primary", status)
        for ordering, expected in (("revision", ["disable", "reserve"]), ("-revision", ["reserve", "disable"])):
            found = follow(api, since=since, page_size=1, ordering=ordering)
            assert [each["after"]["status"] for each in found] == expected

    @pytest.mark.parametrize(
        "path", [f"plugin-items/{PRIMARY}/", f"plugin-types/{KEY}/resolve-active/", "resolve-active/"]
    )
    def test_are_both_seen_by_a_conditional_get(self, api: Caller, path: str) -> None:
        tags = [api.get(path).tag]
        for status in (PluginStatus.DISABLED, PluginStatus.RESERVED):
            set_status("primary", status)
            reply = api.get(path, headers={"If-None-Match": ", ".join(tags)})
            assert reply.status == 200
            tags.append(reply.tag)
        assert len(set(tags)) == 3
        assert api.get(path, headers={"If-None-Match": tags[-1]}).status == 304
