"""What every suite shares: a process without memory at the start of each test, and a clock that tests move."""

import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.test.utils import setup_databases, teardown_databases

from plugin_system import failures, following, helpers, snapshot
from plugin_system.models import PluginItem, PluginType
from plugin_system.services import recalling
from plugin_system.testing import isolated_registry
from tests.factories import OTP, item, reset_rows


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    """Forget what earlier tests made this process remember of the database and of failures."""
    for follower in snapshot._followers.values():
        follower.__init__(follower.using)
    failures._failures.clear()
    recalling._recollections.clear()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,
) -> Iterator[None]:
    """
    Make the test database, whichever tests are to run.

    pytest-django makes none unless a test of the run has its mark, and those that commit have not.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=["default"], keepdb=django_db_keepdb)
    yield
    with django_db_blocker.unblock():
        if not django_db_keepdb:
            teardown_databases(made, verbosity=0)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """
    A database in which what the test commits is committed; the plugin system's tables are put right after it.

    Does what a mark with ``transaction=True`` does, without the flush of every table, which takes a server a second.
    """
    with django_db_blocker.unblock():
        yield
        reset_rows()


@pytest.fixture
def registry() -> Iterator[None]:
    """Undo the test's registrations. Ask for the database before this, so that it is put right after it."""
    with isolated_registry():
        yield


class Clock:
    """Stands where it is told to stand."""

    def __init__(self) -> None:
        # Whole, so that the seconds it advances by add up exactly.
        self.now = float(ceil(monotonic()))

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that the freshness rules see."""
    clock = Clock()
    for module in (following, snapshot, helpers, failures, recalling):
        monkeypatch.setattr(module, "monotonic", clock)
    return clock


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which this test can import what it writes there."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def otp(db: None) -> PluginType:
    """The row of the host project's plugin type."""
    return PluginType.objects.get(manager=OTP.manager, name=OTP.name)


@pytest.fixture
def primary(db: None) -> PluginItem:
    return item("primary")


@pytest.fixture
def secondary(db: None) -> PluginItem:
    return item("secondary")


@pytest.fixture
def spare(db: None) -> PluginItem:
    return item("spare")
