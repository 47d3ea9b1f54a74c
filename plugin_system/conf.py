"""The settings, read through to Django's at every access, so that ``override_settings`` works."""

from django.conf import settings


class AppSettings:
    """One property per setting, under its full name."""

    @property
    def PLUGIN_SYSTEM_MAX_STALENESS(self) -> float:  # noqa: N802
        """Seconds for which a resolve may answer without comparing with the database; 0 compares on every call."""
        return float(getattr(settings, "PLUGIN_SYSTEM_MAX_STALENESS", 1.0))

    @property
    def PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR(self) -> float | None:  # noqa: N802
        """Seconds for which the last known state serves while the database is unreachable; ``None``: for ever."""
        value = getattr(settings, "PLUGIN_SYSTEM_MAX_STALENESS_ON_ERROR", None)
        return None if value is None else float(value)

    @property
    def PLUGIN_SYSTEM_RESYNC(self) -> float:  # noqa: N802
        """Seconds after which a process reloads everything, changed or not: the backstop for raw SQL."""
        return float(getattr(settings, "PLUGIN_SYSTEM_RESYNC", 60.0))

    @property
    def PLUGIN_SYSTEM_SYNC_ON_MIGRATE(self) -> bool:  # noqa: N802
        """Whether ``migrate`` ends with a sync in mode ``create``."""
        return bool(getattr(settings, "PLUGIN_SYSTEM_SYNC_ON_MIGRATE", True))

    @property
    def PLUGIN_SYSTEM_ENTRY_POINTS(self) -> bool:  # noqa: N802
        """Whether installed distributions may register through the entry point group ``plugin_system``."""
        return bool(getattr(settings, "PLUGIN_SYSTEM_ENTRY_POINTS", False))

    @property
    def PLUGIN_SYSTEM_REQUIRE_REASON(self) -> bool:  # noqa: N802
        """Whether people must say why, with every change through the API, the admin or the command line."""
        return bool(getattr(settings, "PLUGIN_SYSTEM_REQUIRE_REASON", False))


app_settings = AppSettings()
