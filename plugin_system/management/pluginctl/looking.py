"""The actions that only look: list, explain, status, history."""

from typing import Any

from django.conf import settings
from django.utils.timezone import localtime

from plugin_system import services
from plugin_system.choices import Channel, Verdict
from plugin_system.definitions import ItemKey
from plugin_system.management.pluginctl import documents
from plugin_system.management.pluginctl.answers import DONE, UNHEALTHY, Answer
from plugin_system.management.pluginctl.tables import aligned, differences, indented, printable
from plugin_system.models import Change, PluginItem, Revision

_MOST_CHANGES_SHOWN = 10
_OWN_CHOICE = "(its own get_plugin)"
_USABLE = frozenset({Verdict.SELECTED, Verdict.OUTRANKED, Verdict.RESERVE})
_NO_ITEM = "No item fits. Register some in code and run manage.py pluginsync, or ask for others."
_NOTHING_YET = "There are no plugins yet. Register some in code, then run manage.py pluginsync."


def list_items(options: dict[str, Any]) -> Answer:
    """List the items, in the order in which they come to serve."""
    found = [
        (explanation, candidate) for explanation in _explanations(options) for candidate in explanation.candidates
        if options["module"] in {None, candidate.row.module} and options["status"] in {None, candidate.row.status}
    ]  # fmt: skip
    rows = [
        (explanation.plugin_type.key, *_standing(each.row), _verdict(explanation, each.verdict))
        for explanation, each in found
    ]
    return Answer(
        document={
            "count": len(found),
            "results": [{**documents.of_item(each.row), "verdict": each.verdict.value} for _, each in found],
        },
        lines=aligned(rows, heading=("TYPE", "ITEM", "STATUS", "PRIORITY", "VERDICT")) if rows else [_NO_ITEM],
    )


def explain(options: dict[str, Any]) -> Answer:
    """Show what serves each plugin type, and why."""
    explanations = _explanations(options)
    shown = [documents.of_explanation(each) for each in explanations]
    lines = [line for each in explanations for line in ("", *_chain(each))][1:]
    return Answer(
        document=shown[0] if len(options["types"]) == 1 else {"plugin_types": shown}, lines=lines or [_NOTHING_YET]
    )


def status(options: dict[str, Any]) -> Answer:
    """Show what serves, what drifts from code, and whether all is well."""
    found = services.read_status(using=options["database"])
    return Answer(
        document=documents.of_status(found),
        lines=[*_serving(found), *_facts(found)],
        exit_code=DONE if found.healthy else UNHEALTHY,
    )


def history(options: dict[str, Any]) -> Answer:
    """Show what was done, the newest first, or, with ``--since``, what came after, in order."""
    using, since = options["database"], options["since"]
    revisions = services.list_revisions(_history_query(options), using=using)
    if since is None:
        revisions = revisions.order_by("-number")
    found = [(each, list(each.changes.all())) for each in revisions[: options["limit"]]]
    newest = services.read_state(using=using).number if since is None else services.check_cursor(since, using=using)
    return Answer(
        document={"revision": newest, "results": [documents.of_revision(*each) for each in found]},
        lines=[line for each in found for line in _entry(*each)] or ["Nothing fits in the history."],
    )


def own_name(key: ItemKey) -> str:
    """Return the part of an item's key behind that of its type."""
    return f"{key.module}:{key.name}"


def resolution(facts: dict[str, Any]) -> str:
    """Return what became of the item that serves a plugin type, from its form as JSON."""
    old, new = ("nothing" if key is None else key.partition("/")[2] for key in (facts["before"], facts["after"]))
    return f"{facts['plugin_type']} resolves: {f'{old} -> {new}' if old != new else f'{new}, as before'}"


def _explanations(options: dict[str, Any]) -> list[services.Explanation]:
    if not options["types"]:
        return services.explain_all(using=options["database"])
    return [services.explain_type(row) for row in services.types_named(options["types"], using=options["database"])]


def _chain(explanation: services.Explanation) -> list[str]:
    chooses = _chooses_itself(explanation)
    rows = [
        (
            "->" if each.verdict is Verdict.SELECTED and not chooses else "",
            *_standing(each.row),
            _verdict(explanation, each.verdict),
            _supposed(each.explanation) if chooses else each.explanation,
        )
        for each in explanation.candidates
    ]
    heading = ("", "ITEM", "STATUS", "PRIORITY", "VERDICT", "WHY")
    chain = (
        aligned(rows, heading=heading) if rows else ["It has no items. Register one, then run manage.py pluginsync."]
    )
    return [printable(_headline(explanation)), *indented(chain)]


