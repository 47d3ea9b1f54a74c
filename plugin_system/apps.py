"""Wiring."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class PluginSystemConfig(AppConfig):
    """The plugin control plane as a Django app."""

    name = "plugin_system"
    verbose_name = _("Plugins")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find registrations and connect what Django calls; no query."""
        # Not at the top: these stand on the models, which are loaded after this module.
        from plugin_system import checks as own_checks  # noqa: PLC0415
        from plugin_system import discovery, receivers  # noqa: PLC0415
        from plugin_system.models import PluginItem, PluginType, Revision, RevisionCounter  # noqa: PLC0415

        checks.register(own_checks.check_settings, "plugin_system")
        checks.register(own_checks.check_registrations, "plugin_system")
        post_migrate.connect(receivers.sync_after_migrate, sender=self)
        for model in (PluginType, PluginItem, Revision, RevisionCounter):
            post_save.connect(receivers.touch_after_fixture, sender=model)
        discovery.discover()
