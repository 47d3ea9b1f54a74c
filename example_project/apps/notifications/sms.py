"""Notifications by text message."""

from typing import TYPE_CHECKING

from apps.delivery import DeliveryError, deliver
from apps.notifications.interfaces import AbstractNotifier

if TYPE_CHECKING:
    from apps.accounts.models import User


class SmsNotifier(AbstractNotifier):
    """Sends through the gateway at EXAMPLE_SMS_URL."""

    def send(self, user: "User", message: str) -> None:
        if not user.phone:
            raise DeliveryError(f"{user.username!r} has no telephone number.")
        deliver("sms", to=user.phone, text=message)
