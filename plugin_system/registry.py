"""What this process has registered: plugin types and items, in memory, without the database."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from threading import RLock

from django.apps import apps

from plugin_system.admission import (
    Spellings,
    ambiguous_interface,
    check_fits,
    refuse_other_item,
    refuse_other_type,
    shared_interface,
    unknown_interface,
    unknown_type,
)
from plugin_system.definitions import ItemKey, PluginItemDefinition, PluginTypeDefinition, TypeKey
from plugin_system.exceptions import RegistrationError, RegistryNotReadyError, UnknownPluginTypeError

logger = logging.getLogger(__name__)


class Registry:
    """
    Plugin types and items by key.

    Thread-safe. Registration is order-free while apps load: an item may come before its type and waits for it.
    Reads are sorted, whatever the order of registration, and refused before every app is loaded.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._types: dict[TypeKey, PluginTypeDefinition] = {}
        self._items: dict[ItemKey, PluginItemDefinition] = {}
        # Those that named their type by its interface alone.
        self._guests: set[ItemKey] = set()
        self._by_type: dict[TypeKey, dict[ItemKey, PluginItemDefinition]] = {}
        self._by_interface: dict[type, list[TypeKey]] = {}
        self._waiting: dict[ItemKey, PluginItemDefinition] = {}
        self._waiting_for_interface: dict[type, dict[ItemKey, PluginItemDefinition]] = {}
        self._refused: dict[ItemKey, RegistrationError | UnknownPluginTypeError] = {}
        self._failed: dict[str, RegistrationError] = {}
        self._spellings = Spellings()
        self._listeners: list[Callable[[], None]] = []
        self._announced = False
        # Hashed when it is first asked for after a change: the API asks with every request.
        self._fingerprint: str | None = None

    # Registration

    def add_type(self, definition: PluginTypeDefinition) -> None:
        """
        Register a plugin type; the same definition twice is fine.

        Items that waited for it join it. One that cannot is kept out and named in :attr:`problems`.

        :raises AlreadyRegisteredError: another interface holds the key, or, while apps load, the same with other facts.
        """
        with self._lock:
            held = self._types.get(definition.key)
            refuse_other_type(held, definition)
            self._spellings.claim(definition.key, definition.interface)
            self._types[definition.key] = definition
            if held is None:
                self._by_type[definition.key] = {}
                self._by_interface.setdefault(definition.interface, []).append(definition.key)
                self._part_guests(definition.interface)
            self._admit_waiting(definition)
            self._changed()

    def add_item(self, definition: PluginItemDefinition) -> None:
        """
        Register a plugin item; the same definition twice is fine.

        :raises AlreadyRegisteredError: another class holds the key, or, while apps load, the same with other facts.
        :raises InvalidPluginClassError: the class cannot stand in for the type's interface.
        :raises UnknownPluginTypeError: every app is loaded and none registered the type.
        """
        with self._lock:
            refuse_other_item(self._items.get(definition.key) or self._waiting.get(definition.key), definition)
            owner = self._types.get(definition.key.type)
            if owner is None and apps.ready:
                raise unknown_type(definition, self._types)
            if owner is not None:
                check_fits(definition, owner.interface)
            self._spellings.claim(definition.key, definition.plugin_class)
            if owner is None:
                self._waiting[definition.key] = definition
            else:
                self._put(definition)
            self._refused.pop(definition.key, None)
            self._changed()

    def add_item_of(self, interface: type, definition: PluginItemDefinition) -> None:
        """
        Register a plugin item of the type that has ``interface``, whatever type the definition's key names.

        While apps load, the type may come later.

        :raises AlreadyRegisteredError: another class holds the key, or, while apps load, the same with other facts.
        :raises InvalidPluginClassError: the class cannot stand in for the interface.
        :raises UnknownPluginTypeError: every app is loaded and no type, or several, have the interface.
        """
        check_fits(definition, interface)
        with self._lock:
            if not self._by_interface.get(interface) and not apps.ready:
                waiting = self._waiting_for_interface.setdefault(interface, {})
                refuse_other_item(waiting.get(definition.key), definition)
                waiting[definition.key] = definition
            else:
                self._add_guest(_moved(definition, self._type_of_interface(interface)))

    def _put(self, definition: PluginItemDefinition) -> None:
        self._items[definition.key] = definition
        self._by_type[definition.key.type][definition.key] = definition
        self._guests.discard(definition.key)

    def _add_guest(self, definition: PluginItemDefinition) -> None:
        """Add an item that named its type by interface; what has named it by key as well stays by that."""
        is_guest = definition.key not in self._items or definition.key in self._guests
        self.add_item(definition)
        if is_guest:
            self._guests.add(definition.key)

    def _part_guests(self, interface: type) -> None:
        """Take the items out that named their type by an interface which several have before every app is loaded."""
        owners = self._by_interface[interface]
        if len(owners) == 1 or apps.ready:
            return
        for key in sorted(key for key in self._guests if key.type in owners):
            problem = ambiguous_interface(interface, self._items[key], owners)
            self.remove_item(key)
            self._refused[key] = problem

    def _admit_waiting(self, owner: PluginTypeDefinition) -> None:
        for definition in self._waiting_for_interface.pop(owner.interface, {}).values():
            moved = _moved(definition, owner.key)
            try:
                self._add_guest(moved)
            except RegistrationError as error:
                self._refused[moved.key] = error
        for key in sorted(key for key in self._waiting if key.type == owner.key):
            definition = self._waiting.pop(key)
            try:
                check_fits(definition, owner.interface)
            except RegistrationError as error:
                self._refused[key] = error
                self._spellings.free(key)
            else:
                self._put(definition)

    def note_failure(self, source: str, error: RegistrationError) -> None:
        """Name in :attr:`problems` that ``source``, which was to register something, failed; the last time counts."""
        with self._lock:
            self._failed[source] = error

    def remove_item(self, key: ItemKey) -> None:
        """Forget an item, as if its code were gone; unknown keys are ignored."""
        with self._lock:
            self._waiting.pop(key, None)
            self._refused.pop(key, None)
            self._guests.discard(key)
            if self._items.pop(key, None) is not None:
                del self._by_type[key.type][key]
            self._spellings.free(key)
            self._changed()

    def remove_type(self, key: TypeKey) -> None:
        """Forget a plugin type and its items, as if their code were gone; unknown keys are ignored."""
        with self._lock:
            for item in list(self._by_type.get(key, ())):
                self.remove_item(item)
            definition = self._types.pop(key, None)
            if definition is not None:
                del self._by_type[key]
                self._by_interface[definition.interface].remove(key)
            self._spellings.free(key)
            self._changed()

    @contextmanager
    def preserved(self) -> Iterator[None]:
        """Undo, at the end of the block, every registration and removal made in it."""
        names = ("_types", "_items", "_guests", "_waiting", "_refused", "_failed", "_spellings")
        with self._lock:
            kept = {name: copy(getattr(self, name)) for name in names}
            by_type = {key: dict(items) for key, items in self._by_type.items()}
            by_interface = {interface: list(keys) for interface, keys in self._by_interface.items()}
            waiting = {interface: dict(items) for interface, items in self._waiting_for_interface.items()}
        try:
            yield
        finally:
            with self._lock:
                for name, value in kept.items():
                    setattr(self, name, value)
                self._by_type, self._by_interface = by_type, by_interface
                self._waiting_for_interface = waiting
                self._changed()

    # Reading

    def types(self) -> list[PluginTypeDefinition]:
        """Return every plugin type, sorted by key."""
        self._require_ready()
        with self._lock:
            return [self._types[key] for key in sorted(self._types)]

    def items(self) -> list[PluginItemDefinition]:
        """Return every item whose type is registered, sorted by key."""
        self._require_ready()
        with self._lock:
            return [self._items[key] for key in sorted(self._items)]

    def find_type(self, key: TypeKey) -> PluginTypeDefinition | None:
        """Return the plugin type of that key, or ``None``."""
        self._require_ready()
        return self._types.get(key)

    def find_item(self, key: ItemKey) -> PluginItemDefinition | None:
        """Return the item of that key, or ``None``."""
        self._require_ready()
        return self._items.get(key)

    def items_of(self, key: TypeKey) -> dict[ItemKey, PluginItemDefinition]:
        """Return the items of one plugin type, by key."""
        self._require_ready()
        with self._lock:
            return dict(self._by_type.get(key, {}))

    def key_of_interface(self, interface: type) -> TypeKey:
        """
        Return the key of the plugin type whose interface this is.

        :raises UnknownPluginTypeError: no type has it, or several have.
        """
        self._require_ready()
        return self._type_of_interface(interface)

    def _type_of_interface(self, interface: type) -> TypeKey:
        keys = self._by_interface.get(interface, [])
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise UnknownPluginTypeError(f"{shared_interface(interface, keys)}; ask by name and manager.")
        raise UnknownPluginTypeError(f"{interface!r} is not the interface of a registered plugin type.")

    @property
    def problems(self) -> list[RegistrationError | UnknownPluginTypeError]:
        """
        What did not take effect and raised nothing.

        Items whose type never came, came with an interface they do not implement, or is one of several that have
        theirs; and sources that failed.
        """
        with self._lock:
            orphans = [unknown_type(self._waiting[key], self._types) for key in sorted(self._waiting)]
            orphans.extend(
                unknown_interface(interface, definition)
                for interface, definitions in self._waiting_for_interface.items()
                for definition in definitions.values()
            )
            refused = (self._refused[key] for key in sorted(self._refused))
            return [*orphans, *refused, *(self._failed[source] for source in sorted(self._failed))]

    @property
    def fingerprint(self) -> str:
        """
        A stable hash of what is registered, to compare two processes by: 16 hexadecimal digits.

        Equal registrations give equal fingerprints, whatever their order and whichever the process.
        """
        self._require_ready()
        with self._lock:
            if self._fingerprint is None:
                self._fingerprint = self._hash()
            return self._fingerprint

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for kind in self.types():
            parts = ("type", str(kind.key), _path(kind.interface), kind.description, str(kind.selector is not None))
            digest.update(repr(parts).encode())
        for item in self.items():
            parts = ("item", str(item.key), _path(item.plugin_class), item.description, str(item.priority))
            digest.update(repr((*parts, item.status.value)).encode())
        return digest.hexdigest()[:16]

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every change of the registry."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        self._fingerprint = None
        for listener in self._listeners:
            listener()

    def _require_ready(self) -> None:
        if not apps.ready:
            raise RegistryNotReadyError(
                "The plugin registry was read while apps are still loading; resolve plugins after django.setup(), "
                "not at import time or in AppConfig.ready()."
            )
        if not self._announced:
            self._announced = True
            for problem in self.problems:
                logger.error("%s The other plugins go on serving.", problem)

    def renew_lock(self) -> None:
        """Make the lock anew, in a forked child: the thread that held it does not exist there."""
        self._lock = RLock()


def _moved(definition: PluginItemDefinition, type_key: TypeKey) -> PluginItemDefinition:
    return replace(definition, key=definition.key._replace(type=type_key))


def _path(value: type) -> str:
    return f"{value.__module__}.{value.__qualname__}"


plugin_registry = Registry()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=plugin_registry.renew_lock)
