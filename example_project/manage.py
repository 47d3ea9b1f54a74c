#!/usr/bin/env python
"""The command line of the example project."""

import os
import re
import sys

from django.core.management import execute_from_command_line

ADDRESS = re.compile(r"(?:(?P<host>.+):)?(?P<port>[0-9]{2,5})")
EVERY_INTERFACE = {None, "", "0", "0.0.0.0", "[::]"}


def served_at(arguments: list[str]) -> str:
    """Return the loopback URL of a ``runserver`` with these arguments."""
    found = next(filter(None, map(ADDRESS.fullmatch, arguments)), None)
    if found is None:
        return "http://127.0.0.1:8000"
    host = "127.0.0.1" if found["host"] in EVERY_INTERFACE else found["host"]
    return f"http://{host}:{found['port']}"


def main() -> None:
    """Run the command given on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["runserver"]:
        # The demo gateway is part of this server, so providers must know where it listens.
        os.environ.setdefault("EXAMPLE_BASE_URL", served_at(sys.argv[2:]))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
