"""The ground that a machine stands on, for tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.model.ground import Ground, laid_ground


@pytest.fixture
def ground(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """A database of its own, and a clock that only the machine moves."""
    with django_db_blocker.unblock(), laid_ground(tmp_path) as ground:
        yield ground
