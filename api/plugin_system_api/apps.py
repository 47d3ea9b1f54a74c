"""Wiring."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class PluginSystemApiConfig(AppConfig):
    """The REST API of the plugin control plane as a Django app."""

    name = "plugin_system_api"
    label = "plugin_system_api"
    verbose_name = _("Plugins API")

    def ready(self) -> None:
        """Connect the system checks."""
        # Not at the top: REST framework reads the host's settings, and its models, when it is imported.
        from plugin_system_api import checks as own_checks  # noqa: PLC0415

        for check in (own_checks.check_settings, own_checks.check_authentication, own_checks.check_documentation):
            checks.register(check, "plugin_system_api")
