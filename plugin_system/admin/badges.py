"""Small marked words: what an item does now."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from plugin_system.choices import Verdict
from plugin_system.selection import Candidate

# The reason of a plugin type whose own function chooses at each call.
OWN_CHOICE = "get_plugin"
WORDS = {
    Verdict.SELECTED: _("Serves"),
    Verdict.OUTRANKED: _("Waits"),
    Verdict.RESERVE: _("In reserve"),
    Verdict.DISABLED: _("Off"),
    Verdict.BROKEN: _("Broken"),
    Verdict.NOT_REGISTERED: _("No code"),
    Verdict.APP_NOT_INSTALLED: _("No app"),
}
# Where the type's own function chooses, nobody knows who serves: this is the order that it can go by.
_WORDS_OF_AN_ORDER = {Verdict.SELECTED: _("First in order"), Verdict.OUTRANKED: _("Later")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an item does now: a word, the sentence behind it, and the name of their colors."""

    style: str
    word: str
    sentence: str


def standing_of(candidate: Candidate[Any], reason: str) -> Standing:
    """Return how the candidate stands in a plugin type that resolves for this reason."""
    verdict, sentence = candidate.verdict, candidate.explanation
    word, style = WORDS[verdict], verdict.value
    if reason == OWN_CHOICE:
        word = _WORDS_OF_AN_ORDER.get(verdict, word)
        if verdict is Verdict.SELECTED:
            style = "first"
            sentence = gettext("Without get_plugin it %s") % f"{sentence[:1].lower()}{sentence[1:]}"
    return Standing(style=style, word=str(word), sentence=sentence)


def two_lines(first: Any, second: Any) -> SafeString:
    """Return two texts, the second below the first and quieter."""
    if not second:
        return format_html("{}", first)
    return format_html('{}<span class="plugin-below">{}</span>', first, second)


# What stands where there is nothing; on a phone it need not.
NOTHING = SafeString('<span class="plugin-none">—</span>')


def in_label(label: Any, content: Any) -> SafeString:
    """Return a cell's content in a label: on a phone there are no column headings."""
    return format_html('<span class="plugin-cell"><span>{}</span>{}</span>', label, content)


def breakable(text: Any) -> SafeString:
    """Return a key, a module or a class path that a narrow column may break after its dots, colons and slashes."""
    parts = re.findall(r"[^.:/]+[.:/]*|[.:/]+", str(text))
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))  # nosec B308 # A constant.


_INSIDE = (
    'class="plugin-badge plugin-{style}" title="{sentence}">{word}<span class="visually-hidden">. {sentence}</span>'
)
_LINKED, _PLAIN = f'<a href="{{url}}" {_INSIDE}</a>', f"<span {_INSIDE}</span>"


def badge(standing: Standing, url: str = "") -> SafeString:
    """
    Return the word of a standing, marked; the sentence behind it shows on hover, and is read to those who listen.

    For those who can do neither it leads to ``url``, where the sentence stands.
    """
    return format_html(
        _LINKED if url else _PLAIN,
        url=url,
        style=standing.style,
        word=standing.word,
        sentence=standing.sentence,
    )
