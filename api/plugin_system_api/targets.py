"""The rows that URLs name."""

from plugin_system import services
from plugin_system.exceptions import UnknownItemsError, UnknownPluginTypeError
from plugin_system.models import PluginItem, PluginType
from plugin_system_api.errors import TargetMissingError


def find_type(reference: str) -> PluginType:
    """
    Return the plugin type of an id or a key in a URL.

    :raises TargetMissingError: there is none.
    """
    try:
        return services.find_type(reference)
    except UnknownPluginTypeError as error:
        raise TargetMissingError(str(error)) from error


def find_item(reference: str) -> PluginItem:
    """
    Return the item, with its plugin type, of an id or a key in a URL.

    :raises TargetMissingError: there is none.
    """
    try:
        return services.find_item(reference)
    except UnknownItemsError as error:
        raise TargetMissingError(str(error)) from error
