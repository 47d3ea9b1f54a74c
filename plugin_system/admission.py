"""Whether a definition may join the registry, and what the developer reads if not."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps

from plugin_system.choices import PluginStatus
from plugin_system.conformance import check_implements
from plugin_system.definitions import ItemKey, PluginItemDefinition, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import AlreadyRegisteredError, InvalidPluginClassError, UnknownPluginTypeError
from plugin_system.validation import fold, named

logger = logging.getLogger(__name__)

_Selector = Callable[..., Any] | None


class Spellings(dict[str, TypeKey | ItemKey]):
    """Who holds each key as a database sees it that ignores case and accents."""

    def claim(self, key: TypeKey | ItemKey, claimant: type) -> None:
        """
        Take the spelling for this key; its own again is fine.

        :raises AlreadyRegisteredError: another key holds it.
        """
        holder = self.setdefault(fold(str(key)), key)
        if holder != key:
            raise AlreadyRegisteredError(
                f"{str(key)!r} of {claimant!r} differs from {str(holder)!r} only in case or accents, which some "
                "databases ignore; choose another name."
            )

    def free(self, key: TypeKey | ItemKey) -> None:
        """Give the spelling up, if it is this key's."""
        if self.get(fold(str(key))) == key:
            del self[fold(str(key))]


def refuse_other_item(held: PluginItemDefinition | None, definition: PluginItemDefinition) -> None:
    """Refuse, with :class:`AlreadyRegisteredError`, a second class under one key, or other facts of the same."""
    if held is None:
        return
    about = f"Plugin item {_own_name(definition.key)!r}"
    if held.plugin_class is not definition.plugin_class:
        raise AlreadyRegisteredError(
            f"{about} is held by {held.plugin_class!r}; {definition.plugin_class!r} needs another name."
        )
    facts = [(name, getattr(held, name), getattr(definition, name)) for name in ("priority", "status", "description")]
    differing = [f"the {name} {_stated(old)} and {_stated(new)}" for name, old, new in facts if old != new]
    _refuse_contradiction(f"{about} of {held.plugin_class!r}", differing)


def refuse_other_type(held: PluginTypeDefinition | None, definition: PluginTypeDefinition) -> None:
    """Refuse, with :class:`AlreadyRegisteredError`, a second interface under one key, or other facts of the same."""
    if held is None:
        return
    about = f"Plugin type {str(definition.key)!r}"
    if held.interface is not definition.interface:
        raise AlreadyRegisteredError(
            f"{about} is held by {held.interface!r}; {definition.interface!r} needs another name."
        )
    differing = []
    if held.description != definition.description:
        differing.append(f"the description {held.description!r} and {definition.description!r}")
    if not _are_same(held.selector, definition.selector):
        differing.append(f"the get_plugin {named(held.selector)} and {named(definition.selector)}")
    _refuse_contradiction(f"{about} of {held.interface!r}", differing)


def _refuse_contradiction(about: str, differing: list[str]) -> None:
    """Refuse a second registration with other facts while the order of imports decides which is the second."""
    if not differing:
        return
    message = f"{about} is registered twice, with {' and '.join(differing)}"
    if not apps.ready:
        raise AlreadyRegisteredError(f"{message}; register it once.")
    logger.warning("%s; the latter holds.", message)


def _stated(value: object) -> str:
    return repr(value.value if isinstance(value, PluginStatus) else value)


def _are_same(one: _Selector, other: _Selector) -> bool:
    """Whether two functions are one, or made by the same code: ``ready()`` makes its own anew when called again."""
    return one == other or (named(one) == named(other) and _code_of(one) == _code_of(other))


def _code_of(function: _Selector) -> object:
    return getattr(getattr(function, "func", function), "__code__", None)


def check_fits(definition: PluginItemDefinition, interface: type) -> None:
    """Refuse, with :class:`InvalidPluginClassError`, a class that cannot stand in for the interface."""
    try:
        check_implements(definition.plugin_class, interface)
    except InvalidPluginClassError as error:
        raise InvalidPluginClassError(f"Plugin item {_own_name(definition.key)!r}: {error}") from None


def _own_name(key: ItemKey) -> str:
    """Return the key as text, without the type where that is still to come."""
    return str(key) if key.type.name else f"{key.module}:{key.name}"


def ambiguous_interface(
    interface: type, definition: PluginItemDefinition, owners: Iterable[TypeKey]
) -> UnknownPluginTypeError:
    """Return the error on an item that names its type by an interface that several types have."""
    key = definition.key
    return UnknownPluginTypeError(
        f"{definition.plugin_class!r} is registered as {f'{key.module}:{key.name}'!r} by its interface alone, but "
        f"{shared_interface(interface, owners)}; register it by type_name and manager_name."
    )


def shared_interface(interface: type, owners: Iterable[TypeKey]) -> str:
    """Return a clause on the types that have one interface."""
    return f"{interface!r} is the interface of {', '.join(repr(str(key)) for key in sorted(owners))}"


def unknown_type(definition: PluginItemDefinition, known: Iterable[TypeKey]) -> UnknownPluginTypeError:
    """Return the error on an item whose type nobody registered, though these types are."""
    listed = ", ".join(repr(str(key)) for key in sorted(known)) or "none"
    return UnknownPluginTypeError(
        f"{definition.plugin_class!r} is registered as {str(definition.key)!r}, but no app registered the plugin "
        f"type {str(definition.key.type)!r}; known types: {listed}. Mend type_name and manager_name, or install "
        "the app that owns the type."
    )


def unknown_interface(interface: type, definition: PluginItemDefinition) -> UnknownPluginTypeError:
    """Return the error on an item whose interface is that of no registered type."""
    return UnknownPluginTypeError(
        f"{definition.plugin_class!r} is registered as {_own_name(definition.key)!r}, an item of the plugin type with "
        f"the interface {interface!r}, but no app registered such a type. Register the interface, or install the app "
        "that does."
    )
