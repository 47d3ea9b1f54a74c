"""Somebody who may do everything, no bound on how often they write, and rows on which somebody has decided."""

import pytest
from django.contrib.auth.models import User

from plugin_system.models import PluginItem
from plugin_system.rows import unrecorded
from tests.api.caller import Caller
from tests.api.conftest import unthrottled
from tests.factories import set_status

__all__ = ["unthrottled"]


@pytest.fixture
def api(db: None) -> Caller:
    """A superuser: of thousands of requests each spares the queries that somebody else's permissions take."""
    User.objects.create_superuser("anna")
    return Caller("anna")


@pytest.fixture
def drifted(db: None) -> None:
    """Rows that a sync would refresh, and a history whose last revision can be reverted."""
    set_status("spare", "disable")
    unrecorded(PluginItem, "default").filter(name="primary").update(description="An operator's words")
