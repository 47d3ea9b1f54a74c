from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Stands in for the outside world: takes what providers POST, and keeps it to be looked at."""

    name = "apps.gateway"
    verbose_name = "Demo gateway"
