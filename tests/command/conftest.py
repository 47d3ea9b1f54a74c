import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.elsewhere import CORE, run_command, sqlite_files


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of a host project with a database of its own, on disk."""
    folder: Path = tmp_path_factory.mktemp("project")
    settings = {**CORE, "DATABASES": sqlite_files(folder, "default")}
    assert run_command("migrate", "-v0", **settings).returncode == 0
    return settings


@pytest.fixture
def full() -> Iterator[int]:
    """A descriptor of a device that has no space left."""
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("This system has no /dev/full.")
    descriptor = os.open(device, os.O_WRONLY)
    yield descriptor
    os.close(descriptor)
