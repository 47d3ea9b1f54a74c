"""What a service answers: which rows changed and how, and what serves before and after."""

from dataclasses import dataclass, field
from typing import Any

from plugin_system.models import PluginItem, PluginType
from plugin_system.revisions import Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcome:
    """One selected item after the write; ``before`` and ``after`` hold the fields that changed, if any did."""

    item: PluginItem
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the write changed the item."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedType:
    """One plugin type of which a revert gave the description back; ``before`` and ``after`` as in an item's."""

    plugin_type: PluginType
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What a write on items came to.

    ``revision`` is ``None`` where nothing was written: every row was so already, or it was a dry run. ``resolves``
    has every touched type, whether or not another item serves now. ``plugin_types`` has the types whose own
    description a revert gave back.
    """

    revision: int | None
    dry_run: bool
    items: list[ItemOutcome]
    resolves: list[Resolution]
    plugin_types: list[DescribedType] = field(default_factory=list)

    @property
    def changed(self) -> list[ItemOutcome]:
        """The items that the write changed."""
        return [outcome for outcome in self.items if outcome.changed]

    @property
    def unchanged(self) -> list[ItemOutcome]:
        """The selected items that were so already."""
        return [outcome for outcome in self.items if not outcome.changed]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOutcome:
    """What a write on a plugin type came to; ``revision`` as in :class:`Outcome`."""

    revision: int | None
    dry_run: bool
    plugin_type: PluginType
    changed: bool
    resolves: list[Resolution]
