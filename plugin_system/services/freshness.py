"""Whether what a caller holds is still what this process would answer: for conditional requests."""

from django.db import connections

from plugin_system.failures import failing_items
from plugin_system.models import PluginType
from plugin_system.registry import plugin_registry
from plugin_system.rows import CounterState, read_counter
from plugin_system.services.lookups import write_database


def read_state(*, using: str | None = None) -> CounterState:
    """Return the number of the newest revision, with the nonce that tells two histories apart; one query."""
    return read_counter(connections[write_database(using)])


def chain_tag(plugin_type: PluginType) -> str | None:
    """
    Return a text that differs whenever :func:`explain_type` would answer otherwise; no query.

    ``None`` where it would say how long ago an item failed: such an answer is out of date at once.
    """
    if any(key.type == plugin_type.key for key in failing_items()):
        return None
    return f"{plugin_type.chain_revision}-{plugin_registry.fingerprint}"


def state_tag(state: CounterState) -> str | None:
    """Return a text that differs whenever :func:`explain_all` would answer otherwise; ``None`` as in chain_tag."""
    if failing_items():
        return None
    return f"{state.number}-{state.nonce}-{plugin_registry.fingerprint}"
