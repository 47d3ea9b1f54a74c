"""What ``status``, ``list`` and ``explain`` say of types that are special, and what they point at."""

import re

import pytest

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.command.running import PRIMARY_NAME, ctl
from tests.factories import (
    MANAGER,
    MODULE,
    item_registration,
    new_class,
    new_interface,
    sync,
    synced_chain,
    type_registration,
)

pytestmark = pytest.mark.django_db

CARRIER = TypeKey(MANAGER, "carrier")


class TestStatus:
    def test_says_where_to_see_what_differs(self, registry: None) -> None:
        ctl("priority", PRIMARY_NAME, "15")

        done = ctl("status")

        assert "Drift: 0 missing, 0 new, 1 differing from code." in done.lines
        assert "What differs may be an operator's wish: see manage.py pluginsync --mode update --dry-run." in done.lines

    def test_tells_a_type_without_code_here_from_one_with_nothing_usable(self, registry: None) -> None:
        synced_chain("carrier", pigeon=1)
        plugin_registry.remove_item(ItemKey(CARRIER, MODULE, "pigeon"))
        plugin_registry.remove_type(CARRIER)

        done = ctl("status")

        assert done.exit_code == 0
        assert done.lines[1].split()[:2] == [str(CARRIER), "nothing"]
        assert done.lines[1].endswith("  no code here")
        assert "NOTHING USABLE" not in done.out
        shown = ctl("status", "--json").document["plugin_types"]
        assert [(each["registered"], each["healthy"]) for each in shown] == [(False, True), (True, True)]


class TestATypeThatChooses:
    @pytest.fixture(autouse=True)
    def choosy(self, registry: None) -> None:
        interface = new_interface()
        register_plugin_type(type_registration(interface=interface, get_plugin=lambda plugin_type: None))
        for name, changes in {"pigeon": {"priority": 1}, "owl": {"priority": 2}, "dodo": {"status": "disable"}}.items():
            register_plugin_item(item_registration(name=name, plugin_class=new_class(interface, name), **changes))
        sync()

    def test_has_no_item_in_the_status(self) -> None:
        (line,) = (line for line in ctl("status").lines if line.startswith(str(CARRIER)))

        assert re.split(" {2,}", line)[1:3] == ["(its own get_plugin)", "get_plugin"]

    def test_has_no_item_selected_in_the_list(self) -> None:
        lines = ctl("list", "--type", "carrier").lines[1:]

        assert [line.partition("active")[2].split(maxsplit=1)[1] for line in lines[:2]] == ["(its own get_plugin)"] * 2
        assert lines[2].endswith(" disabled")

    def test_has_no_item_that_serves_in_the_explanation(self) -> None:
        done = ctl("explain", "carrier")

        assert done.lines[0].startswith(f"{CARRIER}: its own get_plugin chooses at each call; the standard order gives")
        assert "->" not in done.out
        assert "selected" not in done.out
        assert "(its own get_plugin)  Would serve: first of the active items with priority 1." in done.out
