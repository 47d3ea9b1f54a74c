"""The commands, run in this process or as a shell runs them."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.management import call_command
from django.core.management.base import CommandError

from tests.elsewhere import ROOT
from tests.factories import MODULE

PRIMARY_NAME, SECONDARY_NAME, SPARE_NAME = f"{MODULE}:primary", f"{MODULE}:secondary", f"{MODULE}.spare:spare"


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    exit_code: int
    out: str
    error: str = ""

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def ctl(*arguments: str) -> Done:
    """Run ``pluginctl`` in this process."""
    return run("pluginctl", *arguments)


def run(*words: str, **options: Any) -> Done:
    """Run a command in this process."""
    out = io.StringIO()
    try:
        call_command(*words, stdout=out, **options)
    except CommandError as error:
        return Done(error.returncode, out.getvalue(), str(error))
    except SystemExit as end:
        return Done(int(str(end.code)), out.getvalue())
    return Done(0, out.getvalue())


def run_into(stdout: int, *words: str, through: Sequence[str] = (), **settings: Any) -> Done:
    """Run a command in a process of its own that writes to this descriptor; the answer has what is on stderr."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
        "PROCESS_SETTINGS": json.dumps(settings),
        "PYTHONPATH": str(ROOT),
    }
    command = [*through, sys.executable, "-W", "error", "-m", "django", *words]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    return Done(ended.returncode, "", ended.stderr)
