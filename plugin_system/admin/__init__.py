"""The admin: what operators see and do, through the services."""

from plugin_system.admin.items import PluginItemAdmin
from plugin_system.admin.revisions import RevisionAdmin
from plugin_system.admin.types import PluginTypeAdmin

__all__ = ["PluginItemAdmin", "PluginTypeAdmin", "RevisionAdmin"]
