from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from tests.factories import OPERATOR, SPARE, item, set_status, sync, synced_chain

pytestmark = pytest.mark.django_db

ACTIVE, RESERVED, DISABLED = PluginStatus.ACTIVE, PluginStatus.RESERVED, PluginStatus.DISABLED


def explanation(name: str, **options: Any) -> str:
    """Return the sentence on an item in the chain of its type."""
    row = item(name)
    candidates = services.explain_type(row.plugin_type, **options).candidates
    (found,) = [each.explanation for each in candidates if each.row.pk == row.pk]
    return found


def decide(name: str, status: PluginStatus, **origin: Any) -> None:
    """Change an item's status as somebody else does."""
    selection = services.ItemSelection(ids=(item(name).pk,))
    services.set_status(items=selection, status=status, origin=Origin(**origin))


def let_pass(time: timedelta) -> None:
    """Let the newest revision have been made that long ago."""
    newest = Revision.objects.latest("number")
    newest.created_at = timezone.now() - time
    newest.save()


class TestNote:
    def test_says_who_disabled_an_item_when_and_why(self) -> None:
        set_status("primary", DISABLED)
        let_pass(timedelta(hours=2, minutes=10))

        assert explanation("primary") == "Disabled by ops 2 h ago: INC-12."

    def test_says_who_put_the_others_where_they_are(self) -> None:
        services.update_item(edit=services.ItemEdit(item=item("secondary").pk, priority=5), origin=OPERATOR)
        let_pass(timedelta(days=3))

        assert explanation("secondary") == (
            "Serves: first of the active items with priority 5. Set by ops 3 d ago: INC-12."
        )

    def test_goes_with_an_obstacle_too(self, registry: None) -> None:
        set_status("spare", DISABLED)
        let_pass(timedelta(minutes=7))
        plugin_registry.remove_item(SPARE)

        assert explanation("spare").endswith("in this process. Disabled by ops 7 min ago: INC-12.")

    def test_is_missing_where_nobody_has_decided(self) -> None:
        assert explanation("primary") == "Serves: first of the active items with priority 10."

    def test_is_missing_where_code_registered_it_so(self, registry: None) -> None:
        synced_chain("shy", hidden={"status": "disable"})

        assert explanation("hidden") == "Disabled."

    def test_does_without_a_reason(self) -> None:
        decide("primary", DISABLED, actor="ops")
        let_pass(timedelta(seconds=42))

        assert explanation("primary") == "Disabled by ops 42 s ago."

    def test_names_the_door_where_nobody_is_named(self) -> None:
        decide("primary", DISABLED, channel=Channel.CODE)

        assert explanation("primary") == "Disabled by code just now."

    def test_puts_a_reason_of_several_lines_into_the_sentence(self) -> None:
        decide("primary", DISABLED, actor="ops", reason="INC-12.\n\n  It hangs.")

        assert explanation("primary") == "Disabled by ops just now: INC-12. It hangs."

    def test_has_a_date_for_an_answer_that_is_kept(self) -> None:
        set_status("primary", DISABLED)
        made = Revision.objects.latest("number").created_at

        assert explanation("primary", dated=True) == f"Disabled by ops on {made:%Y-%m-%d %H:%M} UTC: INC-12."


class TestWhichChangeCounts:
    def test_the_newest(self) -> None:
        set_status("primary", RESERVED)
        decide("primary", DISABLED, actor="ann", reason="INC-13")

        assert explanation("primary") == "Disabled by ann just now: INC-13."

    def test_of_a_disabled_item_the_change_of_status_not_of_priority(self) -> None:
        set_status("primary", DISABLED)
        edit = services.ItemEdit(item=item("primary").pk, priority=3)
        services.update_item(edit=edit, origin=Origin(actor="ann"))

        assert explanation("primary") == "Disabled by ops just now: INC-12."

    def test_not_one_of_the_description(self) -> None:
        set_status("primary", RESERVED)
        edit = services.ItemEdit(item=item("primary").pk, description="Other")
        services.update_item(edit=edit, origin=Origin(actor="ann"))

        assert "Set by ops" in explanation("primary")

    def test_not_one_that_raw_sql_has_gone_past(self) -> None:
        set_status("primary", RESERVED)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE plugin_system_pluginitem SET status = 'disable' WHERE name = 'primary'")

        assert explanation("primary") == "Disabled."

    def test_not_one_from_before_a_purge(self, registry: None) -> None:
        synced_chain("brief", mayfly=1)
        set_status("mayfly", DISABLED)
        PluginItem.objects.filter(name="mayfly").delete()
        sync()

        assert explanation("mayfly") == "Serves: first of the active items with priority 1."

    def test_not_a_return_from_the_archive(self, registry: None) -> None:
        set_status("spare", DISABLED)
        definition = plugin_registry.find_item(SPARE)
        assert definition is not None
        plugin_registry.remove_item(SPARE)
        sync(prune_missing=True)
        plugin_registry.add_item(definition)
        sync()

        assert explanation("spare").startswith("Disabled by ops")


class TestQueries:
    @pytest.mark.parametrize("count", [2, 40])
    def test_are_two_for_a_type(self, count: int, registry: None, django_assert_num_queries: Any) -> None:
        kind = self._decided(count, "wide")

        with django_assert_num_queries(2):
            found = services.explain_type(kind).candidates

        assert all("by ops" in each.explanation for each in found)

    @pytest.mark.parametrize("count", [2, 40])
    def test_are_three_for_all(self, count: int, registry: None, django_assert_num_queries: Any) -> None:
        for name in ("one", "two", "three"):
            self._decided(count, name)

        with django_assert_num_queries(3):
            explained = services.explain_all()

        assert len(explained) == 4

    def _decided(self, count: int, name: str) -> PluginType:
        kind = synced_chain(name, **{f"{name}{number}": number for number in range(count)})
        selection = services.ItemSelection(plugin_type=kind.pk)
        services.set_status(items=selection, status=RESERVED, origin=OPERATOR)
        return kind
