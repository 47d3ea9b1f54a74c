import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import (
    AlreadyRegisteredError,
    InvalidArgumentsError,
    InvalidInterfaceError,
    InvalidNameError,
    InvalidPluginClassError,
    InvalidPriorityError,
    PluginSystemError,
    RegistrationError,
    UnknownPluginTypeError,
)
from plugin_system.register import plugin_item, plugin_type, register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry
from plugin_system.validation import shown
from tests.factories import (
    MANAGER,
    MODULE,
    Carrier,
    apps_loading,
    item_registration,
    new_class,
    new_interface,
    type_registration,
)

CARRIER = TypeKey(MANAGER, "carrier")
PIGEON = ItemKey(CARRIER, MODULE, "pigeon")

pytestmark = pytest.mark.usefixtures("registry")


@pytest.fixture
def carrier(registry: None) -> None:
    """The type that items of these tests have."""
    register_plugin_type(type_registration())


def state() -> tuple[str, list[str]]:
    return plugin_registry.fingerprint, list(map(str, plugin_registry.problems))


def refused(act: Callable[[], Any], error: type[PluginSystemError]) -> str:
    """Return the message of a refusal that must leave nothing behind."""
    before = state()
    with pytest.raises(error) as caught:
        act()
    assert type(caught.value) is error
    assert state() == before
    message = str(caught.value)
    assert message.endswith(".")
    return message


class TestRegisterPluginType:
    @pytest.mark.parametrize(
        "register",
        [
            lambda given: register_plugin_type(given),
            lambda given: register_plugin_type(**given),
            lambda given: register_plugin_type({"name": given.pop("name")}, **given),
        ],
    )
    def test_takes_a_mapping_or_keywords(self, register: Callable[[dict[str, Any]], None]) -> None:
        register(type_registration(get_plugin=len))

        definition = plugin_registry.find_type(CARRIER)
        assert definition is not None
        assert (definition.interface, definition.description, definition.selector) == (Carrier, "Carries", len)

    def test_needs_no_description_and_no_get_plugin(self) -> None:
        register_plugin_type(name="carrier", manager=MANAGER, interface=Carrier)

        definition = plugin_registry.find_type(CARRIER)
        assert definition is not None
        assert (definition.description, definition.selector) == ("", None)

    def test_takes_the_app_that_contains_the_interface_for_its_manager(self) -> None:
        interface = new_interface()
        interface.__module__ = "tests.host.otp_sms.deep.interfaces"

        register_plugin_type(name="carrier", interface=interface)

        assert plugin_registry.key_of_interface(interface) == TypeKey("tests.host.otp_sms", "carrier")

    def test_takes_a_translated_description(self) -> None:
        register_plugin_type(type_registration(description=gettext_lazy("Name")))

        definition = plugin_registry.find_type(CARRIER)
        assert definition is not None
        assert type(definition.description) is str

    @pytest.mark.parametrize(
        ("changes", "error", "text"),
        [
            ({"interface": object}, InvalidInterfaceError, "derive it from abc.ABC"),
            ({"interface": "path.to.Interface"}, InvalidInterfaceError, "derive it from abc.ABC"),
            ({"interface": new_class()}, InvalidInterfaceError, "@abstractmethod"),
            ({"name": ""}, InvalidNameError, "name is blank"),
            ({"name": " "}, InvalidNameError, "name is blank"),
            ({"name": "a" * 101}, InvalidNameError, "at most 100 fit"),
            ({"name": None}, InvalidNameError, "must be a text"),
            ({"name": "car:rier"}, InvalidNameError, "keys reserve these"),
            ({"name": "car/rier"}, InvalidNameError, "keys reserve these"),
            ({"name": "car\x00rier"}, InvalidNameError, "keys reserve these"),
            ({"manager": ""}, InvalidNameError, "manager is blank"),
            ({"manager": "a" * 101}, InvalidNameError, "manager 'aaa"),
            ({"manager": "apps:posts"}, InvalidNameError, "keys reserve these"),
            ({"manager": 5}, InvalidNameError, "manager must be a text"),
            ({"description": 5}, InvalidArgumentsError, "description must be a text"),
            ({"description": "a\0b"}, InvalidArgumentsError, r"description 'a\x00b' has a character"),
            ({"get_plugin": "path.to.function"}, InvalidArgumentsError, "get_plugin must be callable"),
            (
                {"interfaces": Carrier},
                InvalidArgumentsError,
                "unknown arguments ['interfaces']; known are ['description'",
            ),
            ({5: Carrier}, InvalidArgumentsError, "unknown arguments ['5']"),
        ],
    )
    def test_refuses_what_is_wrong_and_names_it(
        self, changes: dict[Any, Any], error: type[PluginSystemError], text: str
    ) -> None:
        given = type_registration() | changes

        message = refused(lambda: register_plugin_type(given), error)

        assert message.startswith(f"Plugin type {given['name']!r} with {given['interface']!r}")
        assert text in message

    @pytest.mark.parametrize("missing", ["name", "interface"])
    def test_refuses_to_go_without(self, missing: str) -> None:
        given = type_registration()
        del given[missing]

        assert f"lacks the arguments ['{missing}']" in refused(
            lambda: register_plugin_type(given), InvalidArgumentsError
        )

    @pytest.mark.parametrize("given", [5, "carrier", [("name", "carrier")], Carrier])
    def test_refuses_what_is_no_mapping(self, given: Any) -> None:
        message = refused(lambda: register_plugin_type(given), InvalidArgumentsError)

        assert "by a mapping or by keywords" in message
        assert repr(given) in message

    def test_refuses_an_interface_of_no_app_without_manager(self) -> None:
        interface = new_interface()
        interface.__module__ = "somewhere.else"

        message = refused(lambda: register_plugin_type(name="carrier", interface=interface), InvalidArgumentsError)

        assert message.endswith("is in no installed app; state its manager.")

    @pytest.mark.usefixtures("carrier")
    def test_refuses_another_interface_under_the_key(self) -> None:
        interface = new_interface()

        message = refused(lambda: register_plugin_type(type_registration(interface=interface)), AlreadyRegisteredError)

        assert repr(Carrier) in message
        assert repr(interface) in message
        assert str(CARRIER) in message


