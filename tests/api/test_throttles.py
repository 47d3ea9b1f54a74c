"""How often one user may write."""

from typing import Any

import pytest

from tests.api.caller import PERMISSIONS, Caller, create_user
from tests.factories import PRIMARY

ITEM = f"plugin-items/{PRIMARY}/"


class TestTheWriteRate:
    def test_bounds_the_writes_of_each_user(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "2/hour"
        create_user("other", *PERMISSIONS)
        assert [api.patch(ITEM).status for _ in range(2)] == [200, 200]
        reply = api.patch(ITEM)
        assert (reply.status, reply.code) == (429, "throttled")
        assert 0 < int(reply.headers["Retry-After"]) <= 3600
        assert api.post("sync/").status == 429
        assert Caller("other").patch(ITEM).status == 200

    def test_leaves_reading_free(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "1/hour"
        assert {api.get("plugin-items/").status for _ in range(5)} == {200}

    def test_does_not_count_who_may_not(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "1/hour"
        create_user("reader", "view_pluginitem")
        assert [Caller("reader").patch(ITEM).status for _ in range(3)] == [403, 403, 403]

    def test_says_when_to_come_again_after_it_was_lowered(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "5/hour"
        for _ in range(5):
            api.patch(ITEM)
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "1/hour"
        reply = api.patch(ITEM)
        assert (reply.status, reply.headers["Retry-After"]) == (429, "1")

    def test_has_a_default(self, api: Caller, settings: Any) -> None:
        del settings.PLUGIN_SYSTEM_API_WRITE_RATE
        assert [api.post("sync/", b"{").status for _ in range(121)][-2:] == [400, 429]

    def test_does_without_the_hosts_cache(self, api: Caller, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = "5/hour"
        settings.CACHES = {"default": {"BACKEND": "tests.api.no_such.Cache"}}
        assert api.patch(ITEM).status == 200

    @pytest.mark.parametrize("rate", ["1/s", "1/sec", "1/m", "1/min", "1/h", "1/hour", "1/d", "1/day"])
    def test_may_be_per_second_minute_hour_or_day(self, api: Caller, settings: Any, rate: str) -> None:
        settings.PLUGIN_SYSTEM_API_WRITE_RATE = rate
        assert api.patch(ITEM).status == 200
