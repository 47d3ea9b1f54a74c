"""Notifying users."""

from dataclasses import dataclass

from plugin_system.choices import PluginStatus
from plugin_system.helpers import require_plugin_instance

from apps.accounts.models import User
from apps.delivery import DeliveryError
from apps.notifications.interfaces import AbstractNotifier
from apps.notifications.models import UserNotifyPref


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a message on one channel; ``error`` is empty where it arrived."""

    channel: str
    error: str = ""


def notify(user: User, message: str) -> list[Receipt]:
    """
    Tell ``user`` through every channel they prefer and operators allow, else through the one that serves everybody.

    A channel that fails does not keep the others from their turn.

    :raises plugin_system.exceptions.PluginSystemError: there is no usable channel at all.
    """
    return [_send(channel, user, message) for channel in channels_for(user)]


def channels_for(user: User) -> list[AbstractNotifier]:
    """
    Return the channels by which ``user`` is to be told.

    :raises plugin_system.exceptions.PluginSystemError: there is none.
    """
    return _preferred(user) or [require_plugin_instance(AbstractNotifier)]


def _preferred(user: User) -> list[AbstractNotifier]:
    """Return what the user prefers, without what an operator has disabled and what has no code any more."""
    items = UserNotifyPref.get_user_plugins(user)
    return [item.load_instance() for item in items if item.status != PluginStatus.DISABLED and item.is_loadable]


def _send(channel: AbstractNotifier, user: User, message: str) -> Receipt:
    name = type(channel).__name__
    try:
        channel.send(user, message)
    except DeliveryError as error:
        return Receipt(channel=name, error=str(error))
    return Receipt(channel=name)
