"""Writes that host code makes through the ORM: recorded like every other, with channel ``code``."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import connections, models, router
from django.utils.translation import gettext_lazy as _

from plugin_system import counter
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.models.reading import as_they_are_now, in_batches
from plugin_system.models.states import RowState, differences
from plugin_system.origins import Origin
from plugin_system.revisions import Draft, Written, write_revision
from plugin_system.rows import unrecorded

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound="RecordedModel")


class RecordedQuerySet(models.QuerySet[ModelT]):
    """A queryset whose writes take a revision each; the write path goes by :func:`plugin_system.rows.unrecorded`."""

    def select_for_update(self, *args: Any, **kwargs: Any) -> "RecordedQuerySet[ModelT]":
        """
        Lock the matched rows when they are read; see :meth:`QuerySet.select_for_update`.

        Inside a transaction the counter is locked at once: every write takes the counter first, and whoever had a row
        and then wrote would deadlock with it. ``update_or_create()`` goes this way, too.
        """
        self._for_write = True
        if connections[self.db].in_atomic_block:
            counter.hold(self.db)
        return super().select_for_update(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """Update the matched rows as one revision, with channel ``code``; see :meth:`QuerySet.update`."""
        return self._recorded(lambda: super(RecordedQuerySet, self).update(**kwargs))

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the matched rows as one revision, with channel ``code``; see :meth:`QuerySet.delete`."""
        return self._recorded(super().delete, deletes=True)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(
        self,
        objs: Iterable[ModelT],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> list[ModelT]:
        """Insert rows as one revision, with channel ``code``; see :meth:`QuerySet.bulk_create`."""
        rows = list(objs)
        self._for_write = True
        self.model.read_along(rows, self.db)
        for row in rows:
            row.fill_id()
        options = (batch_size, ignore_conflicts, update_conflicts, *args)
        return record_around(
            self.model,
            self.db,
            lambda: [*(row.pk for row in rows), *(self._namesakes(rows) if update_conflicts else ())],
            lambda: super(RecordedQuerySet, self).bulk_create(rows, *options, **kwargs),
            watched={row.type_key for row in rows},
        ).result

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(self, objs: Iterable[ModelT], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update the rows as one revision, with channel ``code``; see :meth:`QuerySet.bulk_update`."""
        rows = list(objs)
        self._for_write = True
        # Django's own would call update(), and so make a revision, for each batch.
        plain = models.QuerySet[ModelT](self.model, query=self.query.chain(), using=self.db)
        return record_around(
            self.model,
            self.db,
            lambda: [row.pk for row in rows],
            lambda: plain.bulk_update(rows, fields, batch_size=batch_size),
        ).result

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _namesakes(self, rows: list[ModelT]) -> Iterator[UUID]:
        """Yield the ids of rows that an insert may update instead: they have the keys, whatever their id."""
        for names in in_batches({row.key.name for row in rows}):
            found = self.model._base_manager.using(self.db).filter(name__in=names)
            yield from as_they_are_now(found).values_list("pk", flat=True)

    def _recorded(self, write: Callable[[], T], *, deletes: bool = False) -> T:
        self._for_write = True

        def matched() -> list[UUID]:
            return list(as_they_are_now(self.order_by()).values_list("pk", flat=True))

        return record_around(self.model, self.db, matched, write, deletes=deletes).result


class RecordedManager(models.Manager[ModelT]):
    """Hands out querysets whose writes take a revision each."""

    def get_queryset(self) -> RecordedQuerySet[ModelT]:
        """Return every row, archived ones included."""
        return RecordedQuerySet(self.model, using=self._db)


class PresentManager(RecordedManager[ModelT]):
    """Leaves out archived rows."""

    def get_queryset(self) -> RecordedQuerySet[ModelT]:
        """Return the rows that are not archived."""
        return super().get_queryset().filter(archived__isnull=True)


class RecordedModel(models.Model):
    """A model whose writes take a revision each, and whose rows can be archived."""

    # What the write path stamps, and no save of a stale object may take back.
    stamped_fields: ClassVar[tuple[str, ...]] = ("revision",)

    id = models.UUIDField(primary_key=True, editable=False)
    description = models.TextField(_("description"), blank=True, default="")
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    archived = models.DateTimeField(
        _("archived"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when the row is put away because its code is gone. It returns when the code does."),
    )

    objects = PresentManager()
    all_objects = RecordedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as one revision, with channel ``code``."""
        using = kwargs["using"] = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        if self.fill_id() and not (args or kwargs.get("force_update") or kwargs.get("update_fields")):
            # The id that its key determines may be that of a row: Django would write over it, and over its status.
            kwargs["force_insert"] = True
        written = record_around(
            type(self),
            using,
            lambda: [self.pk],
            lambda: self._save_unstamped(*args, **kwargs),
            watched={self.type_key},
        )
        if written.number is not None:
            self._stamp(dict.fromkeys(self.stamped_fields, written.number))

    def _save_unstamped(self, *args: Any, **kwargs: Any) -> None:
        rows = as_they_are_now(type(self)._base_manager.using(kwargs["using"]).filter(pk=self.pk))
        self._stamp(rows.values(*self.stamped_fields).first() or dict.fromkeys(self.stamped_fields, 0))
        super().save(*args, **kwargs)

    def _stamp(self, numbers: dict[str, int]) -> None:
        for name, number in numbers.items():
            setattr(self, name, number)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete as one revision, with channel ``code``."""
        database, pk = using or router.db_for_write(type(self), instance=self), self.pk

        def write() -> tuple[int, dict[str, int]]:
            return super(RecordedModel, self).delete(using=database, keep_parents=keep_parents)

        return record_around(type(self), database, lambda: [pk], write, deletes=True).result

    delete.alters_data = True  # type: ignore[attr-defined]

    @property
    def key(self) -> TypeKey | ItemKey:
        """The natural key."""
        raise NotImplementedError

    @property
    def type_key(self) -> TypeKey:
        """The key of the plugin type that the row is, or belongs to."""
        raise NotImplementedError

    @classmethod
    def states(cls, using: str, pks: Collection[UUID]) -> dict[UUID, RowState]:
        """Return the recorded state of the rows of these ids."""
        raise NotImplementedError

    @classmethod
    def states_with_dependents(cls, using: str, pks: Collection[UUID]) -> dict[UUID, RowState]:
        """Return the recorded state of the rows of these ids and of those that a deletion takes along."""
        return cls.states(using, pks)

    @classmethod
    def read_along(cls, rows: Collection[Any], using: str) -> None:
        """Read at once what the keys of these rows need of other rows."""

    def fill_id(self) -> bool:
        """Give a row without id the one that its key determines; return whether it had none."""
        is_new = self._meta.pk.value_from_object(self) is None
        if is_new:
            self.pk = self.key.row_id
        return is_new


def record_around(
    model: type[RecordedModel],
    using: str,
    matched: Callable[[], list[UUID]],
    write: Callable[[], T],
    *,
    watched: Collection[TypeKey] = (),
    deletes: bool = False,
) -> Written[T]:
    """Run ``write`` as one revision and record how the matched rows differ after it."""
    states = model.states_with_dependents if deletes else model.states

    def act(draft: Draft) -> T:
        ids = matched()
        before = states(using, ids)
        draft.watch({*watched, *(state.type_key for state in before.values())})
        result = write()
        after = states(using, ids)
        draft.watch_new(state.type_key for state in after.values())
        for row_id in sorted({*before, *after}):
            draft.changes.extend(differences(row_id, before.get(row_id), after.get(row_id)))
        stamp(model, draft)
        return result

    return write_revision(act, origin=Origin(), using=using, force=True)


def stamp(model: type[RecordedModel], draft: Draft) -> None:
    """Give the rows that the draft has changed, and that are still there, the number of their revision."""
    for batch in in_batches([change.row_id for change in draft.changes if change.after is not None]):
        unrecorded(model, draft.using).filter(pk__in=batch).update(revision=draft.number)