@pytest.mark.usefixtures("carrier")
class TestRegisterPluginItem:
    @pytest.mark.parametrize(
        "register",
        [
            lambda given: register_plugin_item(given),
            lambda given: register_plugin_item(**given),
            lambda given: register_plugin_item({"name": given.pop("name")}, **given),
        ],
    )
    def test_takes_a_mapping_or_keywords(self, register: Callable[[dict[str, Any]], None]) -> None:
        plugin_class = new_class()
        register(item_registration(plugin_class=plugin_class, status="reserve"))

        definition = plugin_registry.find_item(PIGEON)
        assert definition is not None
        assert definition.plugin_class is plugin_class
        assert (definition.priority, definition.description, definition.status) == (10, "Flies", PluginStatus.RESERVED)

    def test_needs_no_priority_description_or_status(self) -> None:
        given = item_registration()
        del given["priority"], given["description"]

        register_plugin_item(given)

        definition = plugin_registry.find_item(PIGEON)
        assert definition is not None
        assert (definition.priority, definition.description, definition.status) == (None, "", PluginStatus.ACTIVE)

    def test_takes_the_app_that_contains_the_class_for_its_module(self) -> None:
        given = item_registration(plugin_class=new_class(__module__="tests.host.prefs.deep.plugins"))
        del given["module"]

        register_plugin_item(given)

        assert plugin_registry.find_item(ItemKey(CARRIER, "tests.host.prefs", "pigeon")) is not None

    @pytest.mark.parametrize(
        ("changes", "error", "text"),
        [
            ({"plugin_class": Carrier}, InvalidPluginClassError, "still abstract; implement carry"),
            ({"plugin_class": new_class()()}, InvalidPluginClassError, "do not instantiate it"),
            ({"plugin_class": "path.to.Class"}, InvalidPluginClassError, "must be a class"),
            ({"plugin_class": None}, InvalidPluginClassError, "must be a class"),
            ({"name": ""}, InvalidNameError, "name is blank"),
            ({"name": "a" * 101}, InvalidNameError, "at most 100 fit"),
            ({"name": "a:b"}, InvalidNameError, "keys reserve these"),
            ({"name": "a/b"}, InvalidNameError, "keys reserve these"),
            ({"name": "a\nb"}, InvalidNameError, "keys reserve these"),
            ({"name": 5}, InvalidNameError, "name must be a text"),
            ({"module": ""}, InvalidNameError, "module is blank"),
            ({"module": "a" * 101}, InvalidNameError, "module 'aaa"),
            ({"module": "a/b"}, InvalidNameError, "keys reserve these"),
            ({"type_name": None}, InvalidNameError, "type_name must be a text"),
            ({"type_name": " "}, InvalidNameError, "type_name is blank"),
            ({"manager_name": ""}, InvalidNameError, "manager_name is blank"),
            ({"manager_name": 5}, InvalidNameError, "manager_name must be a text"),
            ({"priority": -32769}, InvalidPriorityError, "from -32768 to 32767"),
            ({"priority": 32768}, InvalidPriorityError, "from -32768 to 32767"),
            ({"priority": "10"}, InvalidPriorityError, "must be an integer"),
            ({"priority": 1.5}, InvalidPriorityError, "must be an integer"),
            ({"priority": True}, InvalidPriorityError, "must be an integer"),
            ({"description": b"x"}, InvalidArgumentsError, "description must be a text"),
            ({"description": "\udc80"}, InvalidArgumentsError, r"description '\udc80' has a character"),
            ({"status": "off"}, InvalidArgumentsError, "'active', 'reserve', 'disable'"),
            ({"status": None}, InvalidArgumentsError, "'active', 'reserve', 'disable'"),
            ({"manager": MANAGER}, InvalidArgumentsError, "unknown arguments ['manager']; known are ['description'"),
        ],
    )
    def test_refuses_what_is_wrong_and_names_it(
        self, changes: dict[str, Any], error: type[PluginSystemError], text: str
    ) -> None:
        given = item_registration(**changes)

        message = refused(lambda: register_plugin_item(given), error)

        assert message.startswith(f"Plugin item {given['name']!r} with {shown(given['plugin_class'])}")
        assert text in message
        register_plugin_item(item_registration())

    @pytest.mark.parametrize("missing", ["name", "type_name", "manager_name", "plugin_class"])
    def test_refuses_to_go_without(self, missing: str) -> None:
        given = item_registration()
        del given[missing]

        assert f"lacks the arguments ['{missing}']" in refused(
            lambda: register_plugin_item(given), InvalidArgumentsError
        )

    def test_refuses_a_class_that_does_not_implement_the_interface(self) -> None:
        class Stone:
            def carry(self, load: str) -> str:
                return load

        message = refused(lambda: register_plugin_item(item_registration(plugin_class=Stone)), InvalidPluginClassError)

        assert message == (
            f"Plugin item {str(PIGEON)!r}: {Stone!r} does not implement {Carrier!r}; derive it from the interface."
        )

    def test_refuses_a_class_whose_methods_cannot_be_called_as_the_interface_says(self) -> None:
        plugin_class = new_class(carry=lambda self: "nothing")

        message = refused(
            lambda: register_plugin_item(item_registration(plugin_class=plugin_class)), InvalidPluginClassError
        )

        assert message.startswith(f"Plugin item {str(PIGEON)!r}: 'carry' of {plugin_class!r} has the signature (self)")

    def test_refuses_another_class_under_the_key(self) -> None:
        one, other = new_class(), new_class()
        register_plugin_item(item_registration(plugin_class=one))

        message = refused(lambda: register_plugin_item(item_registration(plugin_class=other)), AlreadyRegisteredError)

        assert all(text in message for text in (repr(one), repr(other), str(PIGEON)))

    def test_refuses_a_name_that_differs_in_case_only(self) -> None:
        register_plugin_item(item_registration())

        message = refused(lambda: register_plugin_item(item_registration(name="PIGEON")), AlreadyRegisteredError)

        assert "choose another name" in message

    def test_refuses_an_unknown_type_at_once(self) -> None:
        given = item_registration(type_name="career")

        message = refused(lambda: register_plugin_item(given), UnknownPluginTypeError)

        assert repr(given["plugin_class"]) in message
        assert f"{MANAGER}:career/{MODULE}:pigeon" in message
        assert "Mend type_name and manager_name" in message

    def test_refuses_a_class_of_no_app_without_module(self) -> None:
        given = item_registration(plugin_class=new_class(__module__="somewhere.else"))
        del given["module"]

        assert "is in no installed app; state its module." in refused(
            lambda: register_plugin_item(given), InvalidArgumentsError
        )

    def test_may_be_repeated(self) -> None:
        given = item_registration()
        register_plugin_item(given)
        before = state()

        register_plugin_item(given)

        assert state() == before


