"""The code of the model's host: two plugin types, four items, and what one process has registered of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.register import register_plugin_item, register_plugin_type
from plugin_system.registry import plugin_registry

PAY = TypeKey("shop", "pay")
MAIL = TypeKey("post", "mail")
# By id these come in another order than by name.
CARD = ItemKey(PAY, "bank", "card")
IBAN = ItemKey(PAY, "bank", "iban")
COIN = ItemKey(PAY, "coin.eu", "card")
LETTER = ItemKey(MAIL, "post", "letter")
# Rows of it there can be, code there never is.
GHOST = ItemKey(PAY, "ghost", "old")

TYPES = (PAY, MAIL)
ITEMS = (CARD, IBAN, COIN, LETTER)
APPS = ("shop", "post", "bank", "coin")


class Pay(ABC):
    @abstractmethod
    def pay(self) -> None: ...


class Mail(ABC):
    @abstractmethod
    def mail(self) -> None: ...


INTERFACES: dict[TypeKey, type] = {PAY: Pay, MAIL: Mail}
CLASSES: dict[ItemKey, type] = {
    key: type(str(key), (INTERFACES[key.type],), {key.type.name: lambda self: None, "key": key}) for key in ITEMS
}


class Registered(NamedTuple):
    """What the registration of an item states."""

    priority: int | None = None
    description: str = ""
    status: str = "active"


FIRST_RELEASE = {
    CARD: Registered(10, "first"),
    IBAN: Registered(20),
    COIN: Registered(None, "third", "reserve"),
    LETTER: Registered(),
}


@dataclass
class Release:
    """What one process has registered, and which apps it has installed."""

    types: dict[TypeKey, str] = field(default_factory=dict)
    items: dict[ItemKey, Registered] = field(default_factory=dict)
    installed: set[str] = field(default_factory=lambda: set(APPS))

    def has_app_of(self, module: str) -> bool:
        """Whether the module is an installed app, or below one."""
        return any(module == app or module.startswith(f"{app}.") for app in self.installed)

    def deploy(self) -> None:
        """Register all there is, in the registry of the process at work too."""
        for key in TYPES:
            self.register_type(key)
        for item, registered in FIRST_RELEASE.items():
            self.register_item(item, registered)

    def register_type(self, key: TypeKey, description: str = "") -> None:
        """Register the type, in the registry of the process at work too."""
        register_plugin_type(name=key.name, manager=key.manager, interface=INTERFACES[key], description=description)
        self.types[key] = description

    def register_item(self, key: ItemKey, registered: Registered) -> None:
        """Register the item, in the registry of the process at work too."""
        register_plugin_item(
            name=key.name,
            module=key.module,
            type_name=key.type.name,
            manager_name=key.type.manager,
            plugin_class=CLASSES[key],
            **registered._asdict(),
        )
        self.items[key] = registered

    def forget(self, keys: Iterable[TypeKey | ItemKey]) -> None:
        """Take registrations back, in the registry of the process at work too."""
        for key in keys:
            if isinstance(key, ItemKey):
                plugin_registry.remove_item(key)
                self.items.pop(key, None)
            else:
                plugin_registry.remove_type(key)
                self.types.pop(key, None)
                self.items = {item: stated for item, stated in self.items.items() if item.type != key}

    def members_of(self, app: str) -> list[TypeKey | ItemKey]:
        """Return the keys of what the app would register."""
        return [
            *(key for key in TYPES if key.manager == app),
            *(key for key in ITEMS if key.module == app or key.module.startswith(f"{app}.")),
        ]
