"""
What the package that this one follows, django-plugin-system 1.1.0, promises in its manual, sentence by sentence.

A class for each section, a method for each sentence; the other suites go into the depth of each.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, models
from django.test import Client, override_settings

from plugin_system.choices import PluginStatus
from plugin_system.exceptions import InvalidPluginClassError, NotLoadableError, RegistrationError
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from tests.admin.pages import LIST, TYPES, Browser, quick_edit
from tests.factories import MANAGER, MODULE, OTP, PRIMARY, item, without_apps
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary
from tests.host.prefs.models import Preference

pytestmark = [pytest.mark.usefixtures("registry"), pytest.mark.django_db]

ACTIVE, RESERVED, DISABLED = PluginStatus.ACTIVE.value, PluginStatus.RESERVED.value, PluginStatus.DISABLED.value


class AbstractNotifier(ABC):
    @abstractmethod
    def send(self, user: str, message: str) -> str: ...


class EmailNotifier(AbstractNotifier):
    def send(self, user: str, message: str) -> str:
        return f"Sending email to {user}: {message}"


class SmsNotifier(AbstractNotifier):
    def send(self, user: str, message: str) -> str:
        return f"Sending SMS to {user}: {message}"


class PushNotifier(AbstractNotifier):
    def send(self, user: str, message: str) -> str:
        return f"Sending push to {user}: {message}"


NOTIFIERS = {"email": (EmailNotifier, 5), "sms": (SmsNotifier, 10), "push": (PushNotifier, 15)}


def register_notifier(**changes: Any) -> None:
    register_plugin_type(
        {
            "name": "notifier",
            "manager": MANAGER,
            "interface": AbstractNotifier,
            "description": "Notification channels for users",
            **changes,
        }
    )


def register_provider(name: str, /, **changes: Any) -> None:
    plugin_class, priority = NOTIFIERS[name]
    register_plugin_item(
        {
            "name": name,
            "module": f"{MODULE}.{name}",
            "type_name": "notifier",
            "manager_name": MANAGER,
            "plugin_class": plugin_class,
            "priority": priority,
            "description": f"Send notification via {name}",
            **changes,
        }
    )


def pluginsync(*options: str) -> str:
    out = StringIO()
    call_command("pluginsync", *options, stdout=out)
    return out.getvalue()


def notify() -> str | None:
    """Send a message as an application does, and return through what it went."""
    notifier = get_plugin_instance("notifier", MANAGER)
    return notifier.send("ann", "Your OTP is 1234").split()[1] if notifier else None


def change(name: str, **values: Any) -> None:
    """Change a row as the original's users do: by saving it."""
    row = item(name)
    for field, value in values.items():
        setattr(row, field, value)
    row.save()


@pytest.fixture
def notifiers(registry: None, db: None) -> PluginType:
    """The type ``notifier`` with three items: ``email`` before ``sms`` before ``push``."""
    register_notifier()
    for name in NOTIFIERS:
        register_provider(name)
    pluginsync()
    return PluginType.objects.get(name="notifier", manager=MANAGER)


