"""From a request to one service call: who acts, why, whether forced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from plugin_system.choices import REASON_MAX_LENGTH, Channel
from plugin_system.exceptions import InvalidValueError, PluginSystemError
from plugin_system.origins import Origin
from plugin_system.services import Outcome

FORCE = "_force"
# The name of the buttons that show what another button would do; the value names that one.
PREVIEW_BUTTON = "_preview"
EXPECTED = "_expected"
_PREVIEWED = {"_save", "index"}
# A preview leaves no record: nobody has to say why.
PREVIEW = Origin()


class Act(Protocol):
    """A service call of which everything is said but who makes it."""

    def __call__(self, *, origin: Origin, force: bool, dry_run: bool) -> Outcome:
        """Make the call."""


class PreviewWantedError(Exception):
    """The operator wants to see what a call would do, and nothing speaks against it."""


class ReasonField(forms.CharField):
    """Why a change is made."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Reason"),
            required=False,
            max_length=REASON_MAX_LENGTH,
            help_text=_("Why; kept in the history of the change."),
            widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        )


class ReasonForm(forms.Form):
    """Reads the reason from a post."""

    reason = ReasonField()


def reason_of(request: HttpRequest) -> str:
    """
    Return the reason that a post gives, or an empty text.

    :raises InvalidValueError: it is too long, or holds what no text may.
    """
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise InvalidValueError("reason", f"Reason: {' '.join(map(str, form.errors['reason']))}")
    reason: str = form.cleaned_data["reason"]
    return reason


def origin_of(request: HttpRequest) -> Origin:
    """Return the origin of a change that the request makes."""
    return Origin(
        channel=Channel.ADMIN,
        actor=request.user.get_username(),
        actor_id=str(request.user.pk),
        reason=reason_of(request),
    )


def is_preview(post: Mapping[str, Any]) -> bool:
    """Whether a preview button was pressed."""
    return PREVIEW_BUTTON in post


def press_previewed(request: HttpRequest) -> None:
    """Let a preview button count for the button that it names, by which Django's lists know what to do."""
    named = request.POST.get(PREVIEW_BUTTON)
    if named in _PREVIEWED and named not in request.POST:
        post = request.POST.copy()
        post[named] = "0"
        request.POST = post  # type: ignore[assignment]


def act_for(request: HttpRequest, act: Act) -> Outcome:
    """
    Make the service call on behalf of the request's user.

    :raises PreviewWantedError: a preview button was pressed; nothing is written.
    """
    if is_preview(request.POST):
        act(origin=PREVIEW, force=False, dry_run=True)
        raise PreviewWantedError("Nothing was saved: this was to be shown only.")
    return act(origin=origin_of(request), force=FORCE in request.POST, dry_run=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """
    What a service call would do.

    ``refusal`` says why it is refused; ``outcome`` is there all the same where the operator may insist, which
    ``needs_force`` then says.
    """

    outcome: Outcome | None = None
    refusal: str = ""
    needs_force: bool = False


def preview_of(act: Act) -> Preview:
    """
    Return what the call would do, or why not; it leaves no trace.

    Nobody is asked to insist on what would change nothing.
    """
    try:
        return Preview(outcome=act(origin=PREVIEW, force=False, dry_run=True))
    except PluginSystemError as refusal:
        try:
            outcome = act(origin=PREVIEW, force=True, dry_run=True)
        except PluginSystemError as error:
            return Preview(refusal=str(error))
        if outcome.changed or any(each.before != each.after for each in outcome.plugin_types):
            return Preview(outcome=outcome, refusal=str(refusal), needs_force=True)
        # Where it would not even touch a row, they are gone, and the refusal says so.
        is_so = outcome.items or outcome.plugin_types
        return Preview(outcome=outcome) if is_so else Preview(refusal=str(refusal))


def expected_count(request: HttpRequest) -> int | None:
    """Return how many items a confirmed action was shown to concern, or ``None`` before it is confirmed."""
    text = request.POST.get(EXPECTED, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
