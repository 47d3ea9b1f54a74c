"""``manage.py pluginctl``."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from plugin_system.management.pluginctl import acting, arguments, importing, looking
from plugin_system.management.pluginctl.answers import USAGE, Answer, put_plainly

ACTIONS: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "list": looking.list_items,
    "explain": looking.explain,
    "status": looking.status,
    "enable": acting.enable,
    "reserve": acting.reserve,
    "disable": acting.disable,
    "promote": acting.promote,
    "priority": acting.prioritise,
    "history": looking.history,
    "revert": acting.revert,
    "purge": acting.purge,
    "forget": acting.forget,
    "import-legacy": importing.import_legacy,
}


class Command(BaseCommand):
    """Show which plugins serve, and change that."""

    help = arguments.HELP
    # A wrong registration must not keep the operator from the switches; `status` shows it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the actions."""
        arguments.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the action and print what it answers."""
        if options["action"] == "priority":
            try:
                options["priorities"] = arguments.read_pairs(options["priorities"])
            except ValueError as error:
                raise CommandError(str(error), returncode=USAGE) from error
        with put_plainly():
            arguments.refuse_unstorable(options)
            answer = ACTIONS[options["action"]](options)
        self.stdout.write(json.dumps(answer.document, indent=2) if options["json"] else "\n".join(answer.lines))
        if answer.exit_code:
            sys.exit(answer.exit_code)
