"""Whether what a registration states can be kept: names, priorities, texts; and how messages show it."""

import unicodedata
from collections.abc import Callable
from types import FunctionType
from typing import Any

from django.utils.functional import Promise

from plugin_system.choices import NAME_MAX_LENGTH, PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import (
    InvalidArgumentsError,
    InvalidNameError,
    InvalidPriorityError,
)

# What a message shows as it is.
_PLAIN = (type, str, int, float, tuple, list, FunctionType, type(None))


def check_name(value: object, field: str) -> str:
    """
    Return ``value`` if it can be part of a key.

    :raises InvalidNameError: it is no text, blank, longer than 100 characters, padded with white space, or has a
        colon, a slash or a character that is not printable.
    """
    if not isinstance(value, str):
        raise InvalidNameError(f"{field} must be a text, not {value!r}.")
    if not value.strip():
        raise InvalidNameError(f"{field} is blank; give it a name.")
    if len(value) > NAME_MAX_LENGTH:
        raise InvalidNameError(f"{field} {value!r} has {len(value)} characters; at most {NAME_MAX_LENGTH} fit.")
    if value != value.strip() or not value.isprintable() or ":" in value or "/" in value:
        raise InvalidNameError(
            f"{field} {value!r} has a colon, a slash, a control character or white space around it; keys reserve these."
        )
    return value


def fold(text: str) -> str:
    """Return the form in which two names are equal to a database that ignores case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def check_priority(value: object) -> int | None:
    """
    Return ``value`` if it is a priority, or ``None`` for "not stated".

    :raises InvalidPriorityError: it is not an integer from -32768 to 32767.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not PRIORITY_MIN <= value <= PRIORITY_MAX:
        raise InvalidPriorityError(
            f"priority {value!r} must be an integer from {PRIORITY_MIN} to {PRIORITY_MAX}; lower wins."
        )
    return value


def check_status(value: object) -> PluginStatus:
    """
    Return ``value`` as the status that a new row starts with.

    :raises InvalidArgumentsError: it is not one of ``active``, ``reserve``, ``disable``.
    """
    try:
        return PluginStatus(str(value))
    except ValueError:
        raise InvalidArgumentsError(
            f"status {value!r} must be one of {', '.join(map(repr, PluginStatus.values))}."
        ) from None


def check_description(value: object) -> str:
    """
    Return ``value`` if it is a description; ``None`` counts as none.

    :raises InvalidArgumentsError: it is neither a text (a lazy translation included) nor ``None``, or no database
        keeps it.
    """
    if value is None:
        return ""
    if not isinstance(value, str | Promise):
        raise InvalidArgumentsError(f"description must be a text, not {shown(value)}.")
    text = str(value)
    if not is_storable(text):
        raise InvalidArgumentsError(f"description {text!r} has a character that no database keeps; leave it out.")
    return text


def is_storable(text: str) -> bool:
    """Whether every database can hold the text: PostgreSQL has no NUL, and none has half of a surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def check_selector(value: object) -> Callable[..., Any] | None:
    """
    Return ``value`` if it can override the choice of an item.

    :raises InvalidArgumentsError: it is neither callable nor ``None``.
    """
    if value is not None and not callable(value):
        raise InvalidArgumentsError(f"get_plugin must be callable, not {shown(value)}.")
    return value


def shown(value: object) -> str:
    """Return a value for a message; an object goes by its class, as its repr may have passwords in it."""
    return repr(value) if isinstance(value, _PLAIN) else f"an instance of {type(value).__name__!r}"


def named(function: Callable[..., Any] | None) -> str:
    """Return what a function is called; the repr of a partial one would show its arguments."""
    if function is None:
        return "None"
    function = getattr(function, "func", function)
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"
