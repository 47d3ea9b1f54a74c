"""
Seeded faults, each a small edit of the core, that the machine must find.

An edit that no longer fits the source fails a test: a fault that cannot be made is not looked for.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault: in the file ``path`` of the core, ``old`` is replaced by ``new``; ``only`` names the database."""

    fault: str
    path: str
    old: str
    new: str
    only: str | None = None

    def apply(self, core: Path) -> None:
        """Make the fault in the copy of the core in this folder."""
        path = core / self.path
        source = path.read_text()
        if source.count(self.old) != 1:
            raise LookupError(f"{self.path} has {source.count(self.old)} places for the fault {self.fault!r}, not one.")
        path.write_text(source.replace(self.old, self.new))


MUTANTS = [
    # Writing
    Mutant(
        fault="A write leaves the nonce as it was",
        path="revisions.py",
        old="""    _counters(draft.using).update(nonce=_nonce())
    _model("Revision")""",
        new="""    _model("Revision")""",
    ),
    Mutant(
        fault="A no-op keeps the number that it took",
        path="revisions.py",
        old="""            _counters(using).update(value=F("value") - 1)""",
        new="""            pass""",
    ),
    Mutant(
        fault="A dry run is committed",
        path="revisions.py",
        old="""            raise _DryRunOverError
""",
        new="""            pass
""",
    ),
    Mutant(
        fault="An outage is not refused",
        path="revisions.py",
        old="""if each.before is not None and each.after is None]""",
        new="""if False]""",
    ),
    Mutant(
        fault="A plugin type does not bear the number of the last change in its chain",
        path="revisions.py",
        old="""    _stamp_chains(draft)
""",
        new="",
    ),
    Mutant(
        fault="QuerySet.update() writes without a revision",
        path="models/recording.py",
        old="""        return self._recorded(lambda: super(RecordedQuerySet, self).update(**kwargs))""",
        new="""        return super().update(**kwargs)""",
    ),
    Mutant(
        fault="QuerySet.delete() writes without a revision",
        path="models/recording.py",
        old="""        return self._recorded(super().delete, deletes=True)""",
        new="""        return super().delete()""",
    ),
    Mutant(
        fault="A stale object takes the row's stamps back when it is saved",
        path="models/recording.py",
        old="""        self._stamp(rows.values(*self.stamped_fields).first() or dict.fromkeys(self.stamped_fields, 0))
""",
        new="",
    ),
    Mutant(
        fault="A revert writes over what has changed since",
        path="services/reverting.py",
        old="""    if conflicting:
""",
        new="""    if False:
""",
    ),
    Mutant(
        fault="A promotion does not look at archived rows",
        path="services/promotion.py",
        old="""        active = PluginItem.all_objects""",
        new="""        active = PluginItem.objects""",
    ),
    # Sync and retention
    Mutant(
        fault="A sync in mode update sets the status",
        path="services/sync_plan.py",
        old="""            initial = {"priority": 0,""",
        new="""            refreshed["status"] = definition.status.value
            initial = {"priority": 0,""",
    ),
    Mutant(
        fault="An archived row comes back with the priority that code states",
        path="services/sync_plan.py",
        old="""        if self.options.mode is not SyncMode.UPDATE:""",
        new="""        if self.options.mode is not SyncMode.UPDATE and not row.archived:""",
    ),
    Mutant(
        fault="A process without registrations archives every row",
        path="services/sync_plan.py",
        old="""        if not self._type_definitions:""",
        new="""        if False:""",
    ),
    Mutant(
        fault="A sync writes what it planned before it had the lock",
        path="services/sync.py",
        old="""            locked_plan = plan_sync(options=options, using=database)""",
        new="""            locked_plan = plan""",
    ),
    Mutant(
        fault="A purge deletes rows whose code is here",
        path="services/retention.py",
        old="""for row_id, state in states.items() if _is_registered(state.key)})""",
        new="""for row_id, state in states.items() if False})""",
    ),
    Mutant(
        fault="A cursor older than the kept history is answered as if nothing were missing",
        path="services/history.py",
        old="""    if found != newest - since:""",
        new="""    if found > newest - since:""",
    ),
    # Following
    Mutant(
        fault="Resolving in a transaction that has written publishes what it sees",
        path="snapshot.py",
        old="""        if has_pending_write(self.using):
""",
        new="""        if has_pending_write(self.using):
            self.view = View(read_content(connections[self.using]))
            self.fresh_until = monotonic() + app_settings.PLUGIN_SYSTEM_MAX_STALENESS * REFRESH_AHEAD
""",
    ),
    Mutant(
        fault="Resolving in a transaction that has written does not see the writes",
        path="snapshot.py",
        old="""        if has_pending_write(self.using):
""",
        new="""        if False:
""",
    ),
    Mutant(
        fault="Rows are read before the counter, in two statements",
        path="rows.py",
        old="""        cursor.execute(_content_statement(connection.vendor, "", locks=locks))
        return _content(cursor.fetchall())""",
        new="""        cursor.execute(_content_statement(connection.vendor, "", locks=locks))
        content = _content(cursor.fetchall())
    return Content(counter=read_counter(connection), types=content.types)""",
    ),
    Mutant(
        fault="The number is compared without the nonce",
        path="snapshot.py",
        old="""read_counter(connection) == held.counter:""",
        new="""read_counter(connection).number == held.counter.number:""",
    ),
    Mutant(
        fault="A lower number counts as nothing new",
        path="snapshot.py",
        old="""read_counter(connection) == held.counter:""",
        new="""read_counter(connection) <= held.counter:""",
    ),
    Mutant(
        fault="A transaction on SQLite, which shows the past, renews freshness",
        path="observation.py",
        old="""    if _is_private(connection):
""",
        new="""    if connection.vendor == "sqlite":
""",
        only="sqlite",
    ),
    Mutant(
        fault="A transaction under repeatable read, which shows the past, renews freshness",
        path="observation.py",
        old="""_SHOWING_THE_PRESENT = {""",
        new="""_SHOWING_THE_PRESENT = {"repeatable read", """,
        only="postgresql",
    ),
    Mutant(
        fault="A commit of this process does not expire its view",
        path="snapshot.py",
        old="""        follower_of(using).expire()
        pending""",
        new="""        pending""",
    ),
    Mutant(
        fault="A view that was read while this process committed counts as fresh",
        path="snapshot.py",
        old="""            if expiries == self._expiries:
""",
        new="""            if True:
""",
    ),
    Mutant(
        fault="The rollback of a savepoint goes unnoticed",
        path="pending.py",
        old="""    transaction.on_commit(write, using=using)
""",
        new="""    connections[using].run_on_commit.append((set(), write, False))
""",
    ),
    Mutant(
        fault="A write that waits in one thread makes every thread ask the database",
        path="pending.py",
        old="""    return bool(_waiting(connection)) and""",
        new="""    return bool(pending) and""",
    ),
    Mutant(
        fault="A transaction that is going to be rolled back is read as if it could be",
        path="pending.py",
        old=""" and not connection.needs_rollback""",
        new="",
    ),
    Mutant(
        fault="A view is fresh from the answer on, not from the question on",
        path="snapshot.py",
        old="""                self.fresh_until = now + app""",
        new="""                self.fresh_until = monotonic() + app""",
    ),
    Mutant(
        fault="A view is fresh for longer than MAX_STALENESS",
        path="snapshot.py",
        old="""REFRESH_AHEAD = 0.9""",
        new="""REFRESH_AHEAD = 1.2""",
    ),
    Mutant(
        fault="Nothing is ever reloaded that the counter does not tell of",
        path="snapshot.py",
        old="""if self.view is not None and now < self._reload_at else None""",
        new="""if self.view is not None else None""",
    ),
    Mutant(
        fault="A change of the registry is not noticed by the choices made before",
        path="snapshot.py",
        old="""plugin_registry.subscribe(_forget_choices)
""",
        new="",
    ),
    # Choosing
    Mutant(
        fault="Equal priorities are ordered by id",
        path="selection.py",
        old="""row.priority, row.module, row.name""",
        new="""row.priority, str(row.id), row.name""",
    ),
]
