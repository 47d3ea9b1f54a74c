"""From the real django-plugin-system 1.1.0, installed from the index, to this package, in one database."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.elsewhere import ROOT, output_of, run_command
from tests.upgrade.old_project import leave, move, operate

pytestmark = pytest.mark.package


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    """Where the old project is, and its database."""
    found: Path = tmp_path_factory.mktemp("old")
    return found


@pytest.fixture(scope="module")
def moved(folder: Path) -> dict[str, Any]:
    """The settings of a database that the old package was operated in, and that this one has migrated."""
    database = folder / "db.sqlite3"
    operate(folder / "project", database)
    options = {"timeout": 30, "transaction_mode": "IMMEDIATE"}
    settings = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database), "OPTIONS": options}}
    output_of(run_command("migrate", "--verbosity", "0", DATABASES=settings))
    return settings


def migration_of_readme() -> str:
    """Return the migration that the README shows."""
    _, _, rest = (ROOT / "README.md").read_text().partition("```python\n# notify/migrations/0002_new_plugins.py\n")
    return rest.partition("```")[0]


def imported(settings: dict[str, Any], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        output_of(run_command("pluginctl", "import-legacy", "--json", *options, DATABASES=settings))
    )
    return found


class TestTheOldPackage:
    def test_hands_over_what_its_operators_decided(self, moved: dict[str, Any], folder: Path) -> None:
        planned = imported(moved, "--dry-run")
        document = imported(moved)
        state = {each["item"]["name"]: (each["item"]["status"], each["item"]["priority"]) for each in document["items"]}
        assert state == {"primary": ("disable", 10), "secondary": ("reserve", -7)}
        assert planned["items"] != []
        assert planned["revision"] is None
        assert document["revision"] == 2
        assert document["resolves"][0]["before"].endswith(":primary")
        assert document["resolves"][0]["after"].endswith(":secondary")
        (gone,) = document["unmatched"]
        assert gone["legacy_key"] == "tests.host.otp:otp/tests.host.otp_sms.apps.OtpSmsConfig:retired"
        assert imported(moved)["revision"] is None
        names = move(folder / "project", folder / "db.sqlite3", migration_of_readme(), json.dumps(document))
        assert names.strip() == "['secondary']"
        assert leave(folder / "project", folder / "db.sqlite3") == names
