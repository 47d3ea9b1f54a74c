"""What operators do to plugin types: the description."""

from collections.abc import Collection
from uuid import UUID

from plugin_system.choices import RowKind
from plugin_system.exceptions import UnknownPluginTypeError
from plugin_system.models import PluginType
from plugin_system.models.reading import as_they_are_now
from plugin_system.origins import Origin
from plugin_system.revisions import Draft, RowChange, write_revision
from plugin_system.rows import unrecorded
from plugin_system.services.editing import refuse_unmatched, refuse_unstorable
from plugin_system.services.lookups import write_database
from plugin_system.services.outcomes import DescribedType, TypeOutcome


def update_type(
    *,
    plugin_type: UUID,
    description: str | None,
    origin: Origin,
    if_match: Collection[int] | None = None,
    dry_run: bool = False,
    using: str | None = None,
) -> TypeOutcome:
    """
    Give the plugin type a description and return it; one that has it already is left alone and nothing is written.

    ``if_match`` holds the revisions of the row that the caller would accept; ``None`` accepts any.

    :raises UnknownPluginTypeError: the id has no row.
    :raises PreconditionFailedError: the row is at none of the ``if_match`` revisions.
    :raises InvalidValueError: the description has a character that no database keeps.
    """
    database = write_database(using)
    refuse_unstorable(description)

    def act(draft: Draft) -> PluginType:
        row = as_they_are_now(PluginType.objects.using(database).filter(pk=plugin_type)).first()
        if row is None:
            raise UnknownPluginTypeError(f"There is no plugin type {str(plugin_type)!r}; list the types.")
        refuse_unmatched(row, if_match)
        draft.watch({row.key})
        describe(row, row.description if description is None else description, draft)
        return row

    written = write_revision(act, origin=origin, using=database, dry_run=dry_run)
    return TypeOutcome(
        revision=written.number,
        dry_run=dry_run,
        plugin_type=written.result,
        changed=bool(written.changes),
        resolves=written.resolutions,
    )


def describe(row: PluginType, description: str, draft: Draft) -> DescribedType:
    """Give the row a description, record it in the draft, which watches the type already, and return what differs."""
    if description == row.description:
        return DescribedType(plugin_type=row)
    before, after = {"description": row.description}, {"description": description}
    row.description = description
    if not draft.dry_run:
        row.revision = draft.number
    stored = unrecorded(PluginType, draft.using).filter(pk=row.pk)
    stored.update(description=description, revision=draft.number)
    draft.changes.append(RowChange(kind=RowKind.TYPE, key=row.key, row_id=row.pk, before=before, after=after))
    return DescribedType(plugin_type=row, before=before, after=after)
