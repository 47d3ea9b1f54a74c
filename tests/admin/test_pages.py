"""What holds for every page of the admin: it shows texts as text, and takes the same queries however much there is."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugin_system.choices import PluginStatus
from plugin_system.models import PluginItem, PluginType, Revision
from tests.admin.conftest import OPERATES
from tests.admin.pages import LIST, REVISIONS, TYPES, Browser, Page, quick_edit
from tests.factories import register_chain, synced_chain

EVIL = "<script>alert(1)</script>"
ATTRIBUTE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def sue(signed_in: Callable[..., Browser]) -> Browser:
    """An operator who may do everything, with an unusual name."""
    return signed_in(f"sue{ATTRIBUTE}", *OPERATES, "sync_plugins", "prune_plugins", "view_logentry")


def pages_of(kind: PluginType) -> dict[str, str]:
    """Return the address of every page that a get shows of the plugin type, its items and its revisions."""
    row = PluginItem.objects.filter(plugin_type=kind).order_by("-priority")[0]
    number = Revision.objects.latest("number").number
    return {
        "home": "/admin/",
        "app": "/admin/plugin_system/",
        "types": TYPES,
        "type": f"{TYPES}{kind.pk}/change/",
        "history of a type": f"{TYPES}{kind.pk}/history/",
        "sync": f"{TYPES}sync/?mode=update&prune=on&prune_missing=on",
        "items": LIST,
        "item": f"{LIST}{row.pk}/change/",
        "history of an item": f"{LIST}{row.pk}/history/",
        "promote": f"{LIST}{row.pk}/promote/",
        "revisions": REVISIONS,
        "revision": f"{REVISIONS}{number}/change/",
        "revert": f"{REVISIONS}{number}/revert/",
    }


class Elements(HTMLParser):
    """The elements of a page that somebody could have smuggled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if any(name == "onerror" or (name == "src" and value == "x") for name, value in attrs):
            self.foreign.append(tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and "alert(1)" in data:
            self.foreign.append("script")


@pytest.mark.usefixtures("registry", "db")
class TestEveryPage:
    def smuggle(self, sue: Browser) -> PluginType:
        """Put markup wherever code and operators may put text."""
        kind = synced_chain(
            "odd",
            one={"name": f"one{ATTRIBUTE}", "priority": 1, "description": EVIL},
            two={"name": f"two{ATTRIBUTE}", "priority": 2, "description": ATTRIBUTE},
        )
        path = f"{TYPES}{kind.pk}/change/"
        sue.post(path, sue.get(path).form("plugintype_form").filled(description=EVIL + ATTRIBUTE, reason=ATTRIBUTE))
        sue.act("disable", *PluginItem.objects.filter(plugin_type=kind), reason=EVIL + ATTRIBUTE, _force="1")
        return kind

    def shown(self, sue: Browser, kind: PluginType) -> dict[str, Page]:
        one, two = PluginItem.objects.filter(plugin_type=kind).order_by("priority")
        shown = {name: sue.get(path) for name, path in pages_of(kind).items()}
        edits = quick_edit(sue.get(LIST), {one: {"status": "active"}}, reason=EVIL, _preview="_save")
        shown["preview of edits"] = sue.post(LIST, edits)
        PluginItem.objects.filter(pk=one.pk).update(status=PluginStatus.ACTIVE)
        shown["guard"] = sue.act("disable", one, reason=EVIL + ATTRIBUTE)
        shown["refused"] = sue.post(LIST, quick_edit(sue.get(LIST), {one: {"priority": EVIL}}, reason=EVIL))
        path = f"{LIST}{two.pk}/change/"
        changed = sue.get(path).form("pluginitem_form").filled(description=ATTRIBUTE + EVIL, reason=EVIL)
        shown["preview of a form"] = sue.post(path, {**changed, "_preview": "_save"})
        shown["done"] = sue.post(path, changed)
        shown["stale"] = sue.post(path, changed)
        shown["searched"] = sue.get(LIST, q=ATTRIBUTE)
        register_chain("new", late={"name": f"late{ATTRIBUTE}", "priority": 1, "description": EVIL})
        shown["plan"] = sue.get(pages_of(kind)["sync"])
        form = shown["plan"].form("plugin-sync")
        shown["another plan"] = sue.post(f"{TYPES}sync/", form.filled(reason=EVIL + ATTRIBUTE, plan="other"))
        return shown

    def test_shows_what_people_and_code_wrote_as_text(self, sue: Browser) -> None:
        shown = self.shown(sue, self.smuggle(sue))
        assert {name: page.status for name, page in shown.items() if page.status != 200} == {}
        foreign = {name: Elements(page.html).foreign for name, page in shown.items()}
        assert {name: elements for name, elements in foreign.items() if elements} == {}

    def test_of_the_above_holds_the_texts(self, sue: Browser) -> None:
        shown = self.shown(sue, self.smuggle(sue))
        silent = {name for name, page in shown.items() if "alert(1)" not in page.html and "&quot;&gt;" not in page.html}
        assert silent == set()


@pytest.mark.usefixtures("registry", "db")
class TestQueriesOfEveryPage:
    def test_are_as_many_for_3_items_as_for_40(self, sue: Browser, settings: Any) -> None:
        # However slow the machine, no comparison falls due between the two.
        settings.PLUGIN_SYSTEM_MAX_STALENESS = settings.PLUGIN_SYSTEM_RESYNC = 3600.0
        few, many = self.counted(sue, 3), self.counted(sue, 40)
        assert few == many
        assert {name: count for name, count in many.items() if count > 18} == {}

    def counted(self, sue: Browser, count: int) -> dict[str, int]:
        kind = synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
        rows = PluginItem.objects.filter(plugin_type=kind)
        sue.act("reserve", *rows, reason="INC-12")
        LogEntry.objects.all().delete()
        counts = {}
        for name, path in pages_of(kind).items():
            sue.client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert sue.client.get(path).status_code == 200
            counts[name] = len(queries)
        return counts

    def test_of_a_preview_are_as_many_for_3_items_as_for_40(self, sue: Browser, settings: Any) -> None:
        settings.PLUGIN_SYSTEM_MAX_STALENESS = settings.PLUGIN_SYSTEM_RESYNC = 3600.0
        counts = []
        for count in (3, 40):
            kind = synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
            ticked = [str(row.pk) for row in PluginItem.objects.filter(plugin_type=kind)]
            data = {"action": "reserve", "_preview": "index", "_selected_action": ticked}
            with CaptureQueriesContext(connection) as queries:
                assert sue.client.post(LIST, data).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
