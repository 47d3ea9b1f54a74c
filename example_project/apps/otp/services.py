"""Sending codes through whatever provider serves, and telling who does."""

import secrets
from dataclasses import dataclass

from plugin_system.exceptions import PluginSystemError
from plugin_system.helpers import require_plugin_class, require_plugin_instance
from plugin_system.models import PluginItem, PluginType

from apps.delivery import DeliveryError
from apps.otp.plugins import AbstractOTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where a code went, and the provider that took it, by its item's key and by its class."""

    number: str
    provider: str
    provider_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every provider in the order in which they come to serve, which of them does, and if none: why."""

    items: list[PluginItem]
    serving: PluginItem | None = None
    problem: str = ""


def send_code(*, number: str, code: str = "") -> Sent:
    """
    Send ``code``, or a random one, to ``number`` through the provider that serves now.

    :raises plugin_system.exceptions.PluginSystemError: no provider is usable; the message says why.
    :raises apps.delivery.DeliveryError: the provider could not deliver.
    """
    provider = require_plugin_instance(AbstractOTP)
    item = _item_of(type(provider), all_items())
    path = f"{type(provider).__module__}.{type(provider).__qualname__}"
    name = path if item is None else str(item.key)
    try:
        provider.send_otp(number, code or f"{secrets.randbelow(1_000_000):06}")
    except DeliveryError as error:
        raise DeliveryError(f"{name} could not deliver. {error}") from error
    return Sent(number=number, provider=name, provider_class=path)


def overview() -> Overview:
    """Return who serves now, and who else could."""
    items = all_items()
    try:
        serving = require_plugin_class(AbstractOTP)
    except PluginSystemError as error:
        return Overview(items=items, problem=str(error))
    return Overview(items=items, serving=_item_of(serving, items))


def all_items() -> list[PluginItem]:
    """Return every provider, in the order in which they come to serve."""
    plugin_type = PluginType.objects.filter(manager="apps.otp", name="otp").first()
    by_status = plugin_type.get_all_plugins() if plugin_type else {}
    return [item for items in by_status.values() for item in items]


def _item_of(provider: type, items: list[PluginItem]) -> PluginItem | None:
    return next((item for item in items if item.is_loadable and item.load_class() is provider), None)
