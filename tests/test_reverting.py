import pytest
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.exceptions import (
    ConflictingChangesError,
    InvalidValueError,
    NothingToRevertError,
    NothingUsableError,
    ReasonRequiredError,
    UnknownRevisionError,
)
from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system.origins import Origin
from plugin_system.registry import plugin_registry
from tests.factories import (
    OPERATOR,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    changes_of,
    item,
    register_chain,
    revisions_made,
    set_status,
    statuses,
    sync,
    synced_chain,
)

pytestmark = pytest.mark.django_db

UNDO = Origin(actor="boss", reason="False alarm")


class TestRepeatedRevert:
    def test_finds_nothing_to_do(self) -> None:
        number = disable("primary", "spare")
        services.revert(revision=number, origin=UNDO)
        with revisions_made() as made:
            again = services.revert(revision=number, origin=UNDO)
        assert (again.revision, again.changed, len(again.unchanged)) == (None, [], 2)
        assert made == []

    def test_still_names_what_has_changed_otherwise(self) -> None:
        number = disable("primary", "spare")
        set_status("spare", PluginStatus.ACTIVE)
        with pytest.raises(ConflictingChangesError, match="spare") as caught:
            services.revert(revision=number, origin=UNDO)
        assert caught.value.conflicting == [str(SPARE)]


def disable(*names: str) -> int:
    """Disable the items in one revision, and return its number."""
    ids = tuple(item(name).pk for name in names)
    outcome = services.set_status(
        items=services.ItemSelection(ids=ids), status=PluginStatus.DISABLED, origin=OPERATOR, force=True
    )
    assert outcome.revision is not None
    return outcome.revision


def revert(revision: int, **options: object) -> services.Outcome:
    return services.revert(revision=revision, **{"origin": UNDO, **options})  # type: ignore[arg-type]


class TestRevert:
    def test_gives_back_what_the_revision_changed_as_a_revision_of_its_own(self) -> None:
        number = disable("primary", "secondary")

        with revisions_made() as made:
            outcome = revert(number)

        (revision,) = made
        assert outcome.revision == revision.number == number + 1
        assert (revision.actor, revision.reason) == ("boss", "False alarm")
        restored = ({"status": "disable"}, {"status": "active"})
        assert changes_of(revision) == {str(PRIMARY): restored, str(SECONDARY): restored}
        assert revision.resolves == [{"plugin_type": str(OTP), "before": str(SPARE), "after": str(PRIMARY)}]

    def test_leaves_the_other_fields_as_they_are(self) -> None:
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR)
        number = disable("primary")

        revert(number)

        assert (item("primary").status, item("primary").priority) == ("active", 3)

    def test_gives_back_priority_and_description(self) -> None:
        edit = services.ItemEdit(item=item("primary").pk, priority=3, description="Better")
        outcome = services.update_item(edit=edit, origin=OPERATOR)

        revert(outcome.revision or 0)

        assert (item("primary").priority, item("primary").description) == (10, "The first choice")

    def test_gives_back_the_description_of_a_type(self, otp: PluginType) -> None:
        written = services.update_type(plugin_type=otp.pk, description="Codes", origin=OPERATOR)

        outcome = revert(written.revision or 0)

        otp.refresh_from_db()
        assert otp.description == "One-time password delivery"
        assert [each.after for each in outcome.plugin_types] == [{"description": "One-time password delivery"}]
        assert otp.revision == outcome.revision

    def test_can_itself_be_reverted(self) -> None:
        outcome = revert(disable("primary"))

        revert(outcome.revision or 0)

        assert item("primary").status == PluginStatus.DISABLED

    def test_says_which_revision_it_reverts_where_nobody_says_why(self) -> None:
        number = disable("primary")

        outcome = revert(number, origin=Origin(actor="boss"))

        assert Revision.objects.get(number=outcome.revision).reason == f"Reverts revision {number}."

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_demands_a_reason_of_its_own_where_the_host_does(self) -> None:
        number = disable("primary")

        with pytest.raises(ReasonRequiredError):
            revert(number, origin=Origin(channel="admin", actor="boss"))  # type: ignore[arg-type]

    def test_refuses_a_reason_that_is_too_long(self) -> None:
        number = disable("primary")

        with pytest.raises(InvalidValueError, match="501 characters"):
            revert(number, origin=Origin(reason="x" * 501))

    def test_undoes_a_promotion_with_all_of_its_moves(self, registry: None) -> None:
        kind = synced_chain("tight", ant=-32768, bee=-32768, cow=0)
        before = list(PluginItem.objects.filter(plugin_type=kind).order_by("name").values_list("name", "priority"))
        outcome = services.promote(item=item("cow").pk, origin=OPERATOR)

        revert(outcome.revision or 0)

        after = list(PluginItem.objects.filter(plugin_type=kind).order_by("name").values_list("name", "priority"))
        assert after == before

    def test_undoes_what_host_code_saved(self, primary: PluginItem) -> None:
        primary.status = PluginStatus.DISABLED
        primary.save()

        revert(primary.revision)

        assert item("primary").status == PluginStatus.ACTIVE

    def test_of_a_dry_run_shows_the_same_and_leaves_all_as_it_was(self) -> None:
        number = disable("primary")

        with revisions_made() as made:
            outcome = revert(number, dry_run=True)

        assert made == []
        assert outcome.revision is None
        assert [(each.before, each.after) for each in outcome.changed] == [
            ({"status": "disable"}, {"status": "active"})
        ]
        assert (outcome.resolves[0].before, outcome.resolves[0].after) == (SECONDARY, PRIMARY)
        assert item("primary").status == PluginStatus.DISABLED


