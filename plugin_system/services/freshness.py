"""Whether what a caller holds is still what this process would answer: for conditional requests."""

from hashlib import sha256

from django.apps import apps
from django.db import connections

from plugin_system.failures import failing_items
from plugin_system.models import PluginType
from plugin_system.registry import plugin_registry
from plugin_system.rows import CounterState, read_counter
from plugin_system.services.lookups import write_database


def read_state(*, using: str | None = None) -> CounterState:
    """Return the number of the newest revision, with the nonce that tells two histories apart; one query."""
    return read_counter(connections[write_database(using)])


def explanation_tag(state: CounterState, plugin_type: PluginType | None = None) -> str | None:
    """
    Return a text that differs whenever the explanation of the plugin type, or of all of them, would be another.

    No query; ``state`` was read before the items, and not after the plugin type. ``None`` where the explanation says
    how long ago an item failed: it is out of date at once.
    """
    if any(plugin_type is None or key.type == plugin_type.key for key in failing_items()):
        return None
    # The state of the whole, not the type's own number: raw SQL, and a restored backup, leave or repeat that one.
    return f"{state.number}-{state.nonce}-{_code_here()}"


def _code_here() -> str:
    """Return a short text that differs whenever other code is registered, or other apps are installed."""
    names = sorted(config.name for config in apps.get_app_configs())
    return sha256("\0".join([plugin_registry.fingerprint, *names]).encode()).hexdigest()[:16]
