"""``manage.py pluginsync``."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, DjangoHelpFormatter, OutputWrapper
from django.db import connections

from plugin_system import services
from plugin_system.choices import SyncMode
from plugin_system.management.operators import add_origin_arguments, origin_of
from plugin_system.management.pluginctl.answers import put_plainly
from plugin_system.management.pluginctl.tables import aligned
from plugin_system.management.printing import deed_of, print_answer
from plugin_system.services import SyncAction, SyncOutcome, SyncStep

EPILOG = """\
exit codes:
  0  done, or nothing to do
  1  something would change (--check)
  2  wrong usage: arguments, a missing or too long reason
  3  refused: a system check failed, as for a wrong registration; a row has a new key in another spelling
  5  the database failed, or the answer could not be written
"""
# 4 is that of an unknown key in pluginctl. Where Django itself does not start Python exits with 1, and prints no plan.
DIFFERS, FAILED = 1, 5


class _HelpFormatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps the lines of the exit codes, and Django's own options behind those of the command."""


class Command(BaseCommand):
    """Materialise the registry as rows."""

    help = (
        "Makes the rows of plugin types and items follow the code of this process.\n"
        "Status is never changed and nothing is deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.formatter_class = _HelpFormatter
        parser.epilog = EPILOG
        parser.add_argument(
            "--mode",
            choices=[mode.value for mode in SyncMode],
            default=SyncMode.CREATE.value,
            help="create (the default) leaves existing rows alone; update refreshes description and stated priority.",
        )
        pruning = parser.add_mutually_exclusive_group()
        pruning.add_argument(
            "--no-prune", action="store_true", help="Do not archive rows whose app is no longer installed."
        )
        pruning.add_argument(
            "--prune-missing",
            action="store_true",
            help="Also archive rows whose app is installed, but whose code this process lacks.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Show what would be done; write nothing.")
        parser.add_argument("--check", action="store_true", help="Like --dry-run; exit 1 if anything would change.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")
        add_origin_arguments(parser)
        parser.add_argument(
            "--database",
            choices=tuple(connections),
            help="The database to sync; by default the one that plugins are written to.",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, and put plainly what fails: also a system check, and one that asks the database."""
        stdout = OutputWrapper(options["stdout"]) if options.get("stdout") else self.stdout
        with put_plainly(errors_to=stdout if options["json"] else None, failure=FAILED):
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync and print what was done."""
        outcome = services.sync_plugins(
            origin=origin_of(options),
            mode=SyncMode(options["mode"]),
            prune=not options["no_prune"],
            prune_missing=options["prune_missing"],
            dry_run=options["dry_run"] or options["check"],
            using=options["database"],
        )
        text = _as_json(outcome) if options["json"] else _as_text(outcome)
        print_answer(self.stdout, text, deed=deed_of(outcome.revision), failure=FAILED)
        if options["check"] and outcome.plan.changes:
            raise SystemExit(DIFFERS)


def _as_text(outcome: SyncOutcome) -> str:
    lines = aligned([_cells(step) for step in outcome.plan.steps])
    counts = ", ".join(f"{count} {action}" for action, count in outcome.plan.counts.items() if count) or "no rows"
    verb = "Would do" if outcome.dry_run else "Done"
    lines.append(f"{verb}: {counts}. {_revision_text(outcome)}")
    lines.extend(
        f"{each.plugin_type} resolves to {each.after or 'nothing'}; before: {each.before or 'nothing'}."
        for each in outcome.resolves
    )
    return "\n".join(lines)


def _revision_text(outcome: SyncOutcome) -> str:
    if outcome.dry_run:
        return "Nothing was written."
    return "Nothing differed." if outcome.revision is None else f"Revision {outcome.revision}."


def _cells(step: SyncStep) -> tuple[object, ...]:
    return step.action.value, step.kind.value, step.key, _details(step)


def _details(step: SyncStep) -> str:
    if step.action is not SyncAction.UPDATE:
        return step.why
    before, after = step.before or {}, step.after or {}
    return "; ".join(f"{name}: {before[name]!r} -> {after[name]!r}" for name in sorted(after))


def _as_json(outcome: SyncOutcome) -> str:
    document = {
        "revision": outcome.revision,
        "dry_run": outcome.dry_run,
        "fingerprint": outcome.fingerprint,
        "counts": outcome.plan.counts,
        "steps": [
            {
                "action": step.action.value,
                "kind": step.kind.value,
                "key": str(step.key),
                "id": str(step.row_id),
                "why": step.why,
                "before": step.before,
                "after": step.after,
            }
            for step in outcome.plan.steps
        ],
        "resolves": [each.as_json() for each in outcome.resolves],
    }
    return json.dumps(document, indent=2)