class TestConflict:
    def test_names_the_rows_that_have_changed_since(self) -> None:
        number = disable("primary", "secondary")
        set_status("primary", PluginStatus.RESERVED)

        with revisions_made() as made, pytest.raises(ConflictingChangesError) as caught:
            revert(number)

        assert made == []
        assert caught.value.conflicting == [str(PRIMARY)]
        assert str(PRIMARY) in str(caught.value)
        assert item("secondary").status == PluginStatus.DISABLED

    def test_is_a_change_of_another_field_too(self) -> None:
        number = disable("primary")
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR)

        with pytest.raises(ConflictingChangesError):
            revert(number)

    def test_gives_way_to_force(self) -> None:
        number = disable("primary", "secondary")
        set_status("primary", PluginStatus.RESERVED)

        revert(number, force=True)

        assert (item("primary").status, item("secondary").status) == ("active", "active")

    def test_has_rows_that_are_gone_and_force_leaves_them_out(self, primary: PluginItem) -> None:
        number = disable("primary", "secondary")
        primary.delete()

        with pytest.raises(ConflictingChangesError) as caught:
            revert(number)
        outcome = revert(number, force=True)

        assert caught.value.conflicting == [str(PRIMARY)]
        assert [each.item.name for each in outcome.items] == ["secondary"]


class TestGuard:
    def test_refuses_to_leave_nothing_usable_unless_forced(self, registry: None) -> None:
        kind = synced_chain("lonely", only={"status": "disable"})
        number = set_status("only", PluginStatus.ACTIVE).revision or 0

        with pytest.raises(NothingUsableError, match="lonely"):
            revert(number)
        assert statuses(kind) == {"only": "active"}

        revert(number, force=True)
        assert statuses(kind) == {"only": "disable"}


class TestNothingToRevert:
    def test_is_an_unknown_revision(self) -> None:
        with pytest.raises(UnknownRevisionError, match="no revision 4711"):
            revert(4711)

    def test_is_the_creation_of_rows(self, registry: None) -> None:
        register_chain("fresh", one=1)
        number = sync().revision or 0

        with pytest.raises(NothingToRevertError, match=r"only created rows.*pluginsync"):
            revert(number)

    def test_is_the_archiving_of_rows_and_their_return(self, registry: None) -> None:
        definition = plugin_registry.find_item(SPARE)
        assert definition is not None
        plugin_registry.remove_item(SPARE)
        archived = sync(prune_missing=True).revision or 0
        plugin_registry.add_item(definition)
        restored = sync().revision or 0

        with pytest.raises(NothingToRevertError, match="only archived rows"):
            revert(archived)
        with pytest.raises(NothingToRevertError, match="only restored rows"):
            revert(restored)

    def test_is_the_deletion_of_rows(self, spare: PluginItem) -> None:
        with revisions_made() as made:
            spare.delete()

        with pytest.raises(NothingToRevertError, match="only deleted rows"):
            revert(made[0].number)

    def test_is_not_what_a_sync_refreshed_beside_creating(self, registry: None) -> None:
        services.update_item(edit=services.ItemEdit(item=item("primary").pk, priority=3), origin=OPERATOR)
        register_chain("fresh", one=1)
        number = sync(mode=SyncMode.UPDATE).revision or 0
        assert item("primary").priority == 10

        revert(number)

        assert item("primary").priority == 3
        assert PluginItem.objects.filter(name="one").exists()


class TestQueries:
    @pytest.mark.parametrize("count", [1, 40])
    def test_are_as_many_for_few_as_for_many_rows(
        self, count: int, registry: None, django_assert_num_queries: object
    ) -> None:
        synced_chain("wide", **{f"item{number}": number for number in range(count)})
        number = disable(*(f"item{number}" for number in range(count)))

        with django_assert_num_queries(15):  # type: ignore[operator]
            revert(number)
