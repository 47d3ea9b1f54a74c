"""Small marked words: what an item does now."""

import re
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from plugin_system.choices import Verdict
from plugin_system.selection import Candidate

WORDS = {
    Verdict.SELECTED: _("Serves"),
    Verdict.OUTRANKED: _("Waits"),
    Verdict.RESERVE: _("In reserve"),
    Verdict.DISABLED: _("Off"),
    Verdict.BROKEN: _("Broken"),
    Verdict.NOT_REGISTERED: _("No code"),
    Verdict.APP_NOT_INSTALLED: _("No app"),
}


def two_lines(first: Any, second: Any) -> SafeString:
    """Return two texts, the second below the first and quieter."""
    if not second:
        return format_html("{}", first)
    return format_html('{}<span class="plugin-below">{}</span>', first, second)


def breakable(text: Any) -> SafeString:
    """Return a key, a module or a class path that a narrow column may break after its dots, colons and slashes."""
    parts = re.findall(r"[^.:/]+[.:/]*|[.:/]+", str(text))
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))  # nosec B308 # A constant.


def verdict_badge(candidate: Candidate[Any]) -> SafeString:
    """Return the verdict as a word; the sentence behind it shows on hover, and on the type's page."""
    return format_html(
        '<span class="plugin-badge plugin-{}" title="{}">{}</span>',
        candidate.verdict.value,
        candidate.explanation,
        WORDS[candidate.verdict],
    )
