"""What serves and why, as people are told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.utils import timezone

from plugin_system import services
from plugin_system.choices import PluginStatus, Verdict
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.services import Explanation, explain_all, explain_type
from tests.factories import (
    MANAGER,
    MODULE,
    OTP,
    PRIMARY,
    SECONDARY,
    SPARE,
    broken_class,
    item,
    new_interface,
    register_chain,
    set_status,
    sync,
    synced_chain,
    type_registration,
)
from tests.host.otp.interfaces import AbstractOTP

pytestmark = pytest.mark.usefixtures("db", "registry")

Queries = Callable[[int], AbstractContextManager[Any]]


def verdicts(explanation: Explanation) -> dict[str, str]:
    """Return the verdict of each candidate, by name, in order."""
    return {each.row.name: each.verdict.value for each in explanation.candidates}


class TestExplainType:
    def test_gives_the_chain_in_order_with_verdicts(self, otp: PluginType, primary: PluginItem) -> None:
        found = explain_type(otp)

        assert list(verdicts(found).items()) == [
            ("primary", "selected"),
            ("secondary", "outranked"),
            ("spare", "reserve"),
        ]
        assert (found.plugin_type, found.selected, found.reason) == (otp, primary, "active")
        assert all(each.explanation for each in found.candidates)

    def test_says_when_a_reserve_serves(self, otp: PluginType, spare: PluginItem) -> None:
        set_status("primary", PluginStatus.DISABLED)
        set_status("secondary", PluginStatus.DISABLED)

        found = explain_type(otp)

        assert (found.selected, found.reason) == (spare, "reserve")
        assert verdicts(found) == {"spare": "selected", "primary": "disabled", "secondary": "disabled"}

    def test_says_when_nothing_is_usable(self, otp: PluginType) -> None:
        PluginItem.objects.update(status=PluginStatus.DISABLED)

        found = explain_type(otp)

        assert (found.selected, found.reason) == (None, "nothing_usable")
        assert set(verdicts(found).values()) == {"disabled"}

    def test_says_that_the_code_of_an_item_is_missing(self, otp: PluginType, primary: PluginItem) -> None:
        plugin_registry.remove_item(PRIMARY)

        candidate = next(each for each in explain_type(otp).candidates if each.row == primary)

        assert candidate.verdict is Verdict.NOT_REGISTERED
        assert f"The app '{MODULE}' registers no code for it in this process." in candidate.explanation

    @pytest.mark.parametrize(
        ("module", "verdict"),
        [
            ("apps.gone", "app_not_installed"),
            ("tests.host.otp_sms", "not_registered"),
            ("tests.host.otp_sms.deep.below", "not_registered"),
            ("tests.host.otp_sm", "app_not_installed"),
            ("tests.host", "app_not_installed"),
        ],
    )
    def test_tells_an_app_that_is_gone_from_code_that_is(self, otp: PluginType, module: str, verdict: str) -> None:
        PluginItem.objects.create(plugin_type=otp, module=module, name="lost")

        assert verdicts(explain_type(otp))["lost"] == verdict

    def test_names_the_app_of_the_type_where_that_is_gone(self) -> None:
        row = PluginType.objects.create(manager="apps.gone", name="x")
        PluginItem.objects.create(plugin_type=row, module=MODULE, name="lost")

        (candidate,) = explain_type(row).candidates

        assert candidate.verdict is Verdict.APP_NOT_INSTALLED
        assert "'apps.gone'" in candidate.explanation

    def test_says_that_the_type_s_own_function_chooses(self) -> None:
        interface = register_chain("carrier", a=1, b=2)
        register_plugin_type(type_registration(interface=interface, get_plugin=lambda kind: None))
        sync()

        found = explain_type(PluginType.objects.get(name="carrier"))

        assert (found.reason, found.selected) == ("get_plugin", item("a"))

    def test_selects_what_resolves_although_it_is_archived(self, otp: PluginType, primary: PluginItem) -> None:
        PluginItem.objects.filter(pk=primary.pk).update(archived=timezone.now())

        assert explain_type(otp).selected == primary
        assert type(get_plugin_instance(AbstractOTP)) is plugin_registry.items_of(OTP)[PRIMARY].plugin_class

    def test_leaves_archived_items_without_code_out(self, otp: PluginType) -> None:
        PluginItem.objects.create(plugin_type=otp, module=MODULE, name="old", archived=timezone.now())

        assert "old" not in verdicts(explain_type(otp))

    def test_never_makes_an_instance(self) -> None:
        interface = new_interface()
        row = synced_chain("carrier", interface, a=broken_class(interface))

        assert verdicts(explain_type(row)) == {"a": "selected"}

    def test_skips_what_failed_lately(self) -> None:
        interface = new_interface()
        row = synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)

        assert get_plugin_instance(interface).carry("x") == "B x"

        found = explain_type(row)
        assert (verdicts(found), found.selected) == ({"a": "broken", "b": "selected"}, item("b"))

    def test_says_of_what_failed_lately_that_it_is_disabled_once_it_is(self) -> None:
        interface = new_interface()
        row = synced_chain("carrier", interface, a={"plugin_class": broken_class(interface), "priority": 1}, b=2)
        get_plugin_instance(interface)
        set_status("a", PluginStatus.DISABLED)

        assert verdicts(explain_type(row)) == {"b": "selected", "a": "disabled"}

    def test_says_who_switched_an_item_off_and_why(self, otp: PluginType) -> None:
        set_status("primary", PluginStatus.DISABLED)

        candidate = next(each for each in explain_type(otp).candidates if each.row.name == "primary")

        assert "ops" in candidate.explanation
        assert "INC-12" in candidate.explanation

    def test_costs_the_same_for_any_number_of_items(self, otp: PluginType, django_assert_num_queries: Queries) -> None:
        row = synced_chain("carrier", **{f"item{number}": number for number in range(30)})

        for plugin_type in (otp, row):
            with django_assert_num_queries(2):
                found = explain_type(plugin_type)
                assert [str(each.row) for each in found.candidates]

    @pytest.mark.parametrize("off", [(), ("primary",), ("primary", "secondary"), ("primary", "secondary", "spare")])
    def test_agrees_with_what_resolves(self, otp: PluginType, off: tuple[str, ...]) -> None:
        for name in off:
            set_status(name, PluginStatus.DISABLED)

        selected, instance = explain_type(otp).selected, get_plugin_instance(AbstractOTP)

        assert (None if selected is None else selected.load_class()) == (None if instance is None else type(instance))


class TestExplainAll:
    def test_explains_every_type_in_order(self) -> None:
        synced_chain("carrier", a=1)
        synced_chain("zone")

        found = explain_all()

        assert [(each.plugin_type.name, each.reason) for each in found] == [
            ("carrier", "active"),
            ("otp", "active"),
            ("zone", "nothing_usable"),
        ]
        assert verdicts(found[1]) == {"primary": "selected", "secondary": "outranked", "spare": "reserve"}

    def test_says_what_explaining_each_type_says(self) -> None:
        synced_chain("carrier", a=1, b={"status": "disable"})
        set_status("a", PluginStatus.RESERVED)

        for each in explain_all(dated=True):
            alone = explain_type(each.plugin_type, dated=True)
            assert (alone.reason, alone.selected, alone.candidates) == (each.reason, each.selected, each.candidates)

    def test_costs_the_same_for_any_number_of_types(self, django_assert_num_queries: Queries) -> None:
        with django_assert_num_queries(3):
            explain_all()
        for number in range(5):
            register_chain(f"carrier{number}", a=1, b=2)
        sync()

        with django_assert_num_queries(3):
            assert len(explain_all()) == 6

    def test_leaves_archived_types_out(self, otp: PluginType) -> None:
        PluginType.objects.create(manager=MANAGER, name="old", archived=timezone.now())

        assert [each.plugin_type for each in explain_all()] == [otp]


class TestResolves:
    """What a record says that a write did to the item that serves."""

    def test_tells_a_loss_and_a_gain(self) -> None:
        lost = set_status("primary", PluginStatus.DISABLED).resolves
        gained = set_status("primary", PluginStatus.ACTIVE).resolves

        assert [(each.before, each.after) for each in (*lost, *gained)] == [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)]

    def test_tells_that_nothing_shifted(self) -> None:
        (resolution,) = set_status("spare", PluginStatus.DISABLED).resolves

        assert (resolution.before, resolution.after) == (PRIMARY, PRIMARY)

    def test_counts_only_items_whose_code_is_here(self) -> None:
        plugin_registry.remove_item(PRIMARY)

        (resolution,) = set_status("secondary", PluginStatus.DISABLED).resolves

        assert (resolution.before, resolution.after) == (SECONDARY, SPARE)

    def test_is_told_by_the_problem_free_registry_of_this_process(self) -> None:
        assert services.registration_problems() == []
        assert services.fingerprint() == plugin_registry.fingerprint
