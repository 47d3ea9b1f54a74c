"""Who may do what in the admin: whoever may only look changes nothing, at whatever address, with whatever post."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.urls import URLPattern

from plugin_system.models import PluginItem, PluginType, Revision
from tests.admin.pages import LIST, REVISIONS, TYPES, Browser
from tests.factories import counter_pair, item, set_status

ACTIONS = ("activate", "reserve", "disable", "raise_priority", "lower_priority", "delete_selected", "nonsense")
# Everything that some form of the admin posts, and what a stranger would add to it.
POSTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "save": {"_save": "Save", "status": "disable", "priority": "1", "description": "x", "seen": "1"},
    "force": {"_force": "1", "reason": "INC-12"},
    "sync": {"mode": "update", "prune": "on", "prune_missing": "on", "plan": "x"},
    "delete": {"post": "yes"},
    "preview": {"_preview": "_save", "status": "disable", "seen": "1"},
    "preview of an action": {"_preview": "index", "action": "disable"},
    **{action: {"action": action, "index": "0", "_force": "1"} for action in ACTIONS},
}


def addresses() -> list[str]:
    """Return the path of every page that the admin has for our models, with the id of a row where one is needed."""
    rows = {
        PluginItem: (LIST, item("spare").pk),
        PluginType: (TYPES, PluginType.objects.get(name="otp").pk),
        Revision: (REVISIONS, Revision.objects.latest("number").pk),
    }
    return [
        prefix + str(pattern.pattern).replace("<path:object_id>", str(pk))
        for model, (prefix, pk) in rows.items()
        for pattern in site._registry[model].get_urls()
        if isinstance(pattern, URLPattern)
    ]


def shows_only(path: str) -> bool:
    """Whether the page takes no post: histories, revisions, and the address of a row that leads to its page."""
    name = path.rstrip("/").rpartition("/")[2]
    writes = {"pluginitem", "plugintype", "add", "change", "delete", "promote", "revert", "sync"}
    return name not in writes or (path.startswith(REVISIONS) and name == "change")


def everything() -> tuple[Any, ...]:
    return list(PluginItem.all_objects.values()), list(PluginType.all_objects.values()), counter_pair()


@pytest.mark.usefixtures("registry", "db")
class TestWhoeverMayOnlyLook:
    def test_meets_every_page_in_this_test(self) -> None:
        found = {path.rstrip("/").rpartition("/")[2] for path in addresses()}
        assert {"pluginitem", "plugintype", "revision", "change", "history", "promote", "revert", "sync"} <= found

    @pytest.mark.parametrize("post", POSTS.values(), ids=POSTS)
    def test_changes_nothing_with_any_post_to_any_page(
        self, viewer: Browser, primary: PluginItem, post: dict[str, Any]
    ) -> None:
        set_status("spare", primary.status)
        before = everything()
        ticked = {"_selected_action": [str(row.pk) for row in PluginItem.objects.all()], "select_across": "1"}
        replies = {path: viewer.client.post(path, {**post, **ticked}).status_code for path in addresses()}
        assert set(replies.values()) <= {200, 302, 403}
        assert {path for path, status in replies.items() if status != 403 and not shows_only(path)} == set()
        assert everything() == before
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
    def test_changes_nothing_with_any_method(self, viewer: Browser, method: str) -> None:
        before = everything()
        for path in addresses():
            getattr(viewer.client, method)(path)
        assert everything() == before

    def test_sees_no_button_that_would_change_something(self, viewer: Browser, primary: PluginItem) -> None:
        pages = [viewer.get(path) for path in addresses() if viewer.client.get(path).status_code == 200]
        assert len(pages) >= 8
        for page in pages:
            buttons = {name for form in page.forms for name, _ in form.buttons}
            assert not buttons & {"_save", "_continue", "_preview", "index"}
            told = [text for text in page.links if text in {"Revert", "Sync now", "Make this the one that serves"}]
            assert told == []


@pytest.mark.usefixtures("db")
class TestWhoeverMayNothing:
    def test_is_refused_every_page(self, signed_in: Callable[..., Browser]) -> None:
        stranger = signed_in("sam")
        assert {stranger.client.get(path).status_code for path in addresses()} <= {302, 403}
        assert {stranger.client.get(path).status_code for path in (LIST, TYPES, REVISIONS)} == {403}

    def test_is_sent_to_the_login_before_anything(self, client: Any) -> None:
        for path in addresses():
            reply = client.get(path)
            assert reply.status_code == 302
            assert reply.url.startswith("/admin/login/") or path.endswith(reply.url.rpartition("/plugin_system")[2])
