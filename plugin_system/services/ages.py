"""How old is too old."""

from datetime import datetime, timedelta

from django.utils import timezone

from plugin_system.exceptions import InvalidValueError


def moment_before(older_than: timedelta) -> datetime:
    """
    Return the moment that is so long ago.

    :raises InvalidValueError: the age is negative, or reaches back before time.
    """
    try:
        limit = timezone.now() - older_than
    except OverflowError:
        limit = None
    if limit is None or older_than < timedelta(0):
        raise InvalidValueError("older_than", f"An age of {older_than} makes no sense; write one such as 90 days.")
    return limit
