import itertools
import logging
import sys
from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest

from plugin_system.choices import PluginStatus
from plugin_system.definitions import ItemKey, PluginItemDefinition, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import (
    AlreadyRegisteredError,
    InvalidPluginClassError,
    PluginSystemError,
    RegistryNotReadyError,
    UnknownPluginTypeError,
)
from plugin_system.registry import Registry, plugin_registry
from tests.elsewhere import output_of, run_script
from tests.factories import Carrier, apps_loading, new_class, new_interface

CARRIER = TypeKey("apps.posts", "carrier")


def a_type(key: TypeKey = CARRIER, interface: type = Carrier, **values: Any) -> PluginTypeDefinition:
    return PluginTypeDefinition(key=key, interface=interface, **values)


def an_item(name: str = "pigeon", plugin_class: type | None = None, **values: Any) -> PluginItemDefinition:
    key = values.pop("key", ItemKey(CARRIER, "apps.birds", name))
    return PluginItemDefinition(key=key, plugin_class=plugin_class or new_class(), **values)


def by_interface(name: str = "pigeon", plugin_class: type | None = None, **values: Any) -> PluginItemDefinition:
    return an_item(name, plugin_class, key=ItemKey(TypeKey("", ""), "apps.birds", name), **values)


@pytest.fixture
def empty() -> Registry:
    return Registry()


@pytest.fixture
def held(empty: Registry) -> Registry:
    """A registry with one type and no item."""
    empty.add_type(a_type())
    return empty


class TestAddType:
    def test_keeps_the_type(self, empty: Registry) -> None:
        definition = a_type()

        empty.add_type(definition)

        assert empty.types() == [definition]
        assert empty.find_type(CARRIER) is definition

    def test_may_be_repeated(self, held: Registry) -> None:
        before = held.fingerprint

        held.add_type(a_type())

        assert held.fingerprint == before
        assert len(held.types()) == 1

    def test_takes_the_newer_description_of_the_same_type_once_apps_are_loaded(
        self, held: Registry, caplog: pytest.LogCaptureFixture
    ) -> None:
        held.add_type(a_type(description="Newer"))

        assert [record.message for record in caplog.records] == [
            (
                f"Plugin type 'apps.posts:carrier' of {Carrier!r} is registered twice, with the description '' "
                "and 'Newer'; the latter holds."
            )
        ]
        assert [each.description for each in held.types()] == ["Newer"]
        assert held.key_of_interface(Carrier) == CARRIER

    def test_refuses_another_interface_under_the_key_and_names_both(self, held: Registry) -> None:
        before, other = held.fingerprint, new_interface()

        with pytest.raises(AlreadyRegisteredError, match=r"'apps.posts:carrier' is held by") as caught:
            held.add_type(a_type(interface=other))

        assert repr(Carrier) in str(caught.value)
        assert f"{other!r} needs another name." in str(caught.value)
        assert held.fingerprint == before

    @pytest.mark.parametrize(
        ("one", "other", "text"),
        [
            ({"description": "One"}, {"description": "Two"}, "the description 'One' and 'Two'"),
            ({"selector": len}, {"selector": max}, "the get_plugin builtins.len and builtins.max"),
            ({"selector": None}, {"selector": len}, "the get_plugin None and builtins.len"),
        ],
    )
    def test_refuses_other_facts_of_the_same_type_while_apps_load(
        self, empty: Registry, one: Any, other: Any, text: str
    ) -> None:
        with apps_loading():
            empty.add_type(a_type(**one))
            with pytest.raises(AlreadyRegisteredError) as caught:
                empty.add_type(a_type(**other))

        assert str(caught.value) == (
            f"Plugin type 'apps.posts:carrier' of {Carrier!r} is registered twice, with {text}; register it once."
        )
        assert empty.types() == [a_type(**one)]

    def test_knows_a_function_that_the_same_code_made_again(self, empty: Registry) -> None:
        def ready(country: str) -> Callable[..., Any]:
            return lambda plugin_type: country

        with apps_loading():
            for selector in (ready("nl"), ready("nl"), partial(ready("nl"), 1)):
                empty.add_type(a_type(selector=selector))
            with pytest.raises(AlreadyRegisteredError, match=r"the get_plugin tests\.test_registry\."):
                empty.add_type(a_type(selector=lambda plugin_type: None))

    @pytest.mark.parametrize("key", [TypeKey("apps.posts", "Carrier"), TypeKey("apps.Posts", "carrier")])
    def test_refuses_a_key_that_some_databases_take_for_the_same(self, held: Registry, key: TypeKey) -> None:
        before, other = held.fingerprint, new_interface()

        with pytest.raises(AlreadyRegisteredError, match=r"only in case or accents.*choose another name") as caught:
            held.add_type(a_type(key, other))

        assert repr(other) in str(caught.value)
        assert "'apps.posts:carrier'" in str(caught.value)
        assert held.fingerprint == before


