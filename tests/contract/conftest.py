"""A served example project with its demo operator, for clients that were generated from this checkout's document."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.example.conftest import Credentials
from tests.example.running import Project

DOCUMENT = Path(__file__).resolve().parents[2] / "openapi" / "plugin-system-v1.json"


@dataclass(frozen=True)
class Server:
    """Where the API is, and the token that opens it."""

    url: str
    token: str


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    project = Project(tmp_path / "data", {"EXAMPLE_API_WRITE_RATE": "100000/min"})
    demo = project.manage("demo")
    assert demo.returncode == 0, demo.stderr
    with project.served() as site:
        yield Server(f"{site}/api/v1", Credentials.printed_in(demo.stdout).token)
