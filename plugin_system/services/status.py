"""The state of the whole, for people and monitors that poll."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import NothingUsableError, PluginSystemError
from plugin_system.failures import failing_items, last_failure
from plugin_system.registry import plugin_registry
from plugin_system.rows import ItemRow
from plugin_system.selection import choose, is_eligible
from plugin_system.services.lookups import write_database
from plugin_system.services.planned_rows import PlannedRow, PlannedRows, read_rows
from plugin_system.services.recalling import recollect
from plugin_system.services.sync_plan import SyncAction, SyncOptions, plan_for
from plugin_system.snapshot import follower_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStatus:
    """
    What serves for one plugin type in this process.

    ``reason`` is ``active``, ``reserve``, ``nothing_usable``, or ``get_plugin`` where the type's own function chooses
    at each call; ``selected`` then is what the standard order would choose. ``counts`` has the number of items by
    status, ``usable`` the number that could serve here, ``unsynced`` that of registered items without a row.
    ``registered`` says whether code defines the type here; ``selected_row`` is the row of ``selected``.
    """

    plugin_type: TypeKey
    reason: str
    selected: ItemKey | None
    usable: int
    unsynced: int
    counts: dict[str, int]
    registered: bool = True
    selected_row: PlannedRow | None = field(default=None, compare=False, repr=False)

    @property
    def healthy(self) -> bool:
        """
        Whether something can serve, or there is nothing that should.

        Of a type that code here does not define nobody here asks for a plugin: it is another release's, or another
        service's on the same database, and a matter of :class:`Drift`.
        """
        return self.usable > 0 or not (self.registered and (self.unsynced or any(self.counts.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    How many rows and registrations of this process differ; ``pluginsync --dry-run`` names them.

    ``missing``: rows whose code is not here. ``new``: registrations without a row, or with an archived one.
    ``differing``: rows of which code states another description or priority, be it that an operator changed it.
    """

    missing: int
    new: int
    differing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotStatus:
    """
    What this process remembers of the rows.

    ``revision`` is the one it has seen and ``age`` the seconds since it was last found equal to the database: ``None``
    as long as nothing was resolved here. ``last_failure`` is what the database answered when a comparison last failed,
    ``last_failure_age`` seconds ago.
    """

    revision: int | None
    age: float | None
    last_failure: str | None
    last_failure_age: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    The state of the control plane as this process has it.

    ``healthy`` is false when a plugin type that code here defines has items and nothing usable. ``revision`` is the
    newest of the database, ``fingerprint`` that of what this process has registered, ``problems`` its registrations
    that could not take effect.
    """

    revision: int
    fingerprint: str
    types: list[TypeStatus]
    drift: Drift
    snapshot: SnapshotStatus
    problems: list[PluginSystemError] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether every plugin type that code here defines has a usable item, if it has any."""
        return all(each.healthy for each in self.types)


def read_status(*, using: str | None = None) -> Status:
    """
    Return what serves, what differs from code and how fresh this process is.

    One query where nothing has changed since the last call, three or four otherwise, however many rows.
    """
    database = write_database(using)
    # The number first: what is reported then is at least as new as it.
    known = recollect(database)
    facts = (plugin_registry.fingerprint, frozenset(failing_items()))
    types, drift = known.get(("status", *facts), lambda: _look(database))
    return Status(
        revision=known.counter.number,
        fingerprint=plugin_registry.fingerprint,
        types=list(types),
        drift=drift,
        snapshot=_snapshot(database),
        problems=list(plugin_registry.problems),
    )


def _look(using: str) -> tuple[tuple[TypeStatus, ...], Drift]:
    rows = read_rows(using)
    return tuple(_types(rows)), _drift(rows)


def _types(rows: PlannedRows) -> Iterator[TypeStatus]:
    registered = {definition.key for definition in plugin_registry.types()}
    present = {key for key, row in rows.types.items() if not row.archived}
    chains: dict[TypeKey, list[ItemRow]] = {key: [] for key in sorted(registered | present)}
    unsynced = Counter(each.key.type for each in plugin_registry.items() if each.key not in rows.items)
    for key, row in rows.items.items():
        # An archived row counts where its code is: it serves.
        if key.type in chains and (not row.archived or plugin_registry.find_item(key) is not None):
            chains[key.type].append(ItemRow(row.id, key.module, key.name, row.status, row.priority))
    for type_key, chain in chains.items():
        yield _type_status(type_key, chain, rows, unsynced[type_key])


def _type_status(key: TypeKey, chain: list[ItemRow], rows: PlannedRows, unsynced: int) -> TypeStatus:
    usable = [row for row in chain if is_eligible(row) and _loads(ItemKey(key, row.module, row.name))]
    best = choose(usable, lambda _: True)
    definition = plugin_registry.find_type(key)
    counts = Counter(row.status for row in chain)
    selected = None if best is None else ItemKey(key, best.module, best.name)
    if definition is not None and definition.selector is not None:
        reason = "get_plugin"
    else:
        reason = NothingUsableError.code if best is None else best.status
    return TypeStatus(
        plugin_type=key,
        reason=reason,
        selected=selected,
        selected_row=None if selected is None else rows.items[selected],
        usable=len(usable),
        unsynced=unsynced,
        counts={status: counts[status] for status in PluginStatus.values},
        registered=definition is not None,
    )


def _loads(key: ItemKey) -> bool:
    return plugin_registry.find_item(key) is not None and last_failure(key) is None


def _drift(rows: PlannedRows) -> Drift:
    counts = plan_for(rows, SyncOptions(mode=SyncMode.UPDATE)).counts
    return Drift(
        missing=counts[SyncAction.KEEP],
        new=counts[SyncAction.CREATE] + counts[SyncAction.RESTORE],
        differing=counts[SyncAction.UPDATE],
    )


def _snapshot(using: str) -> SnapshotStatus:
    follower = follower_of(using)
    text, age = follower.last_failure or (None, None)
    view = follower.view
    return SnapshotStatus(
        revision=None if view is None else view.content.counter.number,
        age=follower.age,
        last_failure=text,
        last_failure_age=age,
    )
