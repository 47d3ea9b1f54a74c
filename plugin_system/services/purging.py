"""Deleting rows that have been archived for long: it looks first, unless told to act."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import DO_NOTHING, PROTECT, RESTRICT, QuerySet
from django.db.models.deletion import Collector

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.models.reading import in_batches
from plugin_system.models.states import RowState, difference
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from plugin_system.revisions import Draft, write_revision
from plugin_system.rows import unrecorded
from plugin_system.services.ages import moment_before
from plugin_system.services.lookups import write_database

_Model = type[PluginType] | type[PluginItem]

_REGISTERED = "Its code is registered in this process; the next sync brings it back."
_OWN = {PluginType._meta.label, PluginItem._meta.label}
_HAS_ITEMS = "It still has items; they must go first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """
    What a purge deleted, or, for a dry run, would delete.

    ``kept`` has, by key, why a row stays although it is archived for long enough. ``taken_along`` counts the host's
    rows that go because they refer to a deleted one with ``on_delete=CASCADE``, by model label.
    """

    revision: int | None
    dry_run: bool
    purged: list[TypeKey | ItemKey]
    kept: dict[TypeKey | ItemKey, str]
    taken_along: dict[str, int]


def purge_archived(*, older_than: timedelta, origin: Origin, dry_run: bool = True, using: str | None = None) -> Purge:
    """
    Delete the rows that have been archived for longer than ``older_than``, for good, as one revision.

    That is the only deletion there is, and it is a dry run unless told otherwise. A row stays, and is reported with
    the reason, while a host's row refers to it with ``PROTECT``, ``RESTRICT`` or ``DO_NOTHING``, while this process
    has its code, and, a plugin type, while it has items.

    :raises InvalidValueError: the age is negative, or reaches back before time.
    """
    limit = moment_before(older_than)
    database = write_database(using)

    def act(draft: Draft) -> _Purger:
        purger = _Purger(draft)
        states = {model: _archived_before(limit, model, database) for model in (PluginItem, PluginType)}
        draft.watch({state.type_key for found in states.values() for state in found.values()})
        for model, found in states.items():
            purger.purge(model, found)
        return purger

    written = write_revision(act, origin=origin, using=database, force=True, dry_run=dry_run)
    return Purge(
        revision=written.number,
        dry_run=dry_run,
        purged=[change.key for change in written.changes],
        kept=dict(sorted(written.result.kept.items(), key=lambda entry: str(entry[0]))),
        taken_along=dict(sorted(written.result.taken_along.items())),
    )


class _Purger:
    def __init__(self, draft: Draft) -> None:
        self.kept: dict[TypeKey | ItemKey, str] = {}
        self.taken_along: Counter[str] = Counter()
        self._draft = draft
        # The rows that go, which in a dry run are still there; and of the host's, by model label.
        self._going: set[UUID] = set()
        self._found: defaultdict[str, set[Any]] = defaultdict(set)

    def purge(self, model: _Model, states: dict[UUID, RowState]) -> None:
        """Delete those of the rows that may go; the others stay, with the reason."""
        for batch in in_batches(states):
            reasons = self._reasons(model, {row_id: states[row_id] for row_id in batch})
            self.kept.update({states[row_id].key: why for row_id, why in reasons.items()})
            self._delete(model, {row_id: states[row_id] for row_id in batch if row_id not in reasons})

    def _reasons(self, model: _Model, states: dict[UUID, RowState]) -> dict[UUID, str]:
        """Return, by row id, why rows must stay, as far as the registry and references to them tell."""
        reasons: dict[UUID, str] = {}
        for relation in _blocking_references(model):
            referring = relation.related_model._base_manager.using(self._draft.using)
            column = relation.field.attname
            ids = referring.filter(**{f"{column}__in": list(states)}).values_list(column, flat=True).distinct()
            label = relation.related_model._meta.label
            reasons.update(dict.fromkeys(ids, f"Rows of {label} refer to it; change or delete those first."))
        if model is PluginType:
            items = PluginItem.all_objects.using(self._draft.using).filter(plugin_type__in=list(states))
            found = items.values_list("pk", "plugin_type")
            reasons.update({owner: _HAS_ITEMS for pk, owner in found if pk not in self._going})
        reasons.update({row_id: _REGISTERED for row_id, state in states.items() if _is_registered(state.key)})
        return reasons

    def _delete(self, model: _Model, states: dict[UUID, RowState]) -> None:
        """Delete these rows; where the database or rows further on refuse, halve until the culprit is found."""
        if not states:
            return
        rows = unrecorded(model, self._draft.using)
        try:
            with transaction.atomic(using=self._draft.using):
                self._take(rows.filter(pk__in=list(states)))
        except IntegrityError as error:
            if len(states) == 1:
                (state,) = states.values()
                self.kept[state.key] = f"The database refuses: {error.args[0]}"
                return
            ids = list(states)
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                self._delete(model, {row_id: states[row_id] for row_id in half})
            return
        self._going.update(states)
        changes = (difference(row_id, state, None) for row_id, state in states.items())
        self._draft.changes.extend(change for change in changes if change is not None)

    def _take(self, rows: "QuerySet[Any]") -> None:
        """
        Delete the rows, and note what of the host's went with them.

        In a dry run only look: a receiver of the host's, told of a deletion, could not take back what it then did.
        """
        if not self._draft.dry_run:
            _, gone = rows.delete()
            self.taken_along.update({label: number for label, number in gone.items() if label not in _OWN})
            return
        collector = Collector(using=self._draft.using, origin=rows)
        collector.collect(rows)
        for model, instances in collector.data.items():
            self._found[model._meta.label].update(instance.pk for instance in instances)
        for found in collector.fast_deletes:
            self._found[found.model._meta.label].update(found.values_list("pk", flat=True))
        # Anew each time: what goes with an item goes with its plugin type, too.
        self.taken_along = Counter({label: len(pks) for label, pks in self._found.items() if label not in _OWN and pks})


def _archived_before(limit: datetime, model: _Model, using: str) -> dict[UUID, RowState]:
    old = model.all_objects.using(using).filter(archived__lte=limit)
    states = model.states(using, list(old.values_list("pk", flat=True)))
    return dict(sorted(states.items(), key=lambda entry: str(entry[1].key)))


def _blocking_references(model: _Model) -> list[Any]:
    """Return the relations from host models, hidden ones too, that a deletion would break."""
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and not relation.concrete
        and (relation.one_to_one or relation.one_to_many)
        and getattr(relation, "on_delete", None) in {PROTECT, RESTRICT, DO_NOTHING}
    ]


def _is_registered(key: TypeKey | ItemKey) -> bool:
    if isinstance(key, ItemKey):
        return plugin_registry.find_item(key) is not None
    return plugin_registry.find_type(key) is not None
