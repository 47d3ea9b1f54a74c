"""Plugin types and items: the registry as rows, with what operators have decided."""

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from django.db import models, router
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from plugin_system.choices import NAME_MAX_LENGTH, PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.definitions import ItemKey, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import NotLoadableError
from plugin_system.models.reading import as_they_are_now, in_batches
from plugin_system.models.recording import RecordedModel
from plugin_system.models.states import RowState
from plugin_system.registry import plugin_registry
from plugin_system.rows import row_uuid
from plugin_system.selection import in_order
from plugin_system.snapshot import find_choice, write_alias

# How many candidates are looked up at once: the first one, and others for the case that it is gone by now.
_FALLBACKS = 10


class PluginType(RecordedModel):
    """
    A plugin type: what is swappable, owned by the app ``manager``.

    ``objects`` leaves out archived rows; ``all_objects`` has them.
    """

    stamped_fields = ("revision", "chain_revision")

    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    manager = models.CharField(
        _("manager"), max_length=NAME_MAX_LENGTH, help_text=_("The app that defines the interface.")
    )
    # The last revision that touched the type or one of its items; `revision` is that of the type's own fields.
    chain_revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        # What Django itself writes by, such as plugin_type.items.add(): recorded, too.
        base_manager_name = "all_objects"
        default_permissions = ("view", "change")
        permissions: ClassVar = [
            ("sync_plugins", _("Can sync plugins from code")),
            ("prune_plugins", _("Can archive plugins whose code is gone")),
        ]
        verbose_name = _("plugin type")
        verbose_name_plural = _("plugin types")
        constraints: ClassVar = [
            UniqueConstraint(fields=["manager", "name"], name="plugin_system_type_key"),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def key(self) -> TypeKey:
        """The natural key."""
        return TypeKey(self.manager, self.name)

    @property
    def type_key(self) -> TypeKey:
        """The natural key."""
        return self.key

    @property
    def definition(self) -> PluginTypeDefinition | None:
        """What this process's code registers under the key, if anything."""
        return plugin_registry.find_type(self.key)

    @classmethod
    def states(cls, using: str, pks: Collection[UUID]) -> dict[UUID, RowState]:
        """Return the recorded state of these types."""
        found: dict[UUID, RowState] = {}
        for batch in in_batches(pks):
            for row in as_they_are_now(cls._base_manager.using(using).filter(pk__in=batch)):
                fields = {"description": row.description, "archived": row.archived is not None}
                found[row.pk] = RowState(row.key, fields)
        return found

    @classmethod
    def states_with_dependents(cls, using: str, pks: Collection[UUID]) -> dict[UUID, RowState]:
        """Return the recorded state of these types and of their items."""
        items = as_they_are_now(PluginItem._base_manager.using(using)).values_list("pk", flat=True)
        item_ids = [pk for batch in in_batches(pks) for pk in items.filter(plugin_type__in=batch)]
        return {**cls.states(using, pks), **PluginItem.states(using, item_ids)}

    def get_single_plugin(self, *args: Any, **kwargs: Any) -> "PluginItem | None":
        """
        Return the item that serves: what the type's ``get_plugin`` returns, given the arguments, else the best one.

        The best is the lowest-priority active item whose code loads in this process, else such a reserve.
        """
        definition = self.definition
        if definition is not None and definition.selector is not None:
            selected: PluginItem | None = definition.selector(self, *args, **kwargs)
            return selected
        ids = [row_uuid(row.id) for row, _ in find_choice(self.name, self.manager).candidates[:_FALLBACKS]]
        # From where the candidates were read, which this row's database may lag behind; the first may be gone since.
        rows = self._known_as_mine(PluginItem.all_objects.using(write_alias()).filter(pk__in=ids))
        return min(rows, key=lambda row: ids.index(row.pk), default=None)

    def get_active_plugins(self) -> "list[PluginItem]":
        """Return the active items whose code loads in this process, best first."""
        rows = self._known_as_mine(self._rows().filter(status=PluginStatus.ACTIVE))
        return [row for row in in_order(rows) if row.is_loadable]

    def get_all_plugins(self) -> "dict[str, list[PluginItem]]":
        """Return the items by status, best first in each."""
        groups: dict[str, list[PluginItem]] = {}
        for row in in_order(self._known_as_mine(self._rows().filter(archived__isnull=True))):
            groups.setdefault(row.status, []).append(row)
        return groups

    def get_plugin_by_name(self, name: str) -> "PluginItem | None":
        """Return the best of the usable active items of that name, or ``None``."""
        return next((row for row in self.get_active_plugins() if row.name == name), None)

    def _rows(self) -> "models.QuerySet[PluginItem]":
        # Archived rows too: they serve where their code is, so that an old release's prune cannot switch off a new's.
        return PluginItem.all_objects.using(self._state.db).filter(plugin_type=self)

    def _known_as_mine(self, rows: "models.QuerySet[PluginItem]") -> "list[PluginItem]":
        relation: Any = PluginItem._meta.get_field("plugin_type")
        for row in rows:
            # As an assignment does, but where this row comes from a standby and those do not.
            relation.set_cached_value(row, self)
        return list(rows)


class PluginItem(RecordedModel):
    """
    A plugin item: one implementation of a plugin type, provided by the app ``module``.

    ``objects`` leaves out archived rows; ``all_objects`` has them.
    """

    plugin_type = models.ForeignKey(PluginType, models.CASCADE, related_name="items", verbose_name=_("plugin type"))
    module = models.CharField(
        _("module"), max_length=NAME_MAX_LENGTH, help_text=_("The app that provides the implementation.")
    )
    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=PluginStatus,
        default=PluginStatus.ACTIVE,
        help_text=_("Active items serve by priority; a reserve serves when no active one can; a disabled one never."),
    )
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("Lower wins. From -32768 to 32767."))

    class Meta:
        base_manager_name = "all_objects"
        default_permissions = ("view", "change")
        verbose_name = _("plugin item")
        verbose_name_plural = _("plugin items")
        constraints: ClassVar = [
            UniqueConstraint(fields=["plugin_type", "module", "name"], name="plugin_system_item_key"),
            CheckConstraint(
                condition=Q(priority__gte=PRIORITY_MIN, priority__lte=PRIORITY_MAX),
                name="plugin_system_item_priority",
            ),
            CheckConstraint(condition=Q(status__in=PluginStatus.values), name="plugin_system_item_status"),
        ]
        indexes: ClassVar = [
            Index(fields=["plugin_type", "status", "priority"], name="plugin_system_item_rank"),
            Index(fields=["module"], name="plugin_system_item_module"),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def key(self) -> ItemKey:
        """The natural key; reads the plugin type, so select it along with many items."""
        return ItemKey(self.type_key, self.module, self.name)

    @property
    def type_key(self) -> TypeKey:
        """The key of the plugin type."""
        relation = PluginItem._meta.get_field("plugin_type")
        if not relation.is_cached(self) and self.plugin_type_id is not None:
            # From where the item is: a router of the host's may read from a standby, that has not got the type yet.
            using = self._state.db or router.db_for_write(PluginItem, instance=self)
            relation.set_cached_value(self, PluginType._base_manager.using(using).get(pk=self.plugin_type_id))
        return self.plugin_type.key

    @classmethod
    def read_along(cls, rows: Collection["PluginItem"], using: str) -> None:
        """Read the plugin types of these items, of which each key needs one, at once."""
        relation: Any = cls._meta.get_field("plugin_type")
        lacking = [row for row in rows if not relation.is_cached(row)]
        types = PluginType._base_manager.using(using).in_bulk({row.plugin_type_id for row in lacking})
        for row in lacking:
            if row.plugin_type_id in types:
                relation.set_cached_value(row, types[row.plugin_type_id])

    @property
    def is_loadable(self) -> bool:
        """Whether this process has the item's code; nothing is instantiated."""
        return plugin_registry.find_item(self.key) is not None

    def load_class(self) -> type:
        """
        Return the class that code registers for this item.

        :raises NotLoadableError: this process has none.
        """
        definition = plugin_registry.find_item(self.key)
        if definition is None:
            raise NotLoadableError(
                f"No code is registered as {str(self.key)!r} in this process; "
                f"install the app {self.module!r} or disable the item."
            )
        return definition.plugin_class

    def load_instance(self, *args: Any, **kwargs: Any) -> Any:
        """
        Return a new instance, made with the arguments.

        :raises NotLoadableError: this process has no code for the item.
        """
        return self.load_class()(*args, **kwargs)

    @classmethod
    def states(cls, using: str, pks: Collection[UUID]) -> dict[UUID, RowState]:
        """Return the recorded state of these items."""
        found: dict[UUID, RowState] = {}
        for batch in in_batches(pks):
            rows = cls._base_manager.using(using).filter(pk__in=batch).select_related("plugin_type")
            for row in as_they_are_now(rows):
                found[row.pk] = RowState(row.key, row._recorded_fields())
        return found

    def _recorded_fields(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "priority": self.priority,
            "description": self.description,
            "archived": self.archived is not None,
        }