class TestAddItem:
    def test_keeps_the_item(self, held: Registry) -> None:
        definition = an_item()

        held.add_item(definition)

        assert held.items() == [definition]
        assert held.find_item(definition.key) is definition
        assert held.items_of(CARRIER) == {definition.key: definition}

    def test_may_be_repeated(self, held: Registry, caplog: pytest.LogCaptureFixture) -> None:
        definition = an_item(priority=5)
        held.add_item(definition)

        held.add_item(an_item(plugin_class=definition.plugin_class, priority=5))
        with apps_loading():
            held.add_item(an_item(plugin_class=definition.plugin_class, priority=5))

        assert held.items() == [definition]
        assert caplog.records == []

    def test_takes_newer_facts_of_the_same_class_once_apps_are_loaded(
        self, held: Registry, caplog: pytest.LogCaptureFixture
    ) -> None:
        held.add_item(an_item(plugin_class=PIGEON))

        held.add_item(an_item(plugin_class=PIGEON, priority=5))

        assert [each.priority for each in held.items()] == [5]
        assert [(record.levelno, record.message) for record in caplog.records] == [
            (
                logging.WARNING,
                (
                    f"Plugin item 'apps.posts:carrier/apps.birds:pigeon' of {PIGEON!r} is registered twice, with the "
                    "priority None and 5; the latter holds."
                ),
            )
        ]

    @pytest.mark.parametrize("waits", [False, True])
    @pytest.mark.parametrize(
        ("facts", "text"),
        [
            ({"priority": 7}, "the priority None and 7"),
            ({"status": PluginStatus.DISABLED}, "the status 'active' and 'disable'"),
            ({"description": "Flies"}, "the description '' and 'Flies'"),
            ({"priority": 7, "description": "x"}, "the priority None and 7 and the description '' and 'x'"),
        ],
    )
    def test_refuses_other_facts_of_the_same_class_while_apps_load(
        self, empty: Registry, facts: dict[str, Any], text: str, waits: bool
    ) -> None:
        with apps_loading():
            if not waits:
                empty.add_type(a_type())
            empty.add_item(an_item(plugin_class=PIGEON))
            with pytest.raises(AlreadyRegisteredError) as caught:
                empty.add_item(an_item(plugin_class=PIGEON, **facts))
            if waits:
                empty.add_type(a_type())

        assert str(caught.value) == (
            f"Plugin item 'apps.posts:carrier/apps.birds:pigeon' of {PIGEON!r} is registered twice, with {text}; "
            "register it once."
        )
        assert empty.items() == [an_item(plugin_class=PIGEON)]

    def test_refuses_another_class_under_the_key_and_names_both(self, held: Registry) -> None:
        one, other = new_class(name="One"), new_class(name="Other")
        held.add_item(an_item(plugin_class=one))
        before = held.fingerprint

        with pytest.raises(AlreadyRegisteredError) as caught:
            held.add_item(an_item(plugin_class=other))

        assert str(caught.value) == (
            f"Plugin item 'apps.posts:carrier/apps.birds:pigeon' is held by {one!r}; {other!r} needs another name."
        )
        assert held.fingerprint == before

    @pytest.mark.parametrize("name", ["Pigeon", "PIGEON", "pigéon"])
    def test_refuses_a_key_that_some_databases_take_for_the_same(self, held: Registry, name: str) -> None:
        held.add_item(an_item())
        before, other = held.fingerprint, new_class()

        with pytest.raises(AlreadyRegisteredError, match=r"only in case or accents") as caught:
            held.add_item(an_item(name, other))

        assert repr(other) in str(caught.value)
        assert held.fingerprint == before

    def test_refuses_a_class_that_does_not_implement_the_interface_and_names_the_item(self, held: Registry) -> None:
        before = held.fingerprint

        with pytest.raises(
            InvalidPluginClassError, match=r"'apps.posts:carrier/apps.birds:pigeon': .*does not implement"
        ):
            held.add_item(an_item(plugin_class=object))

        assert held.fingerprint == before
        held.add_item(an_item())

    def test_refuses_an_unknown_type_once_all_apps_are_loaded(self, held: Registry) -> None:
        before, plugin_class = held.fingerprint, new_class()

        with pytest.raises(UnknownPluginTypeError) as caught:
            held.add_item(
                an_item(plugin_class=plugin_class, key=ItemKey(TypeKey("apps.posts", "career"), "apps.birds", "x"))
            )

        message = str(caught.value)
        assert repr(plugin_class) in message
        assert "'apps.posts:career/apps.birds:x'" in message
        assert "known types: 'apps.posts:carrier'" in message
        assert message.endswith("Mend type_name and manager_name, or install the app that owns the type.")
        assert (held.fingerprint, held.problems) == (before, [])


