"""The rows: plugin types and items, and the record of what changed them."""

from plugin_system.models.audit import Change, Revision, RevisionCounter
from plugin_system.models.plugins import PluginItem, PluginType

__all__ = ["Change", "PluginItem", "PluginType", "Revision", "RevisionCounter"]
