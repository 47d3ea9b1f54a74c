"""Who sits at the command line, and why they act."""

import getpass
from argparse import ArgumentParser
from typing import Any

from plugin_system.choices import Channel
from plugin_system.origins import Origin


def add_origin_arguments(parser: ArgumentParser) -> None:
    """Declare the options by which a change says who makes it and why."""
    parser.add_argument("--reason", default="", help="Why; kept in the record of the change.")
    parser.add_argument("--actor", help="Who, for the record; by default the one who is logged in on this machine.")


def origin_of(options: dict[str, Any]) -> Origin:
    """Return the origin of a change that a command makes."""
    actor = options["actor"]
    return Origin(channel=Channel.COMMAND, actor=operator_name() if actor is None else actor, reason=options["reason"])


def operator_name() -> str:
    """Return the name under which the person is logged in on the machine, as far as it is known."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
