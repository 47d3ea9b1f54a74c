"""Whether a definition may join the registry, and what the developer reads if not."""

from collections.abc import Iterable

from plugin_system.definitions import ItemKey, PluginItemDefinition, TypeKey
from plugin_system.exceptions import AlreadyRegisteredError, InvalidPluginClassError, UnknownPluginTypeError
from plugin_system.validation import check_implements, fold


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


def refuse_other_class(held: PluginItemDefinition | None, definition: PluginItemDefinition) -> None:
    """Refuse, with :class:`AlreadyRegisteredError`, a second class under one key."""
    if held is not None and held.plugin_class is not definition.plugin_class:
        raise AlreadyRegisteredError(
            f"Plugin item {_own_name(definition.key)!r} is held by {held.plugin_class!r}; "
            f"{definition.plugin_class!r} needs another name."
        )


def check_fits(definition: PluginItemDefinition, interface: type) -> None:
    """Refuse, with :class:`InvalidPluginClassError`, a class that cannot stand in for the interface."""
    try:
        check_implements(definition.plugin_class, interface)
    except InvalidPluginClassError as error:
        raise InvalidPluginClassError(f"Plugin item {_own_name(definition.key)!r}: {error}") from None


def _own_name(key: ItemKey) -> str:
    """Return the key as text, without the type where that is still to come."""
    return str(key) if key.type.name else f"{key.module}:{key.name}"


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
