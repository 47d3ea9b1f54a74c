"""Materialising the registry as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from plugin_system.choices import RowKind, SyncMode
from plugin_system.definitions import TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.models.reading import as_they_are_now, in_batches
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.revisions import BATCH, Draft, Resolution, RowChange, write_revision
from plugin_system.rows import unrecorded
from plugin_system.services.freshness import read_state
from plugin_system.services.lookups import write_database
from plugin_system.services.sync_plan import SyncAction, SyncOptions, SyncPlan, SyncStep, plan_sync

_MOST_GROUPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOutcome:
    """
    What a sync did, or, for a dry run, would do.

    ``revision`` is ``None`` where nothing was written; ``resolves`` has the types for which another item serves now;
    ``fingerprint`` is that of this process's registry, to compare two processes by.
    """

    revision: int | None
    dry_run: bool
    plan: SyncPlan
    resolves: list[Resolution]
    fingerprint: str


def sync_plugins(
    *,
    origin: Origin,
    mode: SyncMode = SyncMode.CREATE,
    prune: bool = False,
    prune_missing: bool = False,
    dry_run: bool = False,
    using: str | None = None,
) -> SyncOutcome:
    """
    Make the rows follow the registry of this process, as one revision, and return what was done.

    New registrations get rows and archived ones that are registered again come back as they were. ``mode`` update
    refreshes description and stated priority; no mode writes the status of a row that exists. ``prune`` archives rows
    whose app is not installed, ``prune_missing`` all whose code this process lacks; nothing is ever deleted. Where
    nothing differs nothing is written and no reason is needed, nor is a lock taken, unless somebody writes meanwhile.

    :raises InvalidValueError: the origin's reason is too long.
    :raises SpellingTakenError: a new key differs only in case or accents from that of a row.
    :raises ReasonRequiredError: something differs, and the host demands a reason and there is none.
    """
    database = write_database(using)
    options = SyncOptions(mode=mode, prune=prune, prune_missing=prune_missing)
    # What is written asks for the reason, if anything is; one that is too long is refused whatever the plan.
    origin.validate(dry_run=True)
    before = read_state(using=database)
    plan = plan_sync(options=options, using=database)
    number: int | None = None
    resolutions: list[Resolution] = []
    if not plan.changes and read_state(using=database) != before:
        # It is read in two statements, and somebody wrote in between: whether anything differs is seen under the lock.
        plan = write_revision(
            lambda draft: plan_sync(options=options, using=draft.using, locks=True),
            origin=origin,
            using=database,
            dry_run=True,
        ).result
    if plan.changes:

        def act(draft: Draft) -> SyncPlan:
            # Planned again under the lock: another process may have done it meanwhile.
            locked_plan = plan_sync(options=options, using=database, locks=True)
            if locked_plan.refusal is not None:
                raise locked_plan.refusal
            if locked_plan.changes:
                draft.watch(None)
                _apply(locked_plan.changes, draft)
            return locked_plan

        written = write_revision(act, origin=origin, using=database, force=True, dry_run=dry_run)
        plan, number = written.result, written.number
        resolutions = [each for each in written.resolutions if each.before != each.after]
    return SyncOutcome(
        revision=number,
        dry_run=dry_run,
        plan=plan,
        resolves=resolutions,
        fingerprint=plugin_registry.fingerprint,
    )


def _apply(steps: list[SyncStep], draft: Draft) -> None:
    for kind in (RowKind.TYPE, RowKind.ITEM):
        mine = [step for step in steps if step.kind is kind]
        _create([step for step in mine if step.action is SyncAction.CREATE], kind, draft)
        _change([step for step in mine if step.action is not SyncAction.CREATE], kind, draft)
    draft.changes.extend(
        RowChange(kind=step.kind, key=step.key, row_id=step.row_id, before=step.before, after=step.after)
        for step in steps
    )


def _create(steps: list[SyncStep], kind: RowKind, draft: Draft) -> None:
    type_ids = _type_ids(draft.using) if kind is RowKind.ITEM and steps else {}
    rows = [_new_row(step, type_ids, draft.number) for step in steps]
    unrecorded(_model(kind), draft.using).bulk_create(rows, batch_size=BATCH)


def _new_row(step: SyncStep, type_ids: dict[TypeKey, UUID], number: int) -> PluginType | PluginItem:
    values = {"id": step.row_id, "revision": number, **(step.after or {})}
    if isinstance(step.key, TypeKey):
        return PluginType(manager=step.key.manager, name=step.key.name, **values)
    return PluginItem(plugin_type_id=type_ids[step.key.type], module=step.key.module, name=step.key.name, **values)


def _type_ids(using: str) -> dict[TypeKey, UUID]:
    rows = as_they_are_now(PluginType.all_objects.using(using))
    return {TypeKey(manager, name): pk for manager, name, pk in rows.values_list("manager", "name", "pk")}


def _change(steps: list[SyncStep], kind: RowKind, draft: Draft) -> None:
    """Write what differs, rows with equal values together, the others in one statement per batch."""
    now = timezone.now()
    groups: dict[tuple[tuple[str, Any], ...], list[UUID]] = {}
    for step in steps:
        groups.setdefault(tuple(sorted(_columns(step, now).items())), []).append(step.row_id)
    rows = unrecorded(_model(kind), draft.using)
    if len(groups) <= _MOST_GROUPS:
        for values, ids in groups.items():
            for batch in in_batches(ids):
                rows.filter(pk__in=batch).update(revision=draft.number, **dict(values))
        return
    fields = sorted({name for values in groups for name, _ in values})
    found = {
        row.pk: row
        for batch in in_batches([step.row_id for step in steps])
        for row in as_they_are_now(rows.filter(pk__in=batch))
    }
    for step in steps:
        row = found[step.row_id]
        row.revision = draft.number
        for name, value in _columns(step, now).items():
            setattr(row, name, value)
    rows.bulk_update(found.values(), [*fields, "revision"], batch_size=BATCH)


def _columns(step: SyncStep, now: datetime) -> dict[str, Any]:
    """Return the step's values as columns: the archived flag becomes a time."""
    values = dict(step.after or {})
    if "archived" in values:
        values["archived"] = now if values["archived"] else None
    return values


def _model(kind: RowKind) -> Any:
    return PluginType if kind is RowKind.TYPE else PluginItem
