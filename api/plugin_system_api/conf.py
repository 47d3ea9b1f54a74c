"""The settings of the API, read through to Django's at every access, so that ``override_settings`` works."""

from django.conf import settings


class AppSettings:
    """One property per setting, under its full name."""

    @property
    def PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH(self) -> bool:  # noqa: N802
        """Whether a change of one row must say, in ``If-Match``, which revision of it the caller has seen."""
        return bool(getattr(settings, "PLUGIN_SYSTEM_API_REQUIRE_IF_MATCH", False))

    @property
    def PLUGIN_SYSTEM_API_WRITE_RATE(self) -> str | None:  # noqa: N802
        """How many writes one user may make, in one server process, as in ``"120/min"``; ``None``: any number."""
        rate: str | None = getattr(settings, "PLUGIN_SYSTEM_API_WRITE_RATE", "120/min")
        return rate

    @property
    def PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT(self) -> bool:  # noqa: N802
        """Whether anybody may read the OpenAPI document and its page; otherwise everybody who is logged in."""
        return bool(getattr(settings, "PLUGIN_SYSTEM_API_PUBLIC_DOCUMENT", False))


app_settings = AppSettings()
