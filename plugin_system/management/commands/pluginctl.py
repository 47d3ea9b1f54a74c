"""``manage.py pluginctl``."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from plugin_system.management.pluginctl import acting, arguments, importing, looking
from plugin_system.management.pluginctl.answers import FAILED, Answer, put_plainly
from plugin_system.management.printing import print_answer

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
        errors_to = self.stdout if options["json"] else None
        with put_plainly(errors_to=errors_to, dry_run=options.get("dry_run", False)):
            arguments.refuse_unstorable(options)
            if options["action"] == "priority":
                options["priorities"] = arguments.read_pairs(options["priorities"])
            answer = ACTIONS[options["action"]](options)
        text = json.dumps(answer.document, indent=2) if options["json"] else "\n".join(answer.lines)
        print_answer(self.stdout, text, deed=answer.deed, failure=FAILED)
        if answer.exit_code:
            sys.exit(answer.exit_code)