class TestAddItemOf:
    """By interface, as the decorator does."""

    def test_finds_the_type(self, held: Registry) -> None:
        held.add_item_of(Carrier, by_interface())

        assert [each.key for each in held.items()] == [an_item().key]

    def test_refuses_another_class_under_the_key(self, held: Registry) -> None:
        held.add_item(an_item())

        with pytest.raises(AlreadyRegisteredError):
            held.add_item_of(Carrier, by_interface())

    def test_refuses_another_class_under_the_key_while_both_wait(self, empty: Registry) -> None:
        one, other = new_class(), new_class()
        with apps_loading():
            empty.add_item_of(Carrier, by_interface(plugin_class=one))
            empty.add_item_of(Carrier, by_interface(plugin_class=one))

            with pytest.raises(AlreadyRegisteredError, match=r"'apps.birds:pigeon' is held by") as caught:
                empty.add_item_of(Carrier, by_interface(plugin_class=other))

            empty.add_type(a_type())

        assert repr(other) in str(caught.value)
        assert [each.plugin_class for each in empty.items()] == [one]
        assert empty.problems == []

    def test_refuses_other_facts_of_the_same_class_while_both_wait(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            with pytest.raises(AlreadyRegisteredError, match=r"'apps.birds:pigeon' of .* the priority None and 7; reg"):
                empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON, priority=7))

    def test_refuses_a_class_that_does_not_implement_it_even_before_the_type(self, empty: Registry) -> None:
        with apps_loading(), pytest.raises(InvalidPluginClassError, match=r"'apps.birds:pigeon': .*does not implement"):
            empty.add_item_of(Carrier, by_interface(plugin_class=object))

        assert empty.problems == []

    def test_refuses_an_unknown_interface_once_all_apps_are_loaded(self, empty: Registry) -> None:
        with pytest.raises(UnknownPluginTypeError, match=r"is not the interface of a registered plugin type") as caught:
            empty.add_item_of(Carrier, by_interface())

        assert repr(Carrier) in str(caught.value)
        assert (empty.items(), empty.problems) == ([], [])

    def test_refuses_an_interface_of_two_types_and_names_them(self, held: Registry) -> None:
        held.add_type(a_type(TypeKey("apps.posts", "second")))

        with pytest.raises(UnknownPluginTypeError, match=r"'apps.posts:carrier', 'apps.posts:second'; ask by name"):
            held.add_item_of(Carrier, by_interface())


Step = Callable[[Registry], None]
OTHER = TypeKey("apps.other", "courier")
OtherInterface = new_interface()
PIGEON, RAVEN, DOVE = new_class(name="Pigeon"), new_class(name="Raven"), new_class(OtherInterface, "Dove")
STEPS: list[Step] = [
    lambda registry: registry.add_type(a_type(description="first")),
    lambda registry: registry.add_item(an_item("pigeon", PIGEON, priority=3)),
    lambda registry: registry.add_item_of(Carrier, by_interface("raven", RAVEN)),
    lambda registry: registry.add_type(a_type(OTHER, OtherInterface)),
    lambda registry: registry.add_item_of(OtherInterface, by_interface("dove", DOVE, status=PluginStatus.RESERVED)),
]


