"""
Keep the database of a landed state, as its own code makes it, for the tests that migrate it forward.

    DJANGO_SETTINGS_MODULE=tests.settings python -m tests.upgrade.keep COMMIT

writes ``states/COMMIT.sqlite.sql`` and, beside it, what was in it; with ``PLUGIN_SYSTEM_TEST_DATABASE=postgresql`` or
``mariadb`` those of a server. Run it when a state lands whose tables differ, or whose services write them otherwise;
the interpreter must have what that commit needs.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.elsewhere import ROOT
from tests.processes.databases import DATABASES, KIND, Database
from tests.upgrade.dumps import dump

STATES = Path(__file__).resolve().parent / "states"
# What an operator, a deploy and the host's own code do; written against what every landed state has.
STORY = """
import django; django.setup()
from uuid import UUID
from django.core.management import call_command
from plugin_system import services
from plugin_system.choices import Channel
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from tests.host.prefs.models import Preference

call_command("migrate", verbosity=0)
row = lambda name: PluginItem.all_objects.get(name=name)
ids = lambda *names: services.ItemSelection(ids=tuple(row(name).pk for name in names))
by = lambda channel, reason: Origin(channel=channel, actor="ann", actor_id="7", reason=reason, request_id="req-1")
services.set_status(items=ids("primary"), status="disable", origin=by(Channel.API, "INC-1 \\u00e9"))
services.edit_items(edits=[services.ItemEdit(item=row("secondary").pk, priority=-5, description="Ours")],
                    origin=by(Channel.ADMIN, "Preferred"))
services.update_type(plugin_type=PluginType.objects.get().pk, description="Our words", origin=by(Channel.ADMIN, ""))
services.promote(item=row("spare").pk, origin=by(Channel.COMMAND, ""))
kind = PluginType.objects.get()
PluginItem.objects.create(id=UUID(int=5), plugin_type=kind, module="apps.gone", name="gone", priority=3)
Preference.objects.create(owner="ann", item=row("secondary")).favourites.set([row("spare"), row("gone")])
call_command("pluginsync", "--mode", "update", verbosity=0)
services.revert(revision=3, origin=by(Channel.COMMAND, ""), force=True)
services.set_status(items=ids("spare"), status="reserve", origin=by(Channel.API, "Calm again"))
"""
# What is in the database, read by whichever code runs it: the columns that the first landed state had.
READING = """
import json
from plugin_system.models import Change, PluginItem, PluginType, Revision, RevisionCounter
from tests.host.prefs.models import Preference

def rows(model, *columns):
    return [list(map(str, each)) for each in model._base_manager.order_by("pk").values_list(*columns)]

def read():
    return {
        "types": rows(PluginType, "id", "manager", "name", "description", "archived", "revision", "chain_revision"),
        "items": rows(PluginItem, "id", "plugin_type", "module", "name", "status", "priority", "description",
                      "archived", "revision"),
        "revisions": rows(Revision, "number", "created_at", "channel", "actor", "actor_id", "reason", "request_id",
                          "resolves"),
        "changes": rows(Change, "id", "revision", "kind", "key", "row_id", "before", "after"),
        "counter": rows(RevisionCounter, "id", "value", "nonce"),
        "preferences": rows(Preference, "owner", "item", "favourites"),
    }
"""


def empty_database(folder: Path, name: str) -> Database:
    """Return a new database without tables, in the folder if it is a file."""
    database = DATABASES[KIND](str(folder / name / "db.sqlite3") if KIND == "sqlite" else name)
    database.drop()
    database.create_from(None)
    return database


def run(folder: Path, database: Database, script: str) -> str:
    """Run a script with the code of a folder, on a database; return what it prints."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "api")]),
        "PLUGIN_SYSTEM_TEST_NAME": database.name,
    }
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def keep(commit: str) -> None:
    """Write the two files of a commit."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = empty_database(folder, "plugin_system_kept")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        run(folder, database, STORY)
        found = run(folder, database, f"import django; django.setup()\n{READING}\nprint(json.dumps(read(), indent=1))")
        json.loads(found)
        (STATES / f"{commit}.{KIND}.sql").write_text(dump(database))
        database.drop()
    (STATES / f"{commit}.{KIND}.json").write_text(found)


if __name__ == "__main__":
    keep(sys.argv[1])
