"""An operator, no bound on how often they write, and rows on which somebody has decided."""

import pytest

from plugin_system.models import PluginItem
from tests.api.conftest import api, unthrottled
from tests.factories import set_status

__all__ = ["api", "unthrottled"]


@pytest.fixture
def drifted(db: None) -> None:
    """Rows that a sync would refresh, and a history whose last revision can be reverted."""
    set_status("spare", "disable")
    PluginItem._base_manager.filter(name="primary").update(description="An operator's words")
