"""From the real django-plugin-system 1.1.0, installed from the index, to this package, in one database."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.elsewhere import output_of, run_command, run_script
from tests.upgrade.old_project import operate

pytestmark = pytest.mark.package
# As the README shows it: the references of a host's table, from old ids to new ones.
REPOINTING = """
import json, sys
from uuid import UUID
from django.db import connection
from plugin_system.models import PluginItem

ids = {UUID(each["legacy_id"]): UUID(each["id"]) for each in json.loads(MATCHED)}
with connection.cursor() as cursor:
    cursor.execute("SELECT pluginitem_id FROM likings_preference_favourites")
    print([PluginItem.objects.get(pk=ids[UUID(old)]).name for old, in cursor.fetchall()])
"""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: Any) -> dict[str, Any]:
    """The settings of a database that the old package was operated in, and that this one has migrated."""
    folder: Path = tmp_path_factory.mktemp("old")
    database = folder / "db.sqlite3"
    operate(folder / "project", database)
    options = {"timeout": 30, "transaction_mode": "IMMEDIATE"}
    settings = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database), "OPTIONS": options}}
    output_of(run_command("migrate", "--verbosity", "0", DATABASES=settings))
    return settings


def imported(settings: dict[str, Any], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        output_of(run_command("pluginctl", "import-legacy", "--json", *options, DATABASES=settings))
    )
    return found


class TestTheOldPackage:
    def test_hands_over_what_its_operators_decided(self, moved: dict[str, Any]) -> None:
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
        script = f"MATCHED = {json.dumps(document['matched'])!r}\n{REPOINTING}"
        assert output_of(run_script(script, DATABASES=moved)).strip() == "['secondary']"
