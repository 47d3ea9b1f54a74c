"""Every write endpoint can be tried: the same answer, and no trace."""

from collections.abc import Iterator
from typing import Any

import pytest

from plugin_system import signals
from plugin_system.choices import PluginStatus
from plugin_system.models import Change, PluginItem, PluginType, Revision
from tests.api.caller import Caller
from tests.api.test_permissions import ROUTES
from tests.factories import MODULE, SECONDARY, counter_pair, set_status

WRITES = {operation.id: (method, path) for method, path, operation in ROUTES if operation.body is not None}
# What each would change.
BODIES: dict[str, Any] = {
    "changes_revert": {},
    "plugin_items_bulk_priority": {"items": [{"id": str(SECONDARY.row_id), "priority": 1}]},
    "plugin_items_bulk_status": {"select": {"module": MODULE}, "status": "disable", "expected_count": 2},
    "plugin_items_promote": {},
    "plugin_items_update": {"status": "reserve", "priority": 3},
    "plugin_types_update": {"description": "Codes"},
    "sync_run": {"mode": "update"},
}


def everything() -> list[Any]:
    """Return every row of the plugin system."""
    models = (PluginType.all_objects, PluginItem.all_objects, Revision.objects, Change.objects)
    return [*(list(rows.order_by("pk").values()) for rows in models), counter_pair()]


@pytest.fixture
def sent() -> Iterator[list[Any]]:
    """The signals that are sent."""
    found: list[Any] = []

    def note(signal: Any, **_: Any) -> None:
        found.append(signal)

    every = (signals.plugin_changed, signals.resolution_changed, signals.nothing_usable)
    for signal in every:
        signal.connect(note)
    yield found
    for signal in every:
        signal.disconnect(note)


@pytest.fixture
def number(db: None) -> int:
    """A revision that can be reverted; since it rows and code differ, and the item at hand does not serve."""
    set_status("spare", PluginStatus.DISABLED)
    PluginItem.objects.filter(name="primary").update(priority=30, description="By hand")
    number = set_status("secondary", PluginStatus.RESERVED).revision
    assert number is not None
    PluginItem.objects.filter(name="spare").update(status=PluginStatus.ACTIVE)
    return number


class TestADryRun:
    def test_can_be_made_at_every_write_endpoint(self) -> None:
        assert set(WRITES) == set(BODIES)

    @pytest.mark.parametrize("name", sorted(BODIES))
    def test_answers_as_the_run_does_and_leaves_no_trace(
        self, api: Caller, number: int, name: str, sent: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        method, path = WRITES[name]
        path = path.replace("changes/1/", f"changes/{number}/")
        before = everything()
        with django_capture_on_commit_callbacks(execute=True) as waiting:
            tried = api.send(method, path, {**BODIES[name], "dry_run": True})
        assert (tried.status, tried.body["dry_run"], tried.body["revision"]) == (200, True, None)
        assert (sent, waiting) == ([], [])
        assert everything() == before

        with django_capture_on_commit_callbacks(execute=True):
            done = api.send(method, path, BODIES[name])
        assert done.body["revision"] == before[-1][0] + 1
        assert signals.plugin_changed in sent
        assert without_revisions(tried.body) == without_revisions(done.body)


def without_revisions(shown: Any) -> Any:
    """Return an answer without what only a write has: the number of the revision, in its rows too."""
    if isinstance(shown, list):
        return [without_revisions(each) for each in shown]
    if not isinstance(shown, dict):
        return shown
    return {name: without_revisions(each) for name, each in shown.items() if name not in {"revision", "dry_run"}}
