from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection, transaction

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.failures import note_failure
from plugin_system.models import PluginItem
from plugin_system.registry import plugin_registry
from plugin_system.services import ItemFilter, list_items, read_status
from plugin_system.services.recalling import recall, recollect
from tests.conftest import Clock
from tests.factories import PRIMARY, SECONDARY, item, register_chain, set_status, sync

Queries = Callable[[int], AbstractContextManager[Any]]
ACTIVE = ItemFilter(statuses=[PluginStatus.ACTIVE])


def active() -> int:
    """Return how many active items a list says that there are."""
    return list_items(ACTIVE, limit=1).count


def disable_secretly() -> None:
    """Change a row past everything that counts."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {PluginItem._meta.db_table} SET status = 'disable' WHERE name = 'primary'")


@pytest.mark.usefixtures("committed")
class TestCount:
    @pytest.fixture(autouse=True)
    def counted(self, committed: None) -> None:
        assert active() == 2

    def test_is_not_made_again_while_nothing_changes(self, django_assert_num_queries: Queries) -> None:
        with django_assert_num_queries(2) as queries:
            assert active() == 2
        assert not any("COUNT" in query["sql"] for query in queries.captured_queries)

    def test_is_another_one_for_another_filter(self) -> None:
        assert list_items(ItemFilter(statuses=[PluginStatus.RESERVED]), limit=1).count == 1
        assert list_items(ItemFilter(search="no such item"), limit=1).count == 0
        assert active() == 2

    def test_follows_a_change(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        assert active() == 1

    def test_follows_a_change_that_is_not_committed_yet_and_its_rollback(self) -> None:
        with transaction.atomic():
            set_status("primary", PluginStatus.DISABLED)
            assert active() == 1
            set_status("secondary", PluginStatus.DISABLED, force=True)
            assert active() == 0
            transaction.set_rollback(True)
        assert active() == 2

    def test_follows_raw_sql_that_was_told_of(self) -> None:
        disable_secretly()
        services.touch()
        assert active() == 1

    def test_finds_out_about_raw_sql_that_was_not(self, clock: Clock) -> None:
        active()
        disable_secretly()
        clock.advance(61)
        assert active() == 1


@pytest.mark.usefixtures("committed")
class TestRecall:
    def test_does_not_keep_what_somebody_changed_meanwhile(self) -> None:
        def compute() -> int:
            set_status("primary", PluginStatus.DISABLED)
            return 1

        assert recall("default", "what", compute) == 1
        assert recall("default", "what", lambda: 2) == 2

    def test_keeps_a_bounded_number_of_answers(self) -> None:
        for number in range(500):
            list_items(ItemFilter(search=str(number)), limit=1)
        assert len(recollect("default")._kept) <= 200

    def test_forgets_when_the_registry_changes(self) -> None:
        before = recall("default", "what", lambda: plugin_registry.find_item(PRIMARY))
        kept = plugin_registry.find_item(PRIMARY)
        assert before is kept is not None
        plugin_registry.remove_item(PRIMARY)
        try:
            assert recall("default", "what", lambda: plugin_registry.find_item(PRIMARY)) is None
        finally:
            plugin_registry.add_item(kept)


@pytest.mark.usefixtures("committed")
class TestStatus:
    @pytest.fixture(autouse=True)
    def looked_at(self, committed: None) -> None:
        assert self.serving() == PRIMARY

    def serving(self) -> Any:
        (found,) = [each for each in read_status().types if each.plugin_type == PRIMARY.type]
        return found.selected

    def test_costs_one_query_while_nothing_changes(self, django_assert_num_queries: Queries) -> None:
        with django_assert_num_queries(1):
            assert self.serving() == PRIMARY

    def test_follows_a_change(self) -> None:
        set_status("primary", PluginStatus.DISABLED)
        assert self.serving() == SECONDARY

    def test_follows_a_failure_and_its_end(self, clock: Clock) -> None:
        note_failure(PRIMARY, RuntimeError("no credentials"))
        assert self.serving() == SECONDARY
        clock.advance(600)
        assert self.serving() == PRIMARY

    def test_follows_the_registry(self, registry: None) -> None:
        register_chain("carrier", a=1)
        assert read_status().drift.new == 2
        sync()
        assert read_status().drift.new == 0
        plugin_registry.remove_item(item("a").key)
        assert read_status().drift.missing == 1
