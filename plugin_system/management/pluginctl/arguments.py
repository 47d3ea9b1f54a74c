"""The arguments of ``manage.py pluginctl``."""

import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import timedelta
from typing import Any

from django.db import connections

from plugin_system.choices import Channel, PluginStatus
from plugin_system.exceptions import InvalidValueError
from plugin_system.management.operators import add_origin_arguments
from plugin_system.validation import is_storable

HELP = "Shows which plugins serve and why, and changes that: the operator's actions, as in the admin and the API."
EPILOG = """\
keys:
  A plugin type is apps.otp:otp, or otp where only one type has that name.
  An item is apps.otp:otp/apps.otp_sms:sms_ir, or, where only one item has it, apps.otp_sms:sms_ir or sms_ir.
  An id will do for both.

exit codes:
  0  done
  1  a plugin type has nothing usable (status), the database failed, or the answer could not be written
  2  wrong usage: arguments, a missing or too long reason
  3  refused: nothing usable would be left, rows have changed since, the item does not load
  4  an unknown or ambiguous key, an unknown revision
"""
_AGE = re.compile(r"(\d{1,9})(s|min|h|d|w)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOST_REVISIONS = 500


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the actions and their options."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_looking(actions)
    _add_status_actions(actions)
    _add_other_writes(actions)
    _add_letting_go(actions)
    _add_importing(actions)
    for action in actions.choices.values():
        _add_common(action)


def read_age(text: str) -> timedelta:
    """Return the age written as ``90d``: a number with s, min, h, d or w."""
    match = _AGE.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not an age; write a number with s, min, h, d or w, as in 90d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_pairs(words: list[str]) -> list[tuple[str, int]]:
    """
    Return the items and priorities that alternate in ``words``.

    :raises InvalidValueError: they do not, or a priority is no integer.
    """
    if len(words) % 2:
        raise InvalidValueError(
            "priority", f"{words[-1]!r} has no priority behind it; write ITEM PRIORITY, and again for the next item."
        )
    pairs = []
    for item, priority in zip(words[::2], words[1::2], strict=True):
        if not re.fullmatch(r"[+-]?\d{1,9}", priority):
            raise InvalidValueError("priority", f"{priority!r} behind {item!r} is not an integer; write ITEM PRIORITY.")
        pairs.append((item, int(priority)))
    return pairs


def refuse_unstorable(options: dict[str, Any]) -> None:
    """
    Refuse what no database can be asked for; bytes that are no text reach a command as halves of surrogates.

    :raises InvalidValueError: names the option.
    """
    for name, value in options.items():
        texts = value if isinstance(value, list) else [value]
        if not all(is_storable(text) for text in texts if isinstance(text, str)):
            raise InvalidValueError(name, f"{name} holds what is no text: a NUL, or bytes that are not UTF-8.")


def _add_looking(actions: Any) -> None:
    listing = _add_action(actions, "list", "List the items, in the order in which they come to serve.")
    listing.add_argument("--type", dest="types", action="append", default=[], help="Only of this type; repeatable.")
    listing.add_argument("--module", help="Only of this module.")
    listing.add_argument("--status", choices=PluginStatus.values, help="Only with this status.")
    explaining = _add_action(actions, "explain", "Show what serves a plugin type, and why; of every type by default.")
    explaining.add_argument("types", nargs="*", metavar="TYPE")
    _add_action(actions, "status", "Show what serves, what drifts from code, and whether all is well.")
    history = _add_action(actions, "history", "Show what was done: the newest first, or, after --since, in order.")
    history.add_argument("--item", help="Only what touched this item.")
    history.add_argument("--type", help="Only what touched this plugin type or its items.")
    history.add_argument("--actor", help="Only what this person did.")
    history.add_argument("--channel", choices=Channel.values, help="Only through this door.")
    history.add_argument("--request-id", help="Only what this request did.")
    history.add_argument("--since", type=_whole_number, metavar="REVISION", help="Only what came after this revision.")
    history.add_argument(
        "--limit", type=_limit, default=20, help="At most so many revisions: 20 by default, 500 at most."
    )


def _add_status_actions(actions: Any) -> None:
    for name, help_text in (
        ("enable", "Make items active: the one with the lowest priority serves."),
        ("reserve", "Put items in reserve: they serve when no active one can."),
        ("disable", "Disable items: they serve no more."),
    ):
        action = _add_write(actions, name, help_text)
        action.add_argument("items", nargs="+", metavar="ITEM")


def _add_other_writes(actions: Any) -> None:
    promoting = _add_write(actions, "promote", "Make an item the one that serves: active, and ahead of the others.")
    promoting.add_argument("promoted", metavar="ITEM")
    priority = _add_write(actions, "priority", "Give items their priority; lower wins.")
    priority.add_argument("priorities", nargs="+", metavar="ITEM PRIORITY")
    reverting = _add_write(actions, "revert", "Give back the status, priority and description that a revision changed.")
    reverting.add_argument("revision", type=_whole_number, metavar="REVISION")


def _add_importing(actions: Any) -> None:
    text = "Take over status and priority from the tables of django-plugin-system, where nobody has decided here since."
    importing = _add_write(actions, "import-legacy", text)
    importing.add_argument("--descriptions", action="store_true", help="Take over the descriptions as well.")


def _add_letting_go(actions: Any) -> None:
    purging = _add_action(actions, "purge", "Show, and with --yes delete, the rows archived for longer than an age.")
    forgetting = _add_action(actions, "forget", "Show, and with --yes forget, the history that is older than an age.")
    for action in (purging, forgetting):
        action.add_argument("--older-than", required=True, type=read_age, metavar="AGE", help="As in 12h, 90d or 8w.")
        action.add_argument("--yes", action="store_true", help="Do it, instead of showing what would be done.")
        action.add_argument("--dry-run", action="store_true", help="Only show it, --yes or not.")
        add_origin_arguments(action)


def _add_write(actions: Any, name: str, help_text: str) -> ArgumentParser:
    action = _add_action(actions, name, help_text)
    action.add_argument("--dry-run", action="store_true", help="Show what would change and serve; write nothing.")
    action.add_argument(
        "--force",
        action="store_true",
        help="Do it although nothing usable would be left, rows have changed since, or the item has failed lately.",
    )
    add_origin_arguments(action)
    return action


def _add_action(actions: Any, name: str, help_text: str) -> ArgumentParser:
    action: ArgumentParser = actions.add_parser(name, help=help_text, description=help_text, epilog=EPILOG)
    action.formatter_class = RawDescriptionHelpFormatter
    return action


def _add_common(action: ArgumentParser) -> None:
    action.add_argument("--json", action="store_true", help="Print the answer as JSON, with the names of the REST API.")
    action.add_argument(
        "--database", choices=tuple(connections), help="By default the one that plugins are written to."
    )
    # Django's own are known in front of the action; here they are let through, as everybody writes them last.
    for option in ("--settings", "--pythonpath"):
        action.add_argument(option, default=SUPPRESS, help=SUPPRESS)
    action.add_argument("-v", "--verbosity", type=int, choices=range(4), default=SUPPRESS, help=SUPPRESS)
    for option in ("--traceback", "--no-color", "--force-color"):
        action.add_argument(option, action="store_true", default=SUPPRESS, help=SUPPRESS)


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is not the number of a revision.")
    return int(text)


def _limit(text: str) -> int:
    number = _whole_number(text)
    if not 1 <= number <= _MOST_REVISIONS:
        raise ArgumentTypeError(f"{text} is not from 1 to {_MOST_REVISIONS}.")
    return number