@pytest.fixture
def admin(db: None) -> Browser:
    """A superuser's session with the admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return Browser(client)


class TestFeatures:
    def test_define_an_abstract_base_class_and_register_implementations(self) -> None:
        register_notifier()
        register_provider("email")
        pluginsync()

        assert notify() == "email"

    def test_syncs_the_registry_to_the_database_by_command(self) -> None:
        register_notifier()

        pluginsync()

        assert PluginType.objects.filter(name="notifier", manager=MANAGER).exists()

    def test_syncs_it_optionally_after_migrate(self) -> None:
        register_notifier()

        with override_settings(PLUGIN_SYSTEM_SYNC_ON_MIGRATE=False):
            call_command("migrate", verbosity=0)
            assert not PluginType.objects.filter(name="notifier").exists()
        call_command("migrate", verbosity=0)
        assert PluginType.objects.filter(name="notifier").exists()

    def test_selection_is_deterministic(self, notifiers: PluginType) -> None:
        PluginItem.objects.filter(plugin_type=notifiers).update(priority=5)

        assert {notify() for _ in range(20)} == {"email"}


class TestInstallation:
    def test_is_an_app_of_the_name_plugin_system(self) -> None:
        assert apps.get_app_config("plugin_system").name == "plugin_system"

    def test_creates_the_models_plugin_type_and_plugin_item(self) -> None:
        assert apps.get_model("plugin_system", "PluginType") is PluginType
        assert apps.get_model("plugin_system", "PluginItem") is PluginItem


class TestCoreConcepts:
    """The host project registers as the manual does: the type in ``ready()``, the items in a ``plugins.py``."""

    def test_a_type_is_registered_in_the_ready_of_its_app(self) -> None:
        definition = plugin_registry.find_type(OTP)

        assert definition is not None
        assert definition.interface is AbstractOTP
        assert PluginType.objects.get(name="otp", manager="tests.host.otp").description == "One-time password delivery"

    def test_an_item_is_registered_in_the_plugins_of_its_app(self) -> None:
        definition = plugin_registry.find_item(PRIMARY)

        assert definition is not None
        assert definition.plugin_class is Primary
        row = PluginItem.objects.get(name="primary", module="tests.host.otp_sms", plugin_type__name="otp")
        assert (row.priority, row.description, row.status) == (10, "The first choice", ACTIVE)

    def test_several_items_may_have_different_priorities(self, notifiers: PluginType) -> None:
        rows = PluginItem.objects.filter(plugin_type=notifiers).values_list("name", "priority")

        assert dict(rows) == {"email": 5, "sms": 10, "push": 15}

    def test_a_lower_number_means_a_higher_priority(self, notifiers: PluginType) -> None:
        change("push", priority=-1)

        assert notify() == "push"


class TestDatabaseModels:
    @pytest.mark.parametrize(
        ("model", "fields"),
        [
            (
                PluginType,
                {
                    "id": models.UUIDField,
                    "name": models.CharField,
                    "manager": models.CharField,
                    "description": models.TextField,
                },
            ),
            (
                PluginItem,
                {
                    "id": models.UUIDField,
                    "plugin_type": models.ForeignKey,
                    "module": models.CharField,
                    "name": models.CharField,
                    "status": models.CharField,
                    "priority": models.SmallIntegerField,
                    "description": models.TextField,
                },
            ),
        ],
    )
    def test_have_these_fields(self, model: type[models.Model], fields: dict[str, type]) -> None:
        for name, kind in fields.items():
            assert isinstance(model._meta.get_field(name), kind)
        assert model._meta.pk is not None
        assert model._meta.pk.name == "id"

    def test_an_item_refers_to_its_type(self) -> None:
        assert PluginItem._meta.get_field("plugin_type").related_model is PluginType

    def test_status_is_active_reserve_or_disable(self) -> None:
        assert PluginStatus.values == ["active", "reserve", "disable"]
        assert [value for value, _ in PluginItem._meta.get_field("status").choices or ()] == PluginStatus.values


class TestUniqueness:
    def test_name_and_manager_of_a_type_are_unique(self, otp: PluginType) -> None:
        PluginType.objects.create(name=otp.name, manager="another")
        PluginType.objects.create(name="another", manager=otp.manager)

        with pytest.raises(IntegrityError):
            PluginType.objects.create(id=PluginType(name="x", manager="y").key.row_id, name="otp", manager=otp.manager)

    def test_name_module_and_type_of_an_item_are_unique(self, otp: PluginType, primary: PluginItem) -> None:
        PluginItem.objects.create(plugin_type=otp, name=primary.name, module="another")
        other = PluginItem.objects.create(plugin_type=otp, name="another", module=primary.module)

        with pytest.raises(IntegrityError):
            PluginItem.objects.filter(pk=other.pk).update(name=primary.name)


@pytest.mark.usefixtures("notifiers")
class TestSelectionLogic:
    def test_active_first_picks_the_lowest_priority_active_item(self) -> None:
        change("email", status=RESERVED, priority=-100)

        assert notify() == "SMS"

    def test_fallback_picks_the_lowest_priority_reserve_item_if_none_is_active(self) -> None:
        change("email", status=DISABLED)
        change("sms", status=RESERVED, priority=20)
        change("push", status=RESERVED, priority=15)

        assert notify() == "push"

    def test_a_disabled_item_is_never_picked(self) -> None:
        for name in NOTIFIERS:
            change(name, status=DISABLED)

        assert notify() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("notifiers")
class TestCache:
    """With transactions that end, as in an application."""

    @pytest.fixture(autouse=True)
    def keep_for_an_hour(self, settings: Any) -> None:
        """Let only an invalidation, and no comparison by and by, explain that a change is seen."""
        settings.PLUGIN_SYSTEM_MAX_STALENESS = 3600

    def test_the_choice_is_kept(self, django_assert_num_queries: Any) -> None:
        notify()

        with django_assert_num_queries(0):
            assert notify() == "email"

    @pytest.mark.parametrize(
        "act",
        [
            lambda: change("email", status=DISABLED),
            lambda: change("email", priority=11),
            lambda: item("email").delete(),
        ],
    )
    def test_it_is_invalidated_on_save_and_delete(self, act: Callable[[], Any]) -> None:
        assert notify() == "email"
        act()

        assert notify() == "SMS"

    @pytest.mark.parametrize("changes", [{"status": DISABLED}, {"priority": 11}])
    def test_changing_status_or_priority_in_the_admin_clears_it(self, admin: Browser, changes: dict[str, Any]) -> None:
        assert notify() == "email"
        admin.post(LIST, quick_edit(admin.get(LIST, q="notifier"), {item("email"): changes}))

        assert notify() == "SMS"


class TestHelper:
    def test_returns_an_instance_to_use(self) -> None:
        otp = get_plugin_instance("otp", "tests.host.otp")

        assert otp
        assert otp.send_otp("+31123456789", "123456") == "primary +31123456789 123456"

    def test_returns_none_where_nothing_can_be_used(self) -> None:
        register_notifier()
        pluginsync()

        assert get_plugin_instance("notifier", MANAGER) is None
        assert get_plugin_instance("nothing", "apps.nowhere") is None

    def test_or_call_get_single_plugin_then_load_class_to_instantiate_manually(self, otp: PluginType) -> None:
        plugin = otp.get_single_plugin()

        assert plugin is not None
        assert plugin.load_class() is Primary
        assert isinstance(plugin.load_class()(), AbstractOTP)


class TestSyncing:
    @pytest.fixture(autouse=True)
    def edited_by_an_operator(self, notifiers: PluginType) -> None:
        change("email", status=DISABLED, priority=77, description="Mine")
        register_provider("email", priority=1, description="New")

    def facts(self) -> tuple[str, int, str]:
        row = item("email")
        return row.status, row.priority, row.description

    def test_after_migrations_creates_only_and_preserves_admin_edits(self) -> None:
        PluginItem.objects.filter(name="push").delete()

        call_command("migrate", verbosity=0)

        assert self.facts() == (DISABLED, 77, "Mine")
        assert item("push").priority == 15

    def test_pluginsync_gives_registrations_their_rows(self) -> None:
        PluginItem.objects.filter(name="push").delete()

        pluginsync()

        assert item("push").priority == 15

    @pytest.mark.parametrize("options", [(), ("--mode", "create")])
    def test_mode_create_will_not_overwrite_what_was_changed_in_the_admin(self, options: tuple[str, ...]) -> None:
        pluginsync(*options)

        assert self.facts() == (DISABLED, 77, "Mine")

    def test_mode_update_refreshes_description_and_priority_from_code(self) -> None:
        pluginsync("--mode", "update")

        assert self.facts() == (DISABLED, 1, "New")

    def test_stale_rows_are_pruned(self) -> None:
        with without_apps(MODULE):
            pluginsync()

        assert not PluginItem.objects.filter(name="email").exists()

    def test_no_prune_skips_it(self) -> None:
        with without_apps(MODULE):
            pluginsync("--no-prune")

        assert PluginItem.objects.filter(name="email").exists()


@pytest.mark.usefixtures("notifiers")
class TestAdminPanel:
    def test_the_list_of_types_shows_counts_per_status(self, admin: Browser) -> None:
        change("email", status=DISABLED)
        change("sms", status=RESERVED)
        register_provider("push", name="pager", priority=30)
        pluginsync()

        page = admin.get(TYPES, q="notifier")

        kind = PluginType.objects.get(name="notifier")
        for status, count in ((ACTIVE, 2), (RESERVED, 1), (DISABLED, 1)):
            assert re.search(
                rf'plugin_type__id__exact={kind.pk}&amp;status__exact={status}"[^>]*>\s*{count}\b', page.html
            )

    def test_the_list_of_items_filters(self, admin: Browser) -> None:
        change("email", status=DISABLED)

        links = admin.get(LIST, status__exact=DISABLED).links

        assert "email" in links
        assert "sms" not in links

    def test_the_list_of_items_searches(self, admin: Browser) -> None:
        links = admin.get(LIST, q="via push").links

        assert "push" in links
        assert "email" not in links

    def test_status_and_priority_are_edited_in_the_list(self, admin: Browser) -> None:
        page = admin.get(LIST, q="notifier")

        admin.post(LIST, quick_edit(page, {item("sms"): {"status": RESERVED}, item("push"): {"priority": "3"}}))

        assert item("sms").status == RESERVED
        assert item("push").priority == 3

    @pytest.mark.parametrize(("action", "status"), [("activate", ACTIVE), ("reserve", RESERVED), ("disable", DISABLED)])
    def test_items_are_marked_active_reserved_or_disabled_in_bulk(
        self, admin: Browser, action: str, status: str
    ) -> None:
        change("push", status=DISABLED if status == ACTIVE else ACTIVE)

        admin.act(action, item("sms"), item("push"))

        assert {item("sms").status, item("push").status} == {status}
        assert item("email").status == ACTIVE

    @pytest.mark.parametrize(("action", "by"), [("raise_priority", -1), ("lower_priority", 1)])
    def test_priority_is_increased_and_decreased_in_place(self, admin: Browser, action: str, by: int) -> None:
        admin.act(action, item("sms"))

        assert item("sms").priority == 10 + by

    def test_class_loads_catches_broken_registrations(self, admin: Browser) -> None:
        assert 'alt="True"' in admin.get(LIST, q="via email").html

        plugin_registry.remove_item(item("email").key)

        assert 'alt="False"' in admin.get(LIST, q="via email").html


class TestOverridingSelection:
    def test_get_plugin_of_the_registration_overrides_the_logic(self, notifiers: PluginType) -> None:
        def my_selector(plugin_type_model_obj: PluginType) -> PluginItem:
            assert plugin_type_model_obj == notifiers
            return plugin_type_model_obj.get_active_plugins()[-1]

        register_notifier(get_plugin=my_selector)

        assert notify() == "push"
        assert notifiers.get_single_plugin() == item("push")

    def test_it_may_use_the_active_plugins_in_order(self, notifiers: PluginType) -> None:
        register_notifier(get_plugin=lambda plugin_type: plugin_type.get_active_plugins()[0])
        change("email", status=RESERVED)

        assert notify() == "SMS"


class TestTestingTips:
    def test_registrations_come_from_the_ready_of_installed_apps(self) -> None:
        assert plugin_registry.find_type(OTP) is not None

    def test_pluginsync_mode_create_materialises_rows_in_a_test(self) -> None:
        register_notifier()
        register_provider("email")

        pluginsync("--mode", "create")

        assert notify() == "email"

    def test_toggling_status_in_a_test_shows_the_fallback_and_that_the_cache_follows(
        self, notifiers: PluginType
    ) -> None:
        assert notify() == "email"
        change("email", status=DISABLED)
        assert notify() == "SMS"
        change("email", status=ACTIVE)
        assert notify() == "email"


class TestDesignNotes:
    def test_the_registry_is_in_memory_and_the_database_its_view(self) -> None:
        register_notifier()
        assert not PluginType.objects.filter(name="notifier").exists()

        pluginsync()

        assert PluginType.objects.filter(name="notifier").exists()

    def test_syncing_is_idempotent_and_may_run_many_times(self, notifiers: PluginType) -> None:
        before = list(PluginItem.objects.order_by("pk").values())

        for mode in ("create", "update", "create"):
            pluginsync("--mode", mode)

        assert list(PluginItem.objects.order_by("pk").values()) == before

    def test_items_are_validated_to_implement_the_interface(self) -> None:
        class Stranger:
            def send(self, user: str, message: str) -> str:
                return message

        class Halfway(AbstractNotifier):
            pass

        register_notifier()
        for wrong in (Stranger, Halfway, AbstractNotifier):
            with pytest.raises(InvalidPluginClassError):
                register_provider("email", plugin_class=wrong)

    def test_errors_on_registration_are_not_swallowed(self) -> None:
        for wrong in ({"interface": object}, {"name": ""}, {"managr": "typo"}):
            with pytest.raises(RegistrationError):
                register_notifier(**wrong)
        assert [definition.key for definition in plugin_registry.types()] == [OTP]


class TestNotificationExample:
    def test_a_new_provider_is_registered_and_nothing_else_changes(self, notifiers: PluginType) -> None:
        class Pager(AbstractNotifier):
            def send(self, user: str, message: str) -> str:
                return f"Sending page to {user}: {message}"

        register_provider("email", name="pager", plugin_class=Pager, priority=1)
        pluginsync()

        assert notify() == "page"

    def test_providers_are_selected_and_reordered_from_the_admin(self, notifiers: PluginType, admin: Browser) -> None:
        admin.act("disable", item("email"))
        assert notify() == "SMS"

        admin.post(LIST, quick_edit(admin.get(LIST, q="notifier"), {item("push"): {"priority": "1"}}))
        assert notify() == "push"

    def test_several_may_be_active_and_users_choose_their_favourites(self, notifiers: PluginType) -> None:
        preference = Preference.objects.create(owner="ann")
        preference.favourites.set([item("email"), item("push")])

        sent = [plugin.load_class()().send("ann", "Hello") for plugin in preference.favourites.order_by("name")]

        assert sent == ["Sending email to ann: Hello", "Sending push to ann: Hello"]
        assert [
            plugin.load_instance().send("ann", "Hello") for plugin in preference.favourites.order_by("name")
        ] == sent

    def test_a_favourite_whose_code_is_gone_says_so(self, notifiers: PluginType) -> None:
        plugin_registry.remove_item(item("email").key)

        with pytest.raises(NotLoadableError, match="No code is registered as"):
            item("email").load_class()


class TestSummary:
    def test_adding_a_provider_is_registering_a_class(self, notifiers: PluginType) -> None:
        names = set(PluginItem.objects.filter(plugin_type=notifiers).values_list("name", flat=True))
        register_provider("sms", name="new")

        pluginsync()

        assert set(PluginItem.objects.filter(plugin_type=notifiers).values_list("name", flat=True)) == {*names, "new"}

    def test_fallback_is_automatic_by_priority(self, notifiers: PluginType) -> None:
        served = []
        for name in ("email", "sms", "push"):
            served.append(notify())
            change(name, status=DISABLED)

        assert served == ["email", "SMS", "push"]

    def test_runtime_swapping_is_supported(self, notifiers: PluginType) -> None:
        for name, word in (("push", "push"), ("sms", "SMS"), ("email", "email")):
            PluginItem.objects.filter(plugin_type=notifiers).update(priority=10)
            change(name, priority=1)
            assert notify() == word

    def test_a_new_provider_is_tried_by_toggling_active_and_reserve(self, notifiers: PluginType) -> None:
        register_provider("sms", name="new", plugin_class=PushNotifier, priority=1, status=RESERVED)
        pluginsync()
        assert notify() == "email"

        change("new", status=ACTIVE)
        assert notify() == "push"

        change("new", status=RESERVED)
        assert notify() == "email"
