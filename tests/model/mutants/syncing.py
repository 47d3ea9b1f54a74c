"""Faults of sync, purge and history."""

from tests.model.mutants.mutant import Mutant

SYNCING = [
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
        old="""            locked_plan = plan_sync(options=options, using=database, locks=True)""",
        new="""            locked_plan = plan""",
    ),
    Mutant(
        fault="A purge deletes rows whose code is here",
        path="services/purging.py",
        old="""for row_id, state in states.items() if _is_registered(state.key)})""",
        new="""for row_id, state in states.items() if False})""",
    ),
    Mutant(
        fault="A cursor older than the kept history is answered as if nothing were missing",
        path="services/history.py",
        old="""    if found != newest - since:""",
        new="""    if found > newest - since:""",
    ),
]
