"""Another process of the host project, which runs one script or one command, and ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.settings import INSTALLED_APPS

ROOT = Path(__file__).resolve().parents[1]
HOST_APPS = tuple(INSTALLED_APPS)
# What a host without admin and REST API has: quicker to start.
CORE = {"INSTALLED_APPS": ["plugin_system", "tests.host.otp", "tests.host.otp_sms"], "ROOT_URLCONF": None}
SETUP = "import django; django.setup()\n"

Done = subprocess.CompletedProcess[str]


def run_script(script: str, *, folder: Path | None = None, sets_up: bool = True, **changes: Any) -> Done:
    """Run a script after ``django.setup()``; what is in ``folder`` can be imported, and settings changed."""
    return _run("-c", f"{SETUP if sets_up else ''}{script}", folder=folder, **changes)


def run_command(*arguments: str, folder: Path | None = None, **changes: Any) -> Done:
    """Run a management command as a shell does; see :func:`run_script`."""
    return _run("-m", "django", *arguments, folder=folder, **changes)


def _run(*arguments: str, folder: Path | None, **changes: Any) -> Done:
    paths = [*([str(folder)] if folder else []), str(ROOT), str(ROOT / "api")]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
        "PROCESS_SETTINGS": json.dumps(changes),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def output_of(done: Done) -> str:
    """Return what a process has printed that must not have failed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sqlite_files(folder: Path, *aliases: str) -> dict[str, dict[str, str]]:
    """Return a value for ``DATABASES``: an SQLite file for each alias."""
    return {
        alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / f"{alias}.sqlite3")} for alias in aliases
    }


def write_package(folder: Path, name: str, **modules: str) -> None:
    """Write a package with these modules into the folder."""
    package = folder / name
    package.mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (package / f"{module}.py").write_text(text)


class ToRouted:
    """A router that keeps the control plane in the database ``routed``."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "routed" if model._meta.app_label == "plugin_system" else None

    db_for_read = db_for_write

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return db == "routed" if app_label == "plugin_system" else None
