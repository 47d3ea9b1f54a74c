"""How often one user may write."""

from typing import TYPE_CHECKING

from django.core.cache.backends.locmem import LocMemCache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from plugin_system_api.conf import app_settings

if TYPE_CHECKING:
    from rest_framework.views import APIView


class WriteThrottle(SimpleRateThrottle):
    """
    Bounds the writes of each user, by ``PLUGIN_SYSTEM_API_WRITE_RATE``; reads are free.

    Counted in this process's memory and not in the host's cache: an operator must get through while that is down.
    """

    scope = "plugin_system_write"
    # Its default of 300 users would forget some of those who write, and let them write more.
    cache = LocMemCache("plugin_system_api.throttles", {"OPTIONS": {"MAX_ENTRIES": 10_000}})
    cache_format = "%(scope)s_%(ident)s"

    def get_rate(self) -> str | None:
        """Return the rate of the settings."""
        return app_settings.PLUGIN_SYSTEM_API_WRITE_RATE

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """Return the key under which the user's writes are counted; ``None`` for a read."""
        if request.method in SAFE_METHODS:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}
