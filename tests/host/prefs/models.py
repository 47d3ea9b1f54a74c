from django.db import models

from plugin_system.models import PluginItem


class Preference(models.Model):
    """What a host keeps by reference to items."""

    owner = models.CharField(max_length=50)
    item = models.ForeignKey(PluginItem, models.PROTECT, null=True, related_name="+")
    favourites = models.ManyToManyField(PluginItem)

    def __str__(self) -> str:
        return self.owner
