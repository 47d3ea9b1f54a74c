"""The remedy after raw SQL."""

from plugin_system import counter
from plugin_system.services.lookups import write_database


def touch(*, using: str | None = None) -> None:
    """
    Make every process reload the rows, after raw SQL has changed them.

    Without it they do so within ``PLUGIN_SYSTEM_RESYNC`` seconds. Nothing is recorded.
    """
    counter.touch(using=write_database(using))
