"""Notifications by e-mail."""

from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.core.mail import send_mail

from apps.delivery import DeliveryError
from apps.notifications.interfaces import AbstractNotifier

if TYPE_CHECKING:
    from apps.accounts.models import User


class EmailNotifier(AbstractNotifier):
    """Sends through Django's e-mail back end."""

    def send(self, user: "User", message: str) -> None:
        if not user.email:
            raise DeliveryError(f"{user.username!r} has no e-mail address.")
        try:
            send_mail("Notification", message, None, [user.email])
        except (SMTPException, OSError) as error:
            raise DeliveryError(f"The mail server cannot be used: {error}. Check EXAMPLE_EMAIL_HOST.") from error
