"""Plugins whose construction failed lately in this process: the reason is shown; each resolve tries them again."""

from time import monotonic
from typing import NamedTuple

from plugin_system.definitions import ItemKey

# Seconds for which a failure explains why an item does not serve; each resolve tries the item again all the same.
REMEMBERED = 15.0


class _Failure(NamedTuple):
    text: str
    at: float


_failures: dict[ItemKey, _Failure] = {}


def note_failure(key: ItemKey, error: Exception) -> None:
    """
    Remember that constructing the item's plugin raised ``error``.

    Of its class only: messages of connections have passwords in them, and everybody who may look sees this.
    """
    _failures[key] = _Failure(type(error).__name__, monotonic())


def forget_failure(key: ItemKey) -> None:
    """Forget how constructing the item's plugin failed: it works again."""
    _failures.pop(key, None)


def failing_items() -> list[ItemKey]:
    """Return the keys of the items that :func:`last_failure` has something to say about."""
    return [key for key in list(_failures) if last_failure(key) is not None]


def last_failure(key: ItemKey) -> str | None:
    """Return, in a sentence, how the item failed lately, or ``None``."""
    failure = _failures.get(key)
    if failure is None or monotonic() - failure.at > REMEMBERED:
        return None
    age = monotonic() - failure.at
    return f"Its class could not be instantiated {age:.0f} s ago: {failure.text}; the log has the rest."