class TestOrder:
    def test_of_registration_does_not_matter_while_apps_load(self) -> None:
        seen = set()
        for steps in itertools.permutations(STEPS):
            registry = Registry()
            with apps_loading():
                for step in steps:
                    step(registry)
            assert registry.problems == []
            seen.add((registry.fingerprint, *map(str, registry.types()), *map(str, registry.items())))

        assert len(seen) == 1

    def test_of_an_item_and_two_types_with_its_interface_does_not_matter(self) -> None:
        second = TypeKey("apps.posts", "second")
        steps: list[Step] = [
            lambda registry: registry.add_type(a_type()),
            lambda registry: registry.add_type(a_type(second)),
            lambda registry: registry.add_item_of(Carrier, by_interface("raven", RAVEN)),
            lambda registry: registry.add_item(an_item("pigeon", PIGEON)),
        ]
        said = set()
        for order in itertools.permutations(steps):
            registry, errors = Registry(), []
            with apps_loading():
                for step in order:
                    try:
                        step(registry)
                    except UnknownPluginTypeError as error:
                        errors.append(error)
            assert [each.key.name for each in registry.items()] == ["pigeon"]
            (error,) = [*errors, *registry.problems]
            said.add(str(error))

        for message in said:
            assert f"{Carrier!r} is the interface of 'apps.posts:carrier', 'apps.posts:second'" in message

    def test_of_what_is_read_is_that_of_the_keys(self, empty: Registry) -> None:
        for name in ("b", "c", "a"):
            empty.add_type(a_type(TypeKey("apps.posts", name)))
        for name in ("z", "x", "y"):
            empty.add_item(an_item(key=ItemKey(TypeKey("apps.posts", "b"), "apps.birds", name)))

        assert [each.key.name for each in empty.types()] == ["a", "b", "c"]
        assert [each.key.name for each in empty.items()] == ["x", "y", "z"]

    def test_does_not_hide_a_second_class_under_the_key_of_one_that_waits(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item())

            with pytest.raises(AlreadyRegisteredError):
                empty.add_item(an_item())

    def test_does_not_hide_a_clash_of_spellings_between_items_that_wait(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item("pigeon"))

            with pytest.raises(AlreadyRegisteredError, match=r"only in case or accents"):
                empty.add_item(an_item("Pigeon"))


