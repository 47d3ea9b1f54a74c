"""The actions that change something: status, priority, promote, revert, purge, forget."""

from typing import Any

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.management.operators import origin_of
from plugin_system.management.pluginctl import documents
from plugin_system.management.pluginctl.answers import Answer
from plugin_system.management.pluginctl.looking import resolution
from plugin_system.management.pluginctl.tables import aligned, differences, printable
from plugin_system.management.printing import deed_of


def enable(options: dict[str, Any]) -> Answer:
    """Let the items serve, by priority."""
    return _set_status(PluginStatus.ACTIVE, options)


def reserve(options: dict[str, Any]) -> Answer:
    """Let the items serve when nothing active can."""
    return _set_status(PluginStatus.RESERVED, options)


def disable(options: dict[str, Any]) -> Answer:
    """Let the items serve no more."""
    return _set_status(PluginStatus.DISABLED, options)


def promote(options: dict[str, Any]) -> Answer:
    """Make the item the one that serves."""
    (row,) = services.items_named([options["promoted"]], using=options["database"])
    return written(services.promote(item=row.pk, **how(options)))


def prioritise(options: dict[str, Any]) -> Answer:
    """Give each item its priority."""
    references, priorities = zip(*options["priorities"], strict=True)
    rows = services.items_named(references, using=options["database"])
    edits = [services.ItemEdit(item=row.pk, priority=priority) for row, priority in zip(rows, priorities, strict=True)]
    return written(services.edit_items(edits=edits, **how(options)))


def revert(options: dict[str, Any]) -> Answer:
    """Give back what a revision changed."""
    return written(services.revert(revision=options["revision"], **how(options)))


def purge(options: dict[str, Any]) -> Answer:
    """Delete rows that are archived for long, for good."""
    found = services.purge_archived(
        older_than=options["older_than"],
        origin=origin_of(options),
        dry_run=options["dry_run"] or not options["yes"],
        using=options["database"],
    )
    document = {
        "revision": found.revision,
        "dry_run": found.dry_run,
        "purged": [str(key) for key in found.purged],
        "kept": [{"key": str(key), "why": why} for key, why in found.kept.items()],
        "taken_along": found.taken_along,
    }
    rows = [("delete", key, "") for key in found.purged] + [("keep", key, why) for key, why in found.kept.items()]
    lines = aligned(rows) if rows else []
    lines.extend(f"Along with them: {count} of {label}." for label, count in found.taken_along.items())
    lines.append(
        f"{'Would delete' if found.dry_run else 'Deleted'} {len(found.purged)}, kept {len(found.kept)}. "
        + _ending(found.revision, dry_run=found.dry_run)
    )
    lines.extend(_invitation(found.dry_run and bool(found.purged)))
    return Answer(document=document, lines=lines, deed=deed_of(found.revision))


def forget(options: dict[str, Any]) -> Answer:
    """Forget old history."""
    found = services.forget_history(
        older_than=options["older_than"],
        origin=origin_of(options),
        dry_run=options["dry_run"] or not options["yes"],
        using=options["database"],
    )
    document = {
        "dry_run": found.dry_run,
        "revisions": found.revisions,
        "changes": found.changes,
        "first_cursor": found.first_cursor,
    }
    verb = "Would forget" if found.dry_run else "Forgot"
    line = f"{verb} {found.revisions} revisions with {found.changes} changes; the last one of each row is kept."
    follow = f"The history can be followed from revision {found.first_cursor}."
    lines = [line, follow, *_invitation(found.dry_run and found.revisions > 0)]
    return Answer(document=document, lines=lines, deed="" if found.dry_run else "It was done")


def _set_status(status: PluginStatus, options: dict[str, Any]) -> Answer:
    rows = services.items_named(options["items"], using=options["database"])
    selection = services.ItemSelection(ids=tuple(row.pk for row in rows))
    return written(services.set_status(items=selection, status=status, **how(options)))


def written(outcome: services.Outcome) -> Answer:
    rows = [(each.item.key, differences(each.before, each.after) or "unchanged") for each in outcome.items]
    described = [(each.plugin_type.key, differences(each.before, each.after)) for each in outcome.plugin_types]
    lines = aligned([*rows, *described])
    lines.extend(printable(resolution(each.as_json())) for each in outcome.resolves)
    lines.append(_ending(outcome.revision, dry_run=outcome.dry_run))
    return Answer(document=documents.of_outcome(outcome), lines=lines, deed=deed_of(outcome.revision))


def _ending(revision: int | None, *, dry_run: bool) -> str:
    if dry_run:
        return "Dry run: nothing was written."
    return "Nothing differed: nothing was written." if revision is None else f"Revision {revision}."


def _invitation(is_wanted: bool) -> list[str]:
    return ["Do it with --yes."] if is_wanted else []


def how(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "origin": origin_of(options),
        "force": options["force"],
        "dry_run": options["dry_run"],
        "using": options["database"],
    }
