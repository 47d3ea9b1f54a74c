"""Notifications to another program."""

from typing import TYPE_CHECKING

from apps.delivery import deliver
from apps.notifications.interfaces import AbstractNotifier

if TYPE_CHECKING:
    from apps.accounts.models import User


class WebhookNotifier(AbstractNotifier):
    """Posts to EXAMPLE_WEBHOOK_URL."""

    def send(self, user: "User", message: str) -> None:
        deliver("webhook", to=user.get_username(), text=message)