class TestOrphan:
    """An item whose type never came, or came with another interface than the item has."""

    @pytest.fixture
    def orphaned(self, held: Registry) -> Registry:
        held.add_item(an_item("healthy"))
        with apps_loading():
            held.add_item(an_item("lost", key=ItemKey(OTHER, "apps.birds", "lost")))
            held.add_item_of(OtherInterface, by_interface("dove", DOVE))
        return held

    def test_is_a_problem_that_names_class_and_key_and_remedy(self, orphaned: Registry) -> None:
        lost, dove = orphaned.problems

        assert isinstance(lost, UnknownPluginTypeError)
        assert "'apps.other:courier/apps.birds:lost'" in str(lost)
        assert str(lost).endswith("install the app that owns the type.")
        assert repr(DOVE) in str(dove)
        assert "'apps.birds:dove'" in str(dove)
        assert repr(OtherInterface) in str(dove)
        assert str(dove).endswith("Register the interface, or install the app that does.")

    def test_does_not_keep_healthy_items_from_serving(self, orphaned: Registry) -> None:
        assert [each.key.name for each in orphaned.items()] == ["healthy"]

    def test_is_logged_once_by_the_first_to_read(self, orphaned: Registry, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR, "plugin_system.registry"):
            orphaned.items()
            orphaned.items()

        assert len(caplog.records) == 2
        assert all(each.message.endswith("The other plugins go on serving.") for each in caplog.records)

    def test_with_the_wrong_class_is_a_problem_and_kept_out(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item(plugin_class=object))
            empty.add_item(an_item("healthy"))
            empty.add_type(a_type())

        (problem,) = empty.problems
        assert isinstance(problem, InvalidPluginClassError)
        assert "'apps.posts:carrier/apps.birds:pigeon'" in str(problem)
        assert [each.key.name for each in empty.items()] == ["healthy"]

    def test_with_the_wrong_class_is_forgotten_once_its_key_is_registered_properly(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item(plugin_class=object))
            empty.add_type(a_type())
            empty.add_item(an_item(plugin_class=PIGEON))

        assert empty.problems == []
        assert [each.plugin_class for each in empty.items()] == [PIGEON]

    def test_with_the_wrong_class_gives_its_spelling_up(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item(plugin_class=object))
            empty.add_type(a_type())
            empty.add_item(an_item("Pigeon"))

        assert [each.key.name for each in empty.items()] == ["Pigeon"]

    def test_between_two_types_of_its_interface_may_name_its_own(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            empty.add_type(a_type())
            empty.add_type(a_type(TypeKey("apps.posts", "second")))
            (problem,) = empty.problems
            empty.add_item(an_item(plugin_class=PIGEON))

        assert str(problem) == (
            f"{PIGEON!r} is registered as 'apps.birds:pigeon' by its interface alone, but {Carrier!r} is the interface "
            "of 'apps.posts:carrier', 'apps.posts:second'; register it by type_name and manager_name."
        )
        assert empty.problems == []
        assert [each.key for each in empty.items()] == [an_item().key]

    def test_between_two_types_may_have_named_its_own_before(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            empty.add_type(a_type())
            empty.add_item(an_item(plugin_class=PIGEON))
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            empty.add_type(a_type(TypeKey("apps.posts", "second")))

        assert empty.problems == []
        assert [each.key for each in empty.items()] == [an_item().key]

    def test_is_none_once_it_serves_and_a_second_type_comes_at_run_time(self, held: Registry) -> None:
        held.add_item_of(Carrier, by_interface(plugin_class=PIGEON))

        held.add_type(a_type(TypeKey("apps.posts", "second")))

        assert held.problems == []
        assert [each.key for each in held.items()] == [an_item().key]

    def test_by_interface_under_a_key_that_another_took_is_a_problem(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            empty.add_item(an_item(plugin_class=RAVEN))
            empty.add_type(a_type())

        (problem,) = empty.problems
        assert isinstance(problem, AlreadyRegisteredError)
        assert [each.plugin_class for each in empty.items()] != []


class TestReading:
    @pytest.mark.parametrize(
        "read",
        [
            lambda registry: registry.types(),
            lambda registry: registry.items(),
            lambda registry: registry.find_type(CARRIER),
            lambda registry: registry.find_item(an_item().key),
            lambda registry: registry.items_of(CARRIER),
            lambda registry: registry.key_of_interface(Carrier),
            lambda registry: registry.fingerprint,
        ],
    )
    def test_is_refused_while_apps_load(self, held: Registry, read: Callable[[Registry], Any]) -> None:
        with apps_loading(), pytest.raises(RegistryNotReadyError, match=r"after django\.setup\(\)"):
            read(held)

    def test_finds_nothing_under_unknown_keys(self, held: Registry) -> None:
        assert held.find_type(OTHER) is None
        assert held.find_item(an_item().key) is None
        assert held.items_of(OTHER) == {}

    def test_answers_with_copies(self, held: Registry) -> None:
        held.items_of(CARRIER)[an_item().key] = an_item()
        held.types().clear()

        assert held.items_of(CARRIER) == {}
        assert len(held.types()) == 1


class TestFingerprint:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (an_item(plugin_class=PIGEON), an_item(plugin_class=RAVEN)),
            (an_item(plugin_class=PIGEON), an_item("owl", PIGEON)),
            (an_item(plugin_class=PIGEON), an_item(plugin_class=PIGEON, priority=0)),
            (an_item(plugin_class=PIGEON), an_item(plugin_class=PIGEON, description="Flies")),
            (an_item(plugin_class=PIGEON), an_item(plugin_class=PIGEON, status=PluginStatus.DISABLED)),
        ],
    )
    def test_differs_where_an_item_does(self, one: PluginItemDefinition, other: PluginItemDefinition) -> None:
        fingerprints = []
        for definition in (one, other):
            registry = Registry()
            registry.add_type(a_type())
            registry.add_item(definition)
            fingerprints.append(registry.fingerprint)

        assert fingerprints[0] != fingerprints[1]

    @pytest.mark.parametrize(
        "other",
        [
            a_type(TypeKey("apps.posts", "other")),
            a_type(interface=OtherInterface),
            a_type(description="Carries"),
            a_type(selector=len),
        ],
    )
    def test_differs_where_a_type_does(self, held: Registry, other: PluginTypeDefinition) -> None:
        registry = Registry()
        registry.add_type(other)

        assert registry.fingerprint != held.fingerprint

    def test_is_the_same_in_every_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Another hash seed than this process has: its sets have another order.
        monkeypatch.setenv("PYTHONHASHSEED", "1")
        script = "from plugin_system.registry import plugin_registry; print(plugin_registry.fingerprint)"

        assert output_of(run_script(script)).strip() == plugin_registry.fingerprint
        assert len(plugin_registry.fingerprint) == 16


class TestRemoval:
    def test_of_an_item_makes_room_for_another_class(self, held: Registry) -> None:
        held.add_item(an_item())

        held.remove_item(an_item().key)
        assert (held.items(), held.items_of(CARRIER)) == ([], {})

        held.add_item(an_item("Pigeon", RAVEN))

    def test_of_a_type_takes_its_items_along(self, held: Registry) -> None:
        held.add_item(an_item())

        held.remove_type(CARRIER)

        assert (held.types(), held.items()) == ([], [])
        with pytest.raises(UnknownPluginTypeError):
            held.key_of_interface(Carrier)

    def test_of_a_type_lets_items_wait_for_its_return(self, held: Registry) -> None:
        held.remove_type(CARRIER)
        with apps_loading():
            held.add_item_of(Carrier, by_interface())
            held.add_type(a_type())

        assert [each.key.name for each in held.items()] == ["pigeon"]

    def test_of_an_orphan_ends_the_problem(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item(an_item())
        empty.remove_item(an_item().key)

        assert empty.problems == []

    def test_of_what_is_not_there_does_nothing(self, held: Registry) -> None:
        held.add_item(an_item())
        before = held.fingerprint

        held.remove_item(an_item("Pigeon").key)
        held.remove_type(OTHER)

        assert held.fingerprint == before
        with pytest.raises(AlreadyRegisteredError):
            held.add_item(an_item("Pigeon"))


class TestPreserved:
    def test_takes_back_registrations_and_removals(self, held: Registry) -> None:
        held.add_item(an_item())
        with apps_loading():
            held.add_item_of(OtherInterface, by_interface("dove", DOVE))
        before = (held.fingerprint, list(map(str, held.problems)))

        with held.preserved():
            held.remove_item(an_item().key)
            held.add_item(an_item("Pigeon"))
            held.add_type(a_type(OTHER, OtherInterface))
            with apps_loading():
                held.add_item(an_item(key=ItemKey(TypeKey("a", "b"), "apps.birds", "lost")))
            assert (held.fingerprint, list(map(str, held.problems))) != before

        assert (held.fingerprint, list(map(str, held.problems))) == before
        with pytest.raises(UnknownPluginTypeError):
            held.key_of_interface(OtherInterface)

    def test_takes_back_what_became_ambiguous(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_type(a_type())
            empty.add_item_of(Carrier, by_interface(plugin_class=PIGEON))
            for _ in range(2):
                with empty.preserved():
                    empty.add_type(a_type(TypeKey("apps.posts", "second")))
                    assert len(empty.problems) == 1

        assert empty.problems == []
        assert [each.key for each in empty.items()] == [an_item().key]

    def test_takes_back_what_came_to_wait(self, empty: Registry) -> None:
        with apps_loading():
            empty.add_item_of(OtherInterface, by_interface("dove", DOVE))
            with empty.preserved():
                empty.add_item_of(OtherInterface, by_interface("raven", new_class(OtherInterface)))

        assert len(empty.problems) == 1


class TestListener:
    def test_is_called_after_every_change(self, empty: Registry) -> None:
        seen: list[int] = []
        empty.subscribe(lambda: seen.append(len(empty.items())))

        empty.add_type(a_type())
        empty.add_item(an_item())
        empty.remove_item(an_item().key)

        assert seen == [0, 1, 0]


class TestThreads:
    @pytest.fixture(autouse=True)
    def hasty(self) -> Any:
        """Let threads take turns as often as Python can."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(before)

    def run(self, *acts: Callable[[], None]) -> list[PluginSystemError]:
        barrier, errors = Barrier(len(acts)), []

        def start(act: Callable[[], None]) -> None:
            barrier.wait()
            try:
                act()
            except PluginSystemError as error:
                errors.append(error)

        threads = [Thread(target=start, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def test_that_register_two_classes_under_one_key_do_not_both_succeed(self, held: Registry) -> None:
        for number in range(50):
            rivals = [an_item(str(number)), an_item(str(number))]

            errors = self.run(*(lambda rival=rival: held.add_item(rival) for rival in rivals))

            assert [type(error) for error in errors] == [AlreadyRegisteredError]

    def test_that_register_at_once_lose_nothing(self, held: Registry) -> None:
        def add(thread: int) -> None:
            for number in range(50):
                held.add_item(an_item(f"{thread}-{number}", PIGEON))
                assert held.items()

        assert self.run(*(partial(add, thread) for thread in range(4))) == []
        assert len(held.items()) == len(held.items_of(CARRIER)) == 200
