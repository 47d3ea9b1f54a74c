"""The list of plugin items: what it shows and how it is searched."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.admin.pages import LIST, TYPES, Browser
from tests.factories import (
    MANAGER,
    MODULE,
    PRIMARY,
    item_registration,
    new_class,
    new_interface,
    register_chain,
    sync,
    synced_chain,
    type_registration,
)


@pytest.mark.usefixtures("registry", "db")
class TestItemList:
    def test_shows_what_each_item_does_now(self, ann: Browser) -> None:
        text = ann.get(LIST).text
        assert "Serves" in text
        assert "Waits" in text
        assert "In reserve" in text

    def test_says_why_to_those_who_cannot_hover_and_leads_to_the_chain(
        self, ann: Browser, signed_in: Callable[..., Browser], otp: PluginType
    ) -> None:
        why = "Serves: first of the active items with priority 10."
        page = ann.get(LIST)
        assert f"Serves . {why}" in page.text
        assert page.links["Serves"] == f"{TYPES}{otp.pk}/change/"
        page = signed_in("items", "view_pluginitem").get(LIST)
        assert f"Serves . {why}" in page.text
        assert "Serves" not in page.links

    def test_names_an_order_where_the_types_own_function_chooses(self, ann: Browser) -> None:
        interface = new_interface()
        register_plugin_type(type_registration(name="own", interface=interface, get_plugin=lambda row: None))
        for priority, name in enumerate(("one", "two")):
            given = {"name": name, "priority": priority, "plugin_class": new_class(interface)}
            register_plugin_item(item_registration(type_name="own", **given))
        sync()
        text = ann.get(LIST, q="own").text
        assert "First in order . Without get_plugin it serves: first of the active items" in text
        assert "Later ." in text
        assert "Serves ." not in text
        text = ann.get(f"{TYPES}{PluginType.objects.get(name='own').pk}/change/").text
        assert "First in order Without get_plugin it serves" in text
        assert "one first in order; get_plugin chooses" in ann.get(TYPES).text

    def test_offers_neither_to_add_nor_to_delete(self, ann: Browser, primary: PluginItem) -> None:
        assert "delete_selected" not in ann.get(LIST).html
        assert ann.client.get(f"{LIST}add/").status_code == 403
        assert ann.client.post(f"{LIST}{primary.pk}/delete/", {"post": "yes"}).status_code == 403
        assert PluginItem.objects.filter(pk=primary.pk).exists()

    @pytest.mark.parametrize("filters", ["", "?status__exact=active", "?state=registered", "?q=item"])
    def test_takes_as_many_queries_for_3_rows_as_for_60(self, ann: Browser, filters: str) -> None:
        counts = []
        for count in (3, 60):
            synced_chain(f"many{count}", **{f"item_{number:03}": number for number in range(count)})
            ann.get(LIST + filters)
            with CaptureQueriesContext(connection) as queries:
                assert ann.client.get(LIST + filters).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[0] <= 13

    def test_leaves_out_archived_items(self, ann: Browser, spare: PluginItem) -> None:
        plugin_registry.remove_item(spare.key)
        sync(prune_missing=True)
        page = ann.get(LIST)
        assert "spare" not in page.links
        assert "primary" in page.links

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"status__exact": "reserve"}, {"spare"}),
            ({"module": MODULE}, {"primary", "secondary"}),
            ({"state": "registered"}, {"primary", "secondary", "spare"}),
            ({"state": "missing"}, set()),
            ({"q": "second"}, {"secondary"}),
            ({"q": "The reserve"}, {"spare"}),
            ({"q": f"  {PRIMARY} "}, {"primary"}),
        ],
    )
    def test_filters_and_searches(self, ann: Browser, query: dict[str, str], names: set[str]) -> None:
        links = ann.get(LIST, **query).links
        assert {name for name in ("primary", "secondary", "spare") if name in links} == names

    def test_filters_by_plugin_type(self, ann: Browser) -> None:
        kind = synced_chain("many", one=1, two=2)
        links = ann.get(LIST, plugin_type__id__exact=str(kind.pk)).links
        assert {"one", "two"} <= set(links)
        assert "primary" not in links

    def test_finds_the_items_without_code_here(self, ann: Browser, primary: PluginItem) -> None:
        plugin_registry.remove_item(primary.key)
        assert "secondary" not in ann.get(LIST, state="missing").links
        assert "primary" in ann.get(LIST, state="missing").links
        assert "primary" not in ann.get(LIST, state="registered").links

    def test_says_whether_the_class_loads_without_making_an_instance(self, ann: Browser) -> None:
        def refuse(self: object) -> None:
            raise AssertionError("An instance was made.")

        interface = new_interface()
        register_chain("made", interface, one=new_class(interface, "One", __init__=refuse))
        sync()
        page = ann.get(LIST, q="made")
        assert 'icon-yes.svg" alt="True"' in page.html
        assert '<span class="plugin-cell"><span>Class loads</span><img' in page.html
        plugin_registry.remove_item(PluginItem.objects.get(name="one").key)
        assert 'icon-no.svg" alt="False"' in ann.get(LIST, q="made").html
        assert "No code" in ann.get(LIST, q="made").text

    def test_shows_what_people_and_code_wrote_as_text(self, ann: Browser, registry: None) -> None:
        synced_chain(
            "odd", **{"<b>bold</b>": {"name": "<b>x", "priority": 1, "description": "<script>alert(1)</script>"}}
        )
        page = ann.get(LIST, q="odd")
        assert "<b>x" not in page.html
        assert "&lt;b&gt;x" in page.html

    @pytest.mark.parametrize(
        "query",
        [
            "?status__exact=nonsense",
            "?state=nonsense",
            "?plugin_type__id__exact=nonsense",
            "?plugin_type__id__exact=00000000-0000-0000-0000-000000000000",
            "?module=%00",
            "?status__exact=%00",
            "?q=%00",
            "?p=nonsense",
            "?p=999999999999999999999999",
            "?o=99.-99.x",
            "?all=",
            "?nonsense=1",
            "?_facets=True",
            "?state=missing&_facets=True",
            "?priority=99999999999999999999999",
            "?e=1",
        ],
    )
    def test_survives_any_query(self, ann: Browser, query: str) -> None:
        assert ann.client.get(LIST + query).status_code in {200, 302, 400}

    def test_needs_the_permission_to_look(self, signed_in: Callable[..., Browser]) -> None:
        assert signed_in("nobody").client.get(LIST).status_code == 403
        assert signed_in("other", "view_plugintype").client.get(LIST).status_code == 403

    def test_shows_no_fields_to_whoever_may_only_look(self, viewer: Browser) -> None:
        page = viewer.get(LIST)
        assert page.status == 200
        assert "form-0-status" not in page.html
        assert 'name="action"' not in page.html
        assert MANAGER in page.text
