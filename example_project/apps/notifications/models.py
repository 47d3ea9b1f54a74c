"""Which channels a user prefers."""

from django.conf import settings
from django.db import models
from plugin_system.models import PluginItem


class UserNotifyPref(models.Model):
    """The channels by which a user wants to be notified."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notify_pref")
    favourite_plugins = models.ManyToManyField(
        PluginItem, blank=True, help_text="Without any, notifications go through the channel that serves everybody."
    )

    class Meta:
        verbose_name = "notification preference"

    def __str__(self) -> str:
        return f"Notification preference of {self.user}"

    @staticmethod
    def get_user_plugins(user: models.Model) -> list[PluginItem]:
        """Return the items that ``user`` prefers, in the order of priority; none without a preference."""
        items = PluginItem.objects.filter(usernotifypref__user=user).select_related("plugin_type")
        return list(items.order_by("priority", "module", "name"))