def _standing(row: PluginItem) -> tuple[object, ...]:
    return own_name(row.key), row.status, row.priority


def _chooses_itself(found: services.Explanation | services.TypeStatus) -> bool:
    return found.reason == "get_plugin"


def _verdict(explanation: services.Explanation, verdict: Verdict) -> str:
    """Return the verdict; among what is usable a type's own function chooses, and nobody knows what before it does."""
    return _OWN_CHOICE if _chooses_itself(explanation) and verdict in _USABLE else verdict.value


def _supposed(why: str) -> str:
    """Return what the standard order says of an item as what it is where the type chooses for itself."""
    return f"Would serve{why.removeprefix('Serves')}" if why.startswith("Serves") else why


def _headline(explanation: services.Explanation) -> str:
    key, selected = explanation.plugin_type.key, explanation.selected
    serves = "nothing" if selected is None else own_name(selected.key)
    if _chooses_itself(explanation):
        return f"{key}: its own get_plugin chooses at each call; the standard order gives {serves}."
    return f"{key}: nothing usable." if selected is None else f"{key}: {serves} serves ({explanation.reason})."


def _serving(found: services.Status) -> list[str]:
    rows = [
        (
            each.plugin_type,
            _serves(each),
            each.reason,
            *(each.counts[name] for name in ("active", "reserve", "disable")),
            _remark(each),
        )
        for each in found.types
    ]
    heading = ("TYPE", "SERVES", "REASON", "ACTIVE", "RESERVE", "DISABLED", "")
    return aligned(rows, heading=heading) if rows else [_NOTHING_YET]


def _serves(each: services.TypeStatus) -> str:
    if _chooses_itself(each):
        return _OWN_CHOICE
    return "nothing" if each.selected is None else own_name(each.selected)


def _remark(each: services.TypeStatus) -> str:
    if not each.registered:
        return "no code here"
    return "" if each.healthy else "NOTHING USABLE"


def _facts(found: services.Status) -> list[str]:
    drift, snapshot = found.drift, found.snapshot
    lines = [
        "",
        f"{'Healthy' if found.healthy else 'UNHEALTHY'}. Revision {found.revision}, fingerprint {found.fingerprint}.",
        f"Drift: {drift.missing} missing, {drift.new} new, {drift.differing} differing from code.",
    ]
    if drift.missing or drift.new:
        lines[-1] += " See manage.py pluginsync --dry-run."
    if drift.differing:
        lines.append("What differs may be an operator's wish: see manage.py pluginsync --mode update --dry-run.")
    if snapshot.age is not None:
        lines.append(f"This process has seen revision {snapshot.revision}, {snapshot.age:.1f} s ago.")
    if snapshot.last_failure is not None:
        lines.append(f"The database last failed {snapshot.last_failure_age:.0f} s ago: {snapshot.last_failure}")
    lines.extend(f"Registration error: {problem}" for problem in found.problems)
    return [printable(line) for line in lines]


def _history_query(options: dict[str, Any]) -> services.HistoryQuery:
    using, item, plugin_type = options["database"], options["item"], options["type"]
    return services.HistoryQuery(
        item=None if item is None else services.item_once_named(item, using=using),
        plugin_type=None if plugin_type is None else services.type_once_named(plugin_type, using=using),
        actor=options["actor"],
        channel=None if options["channel"] is None else Channel(options["channel"]),
        request_id=options["request_id"],
        since=options["since"],
    )


def _entry(revision: Revision, changes: list[Change]) -> list[str]:
    when = localtime(revision.created_at) if settings.USE_TZ else revision.created_at
    moment = f"{when:%Y-%m-%d %H:%M:%S %Z}".rstrip()
    head = [str(revision.number), moment, revision.actor or "-", revision.channel, revision.reason]
    rows = [(change.key, differences(change.before, change.after)) for change in changes[:_MOST_CHANGES_SHOWN]]
    lines = [printable("  ".join(head).rstrip()), *indented(aligned(rows) if rows else [])]
    if len(changes) > _MOST_CHANGES_SHOWN:
        lines.append(f"  ... and {len(changes) - _MOST_CHANGES_SHOWN} more; --json has all.")
    lines.extend(printable(f"  {resolution(each)}") for each in revision.resolves[:_MOST_CHANGES_SHOWN])
    return lines
