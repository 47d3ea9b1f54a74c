"""What ``pluginctl`` takes for the key of a plugin type or an item, and what it suggests."""

import pytest

from plugin_system.choices import PluginStatus
from plugin_system.definitions import TypeKey
from plugin_system.models import PluginItem, PluginType
from plugin_system.registry import plugin_registry
from tests.command.running import PRIMARY_NAME, ctl
from tests.factories import (
    MANAGER,
    MODULE,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    item,
    revisions_made,
    sync,
    synced_chain,
)

pytestmark = pytest.mark.django_db

CARRIER = TypeKey(MANAGER, "carrier")


class TestKeys:
    @pytest.mark.parametrize("kind", ["key", "id", "name"])
    def test_of_types_are_what_they_are_everywhere(self, kind: str, otp: PluginType) -> None:
        reference = {"key": str(OTP), "id": str(otp.pk), "name": "otp"}[kind]

        assert ctl("explain", reference, "--json").document["plugin_type"]["id"] == str(otp.pk)

    @pytest.mark.parametrize("kind", ["key", "id", "upper case id", "module and name", "bare name"])
    def test_of_items_are_what_they_are_everywhere(self, kind: str, primary: PluginItem) -> None:
        references = {
            "key": str(PRIMARY),
            "id": str(primary.pk),
            "upper case id": str(primary.pk).upper(),
            "module and name": PRIMARY_NAME,
            "bare name": "primary",
        }

        assert ctl("disable", references[kind]).exit_code == 0
        assert item("primary").status == PluginStatus.DISABLED

    @pytest.mark.parametrize("reference", [PRIMARY_NAME, "primary"])
    def test_that_fit_several_rows_are_refused_with_all_of_them(self, reference: str, registry: None) -> None:
        synced_chain("carrier", primary=1)

        done = ctl("disable", reference)

        assert done.exit_code == 4
        assert f"'{CARRIER}/{PRIMARY_NAME}', '{PRIMARY}'; write the whole key." in done.error

    def test_may_be_bare_names_wherever_an_item_is_wanted(self) -> None:
        assert ctl("priority", "primary", "30", "secondary", "-5").exit_code == 0
        assert ctl("promote", "spare").exit_code == 0
        assert ctl("history", "--item", "secondary", "--limit", "1").exit_code == 0
        assert (item("primary").priority, item("secondary").priority) == (30, -5)

    @pytest.mark.parametrize(
        ("arguments", "suggested"),
        [
            (["explain", "opt"], OTP),
            (["explain", "tests.host.opt:otp"], OTP),
            (["disable", "primry"], PRIMARY),
            (["disable", "tests.host.otp_sms:primay"], PRIMARY),
            (["promote", f"{OTP}/tests.host.otp_sms:secondry"], SECONDARY),
            (["history", "--item", "spar"], SPARE),
        ],
    )
    def test_that_are_unknown_bring_the_nearest(self, arguments: list[str], suggested: object) -> None:
        done = ctl(*arguments)

        assert done.exit_code == 4
        assert f"Did you mean '{suggested}'" in done.error

    @pytest.mark.parametrize("reference", ["primry", f"{MODULE}:primry"])
    def test_that_are_like_several_bring_all_of_them(self, reference: str, registry: None) -> None:
        for name in ("carrier", "courier"):
            synced_chain(name, primary=1)

        done = ctl("disable", reference)

        assert done.exit_code == 4
        assert [
            key
            for key in (f"{CARRIER}/{PRIMARY_NAME}", f"{MANAGER}:courier/{PRIMARY_NAME}", str(PRIMARY))
            if repr(key) not in done.error
        ] == []

    def test_of_types_that_are_like_several_bring_all_of_them(self, registry: None) -> None:
        PluginType.objects.create(manager="tests.host.calls", name="otp", description="Calls")

        assert ctl("explain", "opt").error.endswith(f"Did you mean 'tests.host.calls:otp' or '{OTP}'?")

    def test_that_are_like_many_bring_the_first_ones_and_their_number(self, registry: None) -> None:
        for number in range(14):
            synced_chain(f"carrier{number:02}", pigeon=1)

        done = ctl("disable", "pigoen")

        assert done.error.count(":pigeon'") == 10
        assert done.error.endswith(" or 4 more?")

    @pytest.mark.parametrize("reference", ["otp", str(OTP), "id"])
    def test_of_types_where_an_item_is_wanted_bring_its_items(self, reference: str, otp: PluginType) -> None:
        reference = str(otp.pk) if reference == "id" else reference

        done = ctl("disable", reference)

        assert done.exit_code == 4
        assert done.error == (
            f"No plugin item has the id or key '{reference}'. '{reference}' is a plugin type; "
            f"its items are '{PRIMARY}', '{SECONDARY}' and '{SPARE}'."
        )

    def test_of_a_type_and_of_an_item_are_the_item_s_where_one_is_wanted(self, registry: None) -> None:
        synced_chain("carrier", otp=1, other=2)

        assert ctl("disable", "otp").exit_code == 0
        assert item("otp").status == PluginStatus.DISABLED

    def test_that_are_like_nothing_bring_the_command_that_lists_them(self) -> None:
        assert ctl("disable", "xyzzy").error == (
            "No plugin item has the id or key 'xyzzy'. List the items: manage.py pluginctl list."
        )
        assert ctl("explain", "xyzzy").error == (
            "There is no plugin type 'xyzzy'. "
            "List the types: manage.py pluginctl status. Or run a sync: manage.py pluginsync."
        )

    def test_of_archived_items_are_unknown(self, registry: None) -> None:
        plugin_registry.remove_item(SPARE)
        sync(prune_missing=True)

        assert ctl("disable", str(SPARE)).exit_code == 4

    def test_that_are_unknown_change_nothing_of_the_others(self) -> None:
        with revisions_made() as made:
            done = ctl("disable", PRIMARY_NAME, "xyzzy")

        assert made == []
        assert done.exit_code == 4
