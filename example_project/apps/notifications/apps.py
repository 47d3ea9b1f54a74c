"""The app of notifications, which registers by hand in ``ready()``; see apps/otp/plugins.py for the decorators."""

from django.apps import AppConfig
from plugin_system.register import register_plugin_item, register_plugin_type

from apps.notifications.email import EmailNotifier
from apps.notifications.interfaces import AbstractNotifier
from apps.notifications.sms import SmsNotifier
from apps.notifications.webhook import WebhookNotifier


class NotificationsConfig(AppConfig):
    """Tells users things, by the channels they prefer."""

    name = "apps.notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Register the type and its three channels; each channel is a module below this app."""
        register_plugin_type(
            {
                "name": "notifier",
                "manager": self.name,
                "interface": AbstractNotifier,
                "description": "Channels by which users are notified",
            }
        )
        register_plugin_item(
            {
                "name": "email",
                "module": "apps.notifications.email",
                "type_name": "notifier",
                "manager_name": self.name,
                "plugin_class": EmailNotifier,
                "priority": 5,
                "description": "An e-mail to the user's address",
            }
        )
        register_plugin_item(
            {
                "name": "sms",
                "module": "apps.notifications.sms",
                "type_name": "notifier",
                "manager_name": self.name,
                "plugin_class": SmsNotifier,
                "priority": 10,
                "description": "A text message to the user's telephone",
            }
        )
        # The same as keywords, which editors complete and type checkers read.
        register_plugin_item(
            name="webhook",
            module="apps.notifications.webhook",
            type_name="notifier",
            manager_name=self.name,
            plugin_class=WebhookNotifier,
            priority=20,
            description="A POST to another program",
        )
