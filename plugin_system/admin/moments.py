"""Times as people read them: in their own format, to the second, and with the zone."""

import re
from datetime import datetime

from django.utils.formats import date_format, get_format
from django.utils.timezone import is_aware, localtime

_LETTERS = re.compile(r"\\.|.", re.DOTALL)
_HAS_SECONDS, _HAS_ZONE = frozenset("scrUu"), frozenset("TOecrU")


def moment_text(moment: datetime) -> str:
    """Return the day and the time."""
    return _text(moment, "DATETIME_FORMAT")


def day_text(moment: datetime) -> str:
    """Return the day alone."""
    return date_format(_here(moment), "DATE_FORMAT")


def time_text(moment: datetime) -> str:
    """Return the time of the day."""
    return _text(moment, "TIME_FORMAT")


def _text(moment: datetime, name: str) -> str:
    here = _here(moment)
    return date_format(here, to_the_second(str(get_format(name)), zone=is_aware(here)))


def _here(moment: datetime) -> datetime:
    return localtime(moment) if is_aware(moment) else moment


def to_the_second(pattern: str, *, zone: bool) -> str:
    """
    Return the pattern of a date format with the seconds behind its minutes, and with the zone at its end.

    Of a revision the second matters, and no locale's format has it.
    """
    letters = _LETTERS.findall(pattern)
    if "P" in letters:
        letters[letters.index("P") : letters.index("P") + 1] = ["g", ":", "i", " ", "a"]
    if "i" in letters and not _HAS_SECONDS.intersection(letters):
        at = letters.index("i")
        # Whatever parts the hours from the minutes parts the minutes from the seconds.
        letters[at + 1 : at + 1] = [":" if letters[at - 1].isalpha() else letters[at - 1], "s"]
    if zone and not _HAS_ZONE.intersection(letters):
        letters += [" ", "T"]
    return "".join(letters)
