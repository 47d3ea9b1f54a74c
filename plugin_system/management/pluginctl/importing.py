"""Taking over the state of django-plugin-system."""

from typing import Any

from plugin_system import services
from plugin_system.management.pluginctl.acting import how, written
from plugin_system.management.pluginctl.answers import Answer
from plugin_system.management.pluginctl.tables import aligned


def import_legacy(options: dict[str, Any]) -> Answer:
    """Give the rows the state that the old tables have, and tell which row stands for which old one."""
    found = services.import_legacy(descriptions=options["descriptions"], **how(options))
    answer = written(found.outcome)
    kept = [(each.row.key, each.kept) for each in found.matches if each.kept]
    unmatched = [
        (each.key, "It has no row here. Register its code and run manage.py pluginsync, then import again.")
        for each in found.unmatched
    ]
    lines = [
        *aligned([*kept, *unmatched]),
        f"{len(found.matches)} of {len(found.matches) + len(found.unmatched)} old rows have a row here.",
    ]
    document = {
        **answer.document,
        "matched": [_match(each) for each in found.matches],
        "unmatched": [{"legacy_id": str(each.id), "legacy_key": str(each.key)} for each in found.unmatched],
    }
    return Answer(document=document, lines=[*answer.lines[:-1], *lines, answer.lines[-1]], deed=answer.deed)


def _match(match: services.LegacyMatch) -> dict[str, Any]:
    return {
        "legacy_id": str(match.legacy.id),
        "legacy_key": str(match.legacy.key),
        "id": str(match.row.pk),
        "key": str(match.row.key),
        "kept": match.kept,
    }
