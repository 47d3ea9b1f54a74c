"""The rows that URLs name."""

import re

from plugin_system import services
from plugin_system.exceptions import UnknownItemsError, UnknownPluginTypeError
from plugin_system.models import PluginItem, PluginType
from plugin_system.rows import CounterState
from plugin_system_api.errors import TargetMissingError
from plugin_system_api.limits import REVISION_MAX

_REVISION = re.compile(r"0|[1-9][0-9]{0,18}")


def find_type(reference: str) -> PluginType:
    """
    Return the plugin type of an id or a key in a URL.

    :raises TargetMissingError: there is none.
    """
    try:
        return services.find_type(reference)
    except UnknownPluginTypeError as error:
        raise TargetMissingError(str(error)) from error


def find_type_with_state(reference: str) -> tuple[PluginType, CounterState]:
    """
    Return the plugin type of an id or a key in a URL, with the state of the whole that its row belongs to.

    :raises TargetMissingError: there is none.
    """
    try:
        return services.find_type_with_state(reference)
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


def read_revision(text: str) -> int:
    """
    Return the number of a revision in a URL, whether or not the history has it.

    :raises TargetMissingError: it is none.
    """
    number = int(text) if _REVISION.fullmatch(text) else REVISION_MAX + 1
    if number > REVISION_MAX:
        raise TargetMissingError(f"{text!r} is not the number of a revision; the list of changes has them.")
    return number
