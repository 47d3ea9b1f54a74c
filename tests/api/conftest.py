"""Callers with and without permissions, and no bound on how often they write."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plugin_system_api.throttles import WriteThrottle
from tests.api.caller import PERMISSIONS, Caller, create_user


@pytest.fixture(autouse=True)
def unthrottled(settings: Any) -> Iterator[None]:
    settings.PLUGIN_SYSTEM_API_WRITE_RATE = None
    # Tests of other doors write through the API as well, as users of the same ids.
    WriteThrottle.cache.clear()
    yield
    WriteThrottle.cache.clear()


@pytest.fixture
def api(db: None) -> Caller:
    """An operator who may do everything."""
    create_user("anna", *PERMISSIONS)
    return Caller("anna")


@pytest.fixture
def caller_with(db: None) -> Callable[..., Caller]:
    """Return a caller who has just these permissions."""

    def caller_with(*permissions: str) -> Caller:
        create_user("somebody", *permissions)
        return Caller("somebody")

    return caller_with