class TestPluginTypeDecorator:
    def test_registers_the_interface_and_returns_it(self) -> None:
        interface = new_interface()
        interface.__module__ = "tests.host.otp.deep"

        decorated = plugin_type(name="carrier", description="Carries", get_plugin=len)(interface)

        definition = plugin_registry.find_type(CARRIER)
        assert decorated is interface
        assert definition is not None
        assert (definition.interface, definition.description, definition.selector) == (interface, "Carries", len)

    def test_takes_another_manager(self) -> None:
        interface = plugin_type(name="carrier", manager="tests.host.prefs")(new_interface())

        assert plugin_registry.key_of_interface(interface) == TypeKey("tests.host.prefs", "carrier")

    def test_refuses_what_is_wrong(self) -> None:
        message = refused(lambda: plugin_type(name="carrier", manager=MANAGER)(object), InvalidInterfaceError)

        assert message.startswith(f"Plugin type 'carrier' with {object!r}")


class TestPluginItemDecorator:
    @pytest.mark.usefixtures("carrier")
    def test_registers_the_class_and_returns_it(self) -> None:
        plugin_class = new_class(__module__="tests.host.otp_sms.deep")

        decorated = plugin_item(Carrier, name="pigeon", priority=5, description="Flies", status="disable")(plugin_class)

        definition = plugin_registry.find_item(PIGEON)
        assert decorated is plugin_class
        assert definition is not None
        assert (definition.plugin_class, definition.priority) == (plugin_class, 5)
        assert (definition.description, definition.status) == ("Flies", PluginStatus.DISABLED)

    @pytest.mark.usefixtures("carrier")
    def test_takes_another_module(self) -> None:
        plugin_item(Carrier, name="pigeon", module=f"{MODULE}.birds")(new_class())

        assert plugin_registry.find_item(ItemKey(CARRIER, f"{MODULE}.birds", "pigeon")) is not None

    def test_refuses_what_is_no_interface_before_it_sees_the_class(self) -> None:
        assert "derive it from abc.ABC" in refused(lambda: plugin_item(object, name="x"), InvalidInterfaceError)

    def test_refuses_an_interface_of_no_type(self) -> None:
        message = refused(
            lambda: plugin_item(Carrier, name="pigeon", module=MODULE)(new_class()), UnknownPluginTypeError
        )

        assert repr(Carrier) in message

    @pytest.mark.usefixtures("carrier")
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"name": "a:b"}, InvalidNameError),
            ({"priority": 40000}, InvalidPriorityError),
            ({"status": "off"}, InvalidArgumentsError),
            ({"description": 5}, InvalidArgumentsError),
            ({"module": "a/b"}, InvalidNameError),
        ],
    )
    def test_refuses_what_is_wrong_and_names_it(self, changes: dict[str, Any], error: type[RegistrationError]) -> None:
        plugin_class, given = new_class(), {"name": "pigeon", "module": MODULE, **changes}

        message = refused(lambda: plugin_item(Carrier, **given)(plugin_class), error)

        assert message.startswith(f"Plugin item {given['name']!r} with {plugin_class!r}: ")

    @pytest.mark.usefixtures("carrier")
    def test_refuses_a_class_that_does_not_implement_the_interface(self) -> None:
        assert f"'{MODULE}:pigeon': {object!r} does not implement" in refused(
            lambda: plugin_item(Carrier, name="pigeon", module=MODULE)(object), InvalidPluginClassError
        )


