"""The database of every landed state goes forward, by migrations alone, and keeps all that was in it."""

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.elsewhere import output_of, run_script
from tests.processes.databases import KIND
from tests.upgrade.dumps import restore
from tests.upgrade.keep import READING, STATES, empty_database

KEPT = sorted(path.stem for path in STATES.glob(f"*.{KIND}.sql"))
# Migrated, then used: what each step printed, and what was in the tables after it.
GOING_ON = (
    READING
    + """
from io import StringIO
from django.core.management import call_command

def call(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()

call("migrate", "--verbosity", "0")
migrated = read()
call("migrate", "--check")
models = call("makemigrations", "--check", "--dry-run")
synced = json.loads(call("pluginsync", "--json", "--no-prune"))
after_sync = read()
acted = json.loads(call("pluginctl", "enable", "tests.host.otp_sms:primary", "--json"))
print(json.dumps([migrated, models, synced, after_sync, acted]))
"""
)


class Upgrade(NamedTuple):
    before: dict[str, Any]
    migrated: dict[str, Any]
    models: str
    synced: dict[str, Any]
    after_sync: dict[str, Any]
    acted: dict[str, Any]


@pytest.fixture(scope="module", params=KEPT)
def upgrade(request: Any, tmp_path_factory: Any) -> Iterator[Upgrade]:
    """A kept database that was migrated with today's code, and used."""
    database = empty_database(tmp_path_factory.mktemp("upgrade"), f"plugin_system_upgrade_{os.getpid()}")
    try:
        restore(database, (STATES / f"{request.param}.sql").read_text())
        found = json.loads(output_of(run_script(GOING_ON, DATABASES=database.settings())))
        yield Upgrade(json.loads((STATES / f"{request.param}.json").read_text()), *found)
    finally:
        database.drop()


class TestEveryLandedState:
    def test_is_kept(self) -> None:
        assert KEPT

    def test_keeps_rows_records_and_references(self, upgrade: Upgrade) -> None:
        assert upgrade.migrated == upgrade.before
        # The story has something of each, so that nothing is equal by being empty.
        assert min(map(len, upgrade.before.values())) >= 1
        assert {each[4] for each in upgrade.before["items"]} == {"active", "reserve", "disable"}
        assert {each[2] for each in upgrade.before["revisions"]} == {"migrate", "api", "admin", "command", "code"}

    def test_is_synced_without_touching_a_decision(self, upgrade: Upgrade) -> None:
        assert upgrade.synced["revision"] is None
        assert upgrade.after_sync == upgrade.before

    def test_goes_on_with_the_next_revision(self, upgrade: Upgrade) -> None:
        (last,) = (int(value) for _, value, _ in upgrade.before["counter"])
        assert upgrade.acted["revision"] == last + 1
        assert upgrade.acted["items"][0]["before"] == {"status": "disable"}

    def test_is_all_that_the_models_need(self, upgrade: Upgrade) -> None:
        assert upgrade.models == "No changes detected\n"
