"""Faults of what follows the database, and of the choice."""

from tests.model.mutants.mutant import Mutant

FOLLOWING = [
    Mutant(
        fault="Resolving in a transaction that has written publishes what it sees",
        path="following.py",
        old="""        if has_pending_write(self.using):
""",
        new="""        if has_pending_write(self.using):
            self.view = View(read_content(connections[self.using]))
            self.fresh_until = monotonic() + app_settings.PLUGIN_SYSTEM_MAX_STALENESS * REFRESH_AHEAD
""",
    ),
    Mutant(
        fault="Resolving in a transaction that has written does not see the writes",
        path="following.py",
        old="""        if has_pending_write(self.using):
""",
        new="""        if False:
""",
    ),
    Mutant(
        fault="Rows are read before the counter, in two statements",
        path="rows.py",
        old="""        cursor.execute(_content_statement(connection.vendor, "", locks=locks))
        return _content(cursor)""",
        new="""        cursor.execute(_content_statement(connection.vendor, "", locks=locks))
        content = _content(cursor)
    return Content(counter=read_counter(connection), types=content.types)""",
    ),
    Mutant(
        fault="The number is compared without the nonce",
        path="following.py",
        old="""read_counter(connection) == held.counter:""",
        new="""read_counter(connection).number == held.counter.number:""",
    ),
    Mutant(
        fault="A lower number counts as nothing new",
        path="following.py",
        old="""read_counter(connection) == held.counter:""",
        new="""read_counter(connection) <= held.counter:""",
    ),
    Mutant(
        fault="A transaction on SQLite, which shows the past, renews freshness",
        path="observation.py",
        old="""    if _is_private(connection):
        return read(connection)
    if not _in""",
        new="""    if connection.vendor == "sqlite":
        return read(connection)
    if not _in""",
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
        path="following.py",
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
        path="following.py",
        old="""                self.fresh_until = now + app""",
        new="""                self.fresh_until = monotonic() + app""",
    ),
    Mutant(
        fault="A view is fresh for longer than MAX_STALENESS",
        path="following.py",
        old="""REFRESH_AHEAD = 0.9""",
        new="""REFRESH_AHEAD = 1.2""",
    ),
    Mutant(
        fault="Nothing is ever reloaded that the counter does not tell of",
        path="following.py",
        old="""if self.view is not None and now < self._reload_at else None""",
        new="""if self.view is not None else None""",
    ),
    Mutant(
        fault="What was counted once is told again after rows have changed",
        path="services/recalling.py",
        old="""held is None or held.counter != counter or""",
        new="""held is None or""",
    ),
    Mutant(
        fault="A change of the registry is not noticed by the choices made before",
        path="snapshot.py",
        old="""plugin_registry.subscribe(_forget_choices)
""",
        new="",
    ),
    Mutant(
        fault="Equal priorities are ordered by id",
        path="selection.py",
        old="""row.priority, row.module, row.name""",
        new="""row.priority, str(row.id), row.name""",
    ),
    Mutant(
        fault="An archived row does not serve where its code is",
        path="rows.py",
        old="""{some_types} WHERE i.status IN ({eligible})",""",
        new="""{some_types} WHERE i.archived IS NULL AND i.status IN ({eligible})",""",
    ),
    Mutant(
        fault="A reserve serves as if it were active",
        path="selection.py",
        old="""PluginStatus.RESERVED.value: 1, Plugin""",
        new="""PluginStatus.RESERVED.value: 0, Plugin""",
    ),
]