class TestOrder:
    """Of an item and its type, while apps load."""

    def test_may_be_item_first_by_mapping(self) -> None:
        with apps_loading():
            register_plugin_item(item_registration())
            register_plugin_type(type_registration())

        assert plugin_registry.find_item(PIGEON) is not None
        assert plugin_registry.problems == []

    def test_may_be_item_first_by_decorator(self) -> None:
        with apps_loading():
            plugin_item(Carrier, name="pigeon", module=MODULE)(new_class())
            plugin_type(name="carrier", manager=MANAGER)(Carrier)

        assert plugin_registry.find_item(PIGEON) is not None
        assert plugin_registry.problems == []

    def test_does_not_show_in_what_is_registered(self) -> None:
        one, other = new_class(name="One"), new_class(name="Other")
        steps: list[Callable[[], Any]] = [
            lambda: register_plugin_type(type_registration()),
            lambda: register_plugin_item(item_registration(name="one", plugin_class=one)),
            lambda: plugin_item(Carrier, name="other", module=MODULE)(other),
        ]
        seen = set()
        for order in itertools.permutations(steps):
            with plugin_registry.preserved():
                with apps_loading():
                    for step in order:
                        step()
                seen.add(state()[0])

        assert len(seen) == 1

    def test_leaves_an_item_of_an_unknown_type_as_a_problem(self) -> None:
        plugin_class = new_class()
        with apps_loading():
            register_plugin_item(item_registration(plugin_class=plugin_class))

        (problem,) = plugin_registry.problems
        assert repr(plugin_class) in str(problem)
        assert plugin_registry.find_item(PIGEON) is None
