"""
The forms in which operators edit rows.

Django's admin asks a form whether it is valid and, if so, says "changed successfully" and writes a history entry. Only
the service knows whether a change is accepted, so validation ends with the service call, and nothing is left to save.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from plugin_system import services
from plugin_system.admin.acting import Act, PreviewWantedError, ReasonField, is_preview
from plugin_system.admin.sentences import field_changes, meanwhile_text
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, REASON_MAX_LENGTH, PluginStatus
from plugin_system.conf import app_settings
from plugin_system.exceptions import (
    NothingUsableError,
    PluginSystemError,
    PreconditionFailedError,
    StaleRevisionError,
)
from plugin_system.origins import Origin
from plugin_system.services import DescribedType, ItemEdit, Outcome, TypeOutcome, overview

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

DAMAGED = _("Hidden fields of this form are missing or damaged, so nothing was saved. Load the page again.")


class RevisionField(forms.IntegerField):
    """The revision of the row that the operator has seen; it travels hidden and is no edit."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=2**63 - 1)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say no: somebody else's change of the row is not an edit of this operator."""
        return False


class DescriptionField(forms.CharField):
    """A text of several lines, with the newlines that code writes, whatever the browser sends."""

    def __init__(self) -> None:
        super().__init__(label=_("Description"), required=False, widget=AdminTextareaWidget(attrs={"rows": 3}))

    def to_python(self, value: Any) -> Any:
        """Return the text."""
        return normalize_newlines(super().to_python(value) or "")


class RowForm(ModelForm):
    """
    Edits the ``operated`` fields of a row.

    What the operator has seen travels along, as hidden initial values: only what differs from it is an edit.
    ``phrases`` says, once written, what was changed.
    """

    operated: ClassVar[tuple[str, ...]] = ()
    phrases: list[str]
    number: int | None = None

    seen = RevisionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.phrases = []
        self.initial["seen"] = self.instance.revision
        for name in self.operated:
            if name in self.fields:
                self.fields[name].show_hidden_initial = True

    def edits(self) -> dict[str, Any]:
        """Return the operated fields that the operator has changed."""
        return {name: self.cleaned_data[name] for name in self.operated if name in self.changed_data}

    def clean(self) -> dict[str, Any] | None:
        """Refuse a form whose hidden fields are damaged; whoever sees the page cannot mend those."""
        damaged = [name for name in ("id", "seen") if name in self.errors]
        for name in damaged:
            del self.errors[name]
        if damaged:
            raise ValidationError(DAMAGED)
        return super().clean()

    def _post_clean(self) -> None:
        """Leave the row as it was read: the service has written it, and checks what a model would."""

    def show_present(self, row: Any) -> None:
        """Show the row as it is now, and what the operator typed where nobody else has changed the field."""
        data = dict(self.data.items())
        for name in self.operated:
            present = str(getattr(row, name))
            initial_name = self.add_initial_prefix(name)
            if name not in self.changed_data or normalize_newlines(data.get(initial_name, "")) != present:
                data[self.add_prefix(name)] = present
            data[initial_name] = present
        data[self.add_prefix("seen")] = str(row.revision)
        self.data = data

    def note_written(self, phrases: list[str], number: int | None) -> None:
        """Keep what the service has done."""
        self.phrases, self.number = phrases, number
        if number is not None:
            self.instance.revision = number


class ChangeForm(RowForm):
    """A form for one row, with a reason; ``commit`` makes a service call on behalf of the request's user."""

    commit: Callable[[Act], Outcome]
    # A service call that the operator wants to see first, or may insist on.
    paused: Act | None = None

    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = app_settings.PLUGIN_SYSTEM_REQUIRE_REASON and not is_preview(self.data)

    def clean(self) -> dict[str, Any] | None:
        """End the validation with the service call, where all is well until then."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        edits = self.edits()
        try:
            if edits or is_preview(self.data):
                self.write(edits)
            elif self.cleaned_data["seen"] != self.instance.revision:
                # To save what one sees is to want it so.
                raise PreconditionFailedError(str(self.instance.key), self.instance.revision)
        except (StaleRevisionError, PreconditionFailedError) as error:
            raise ValidationError(self._meanwhile(error)) from error
        except (PluginSystemError, PreviewWantedError) as error:
            raise ValidationError(str(error)) from error
        return cleaned

    def write(self, edits: dict[str, Any]) -> None:
        """Make the service call."""
        raise NotImplementedError

    def commit_or_pause(self, act: Act) -> Outcome:
        """Make the service call, and keep it where the operator has to look at it first."""
        try:
            return self.commit(act)
        except (NothingUsableError, PreviewWantedError):
            self.paused = act
            raise

    def _meanwhile(self, error: PluginSystemError) -> str:
        row = type(self.instance)._default_manager.using(self.instance._state.db).filter(pk=self.instance.pk).first()
        if row is None:
            return str(error)
        changes = overview.changes_since({row.pk: self.cleaned_data["seen"]})
        self.show_present(row)
        return meanwhile_text(changes[row.pk], row.revision)


class ItemForm(ChangeForm):
    """What an operator decides on an item."""

    operated = ("status", "priority", "description")

    status = forms.ChoiceField(
        label=_("Status"),
        choices=PluginStatus.choices,
        help_text=_("Active items serve by priority; a reserve serves when no active one can; a disabled one never."),
    )
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=PRIORITY_MIN,
        max_value=PRIORITY_MAX,
        widget=AdminIntegerFieldWidget,
        help_text=_("Lower wins. From -32768 to 32767."),
    )
    description = DescriptionField()

    def write(self, edits: dict[str, Any]) -> None:
        """Make the service call."""
        edit = ItemEdit(item=self.instance.pk, revision=self.cleaned_data["seen"], **edits)
        outcome = self.commit_or_pause(partial(services.update_item, edit=edit))
        (item,) = outcome.items
        self.note_written(field_changes(item.before, item.after), outcome.revision)


class TypeForm(ChangeForm):
    """What an operator may say of a plugin type."""

    operated = ("description",)

    description = DescriptionField()

    def write(self, edits: dict[str, Any]) -> None:
        """Make the service call."""
        description, seen = edits.get("description"), {self.cleaned_data["seen"]}

        def act(*, origin: Origin, force: bool, dry_run: bool) -> Outcome:
            del force  # No description leaves a type without a usable item.
            outcome = services.update_type(
                plugin_type=self.instance.pk, description=description, origin=origin, if_match=seen, dry_run=dry_run
            )
            return Outcome(
                revision=outcome.revision,
                dry_run=dry_run,
                items=[],
                resolves=outcome.resolves,
                plugin_types=[self._described(outcome)],
            )

        outcome = self.commit_or_pause(act)
        (described,) = outcome.plugin_types
        self.note_written(field_changes(described.before, described.after), outcome.revision)

    def _described(self, outcome: TypeOutcome) -> DescribedType:
        if not outcome.changed:
            return DescribedType(plugin_type=outcome.plugin_type)
        before, after = ({"description": row.description} for row in (self.instance, outcome.plugin_type))
        return DescribedType(plugin_type=outcome.plugin_type, before=before, after=after)


class ReasonActionForm(ActionForm):
    """The choice of an action, with a reason, which quick edits take as well."""

    # A plain field: were it found invalid, Django would say that no action was selected.
    reason = forms.Field(
        label=_("Reason:"),
        required=False,
        widget=forms.TextInput(
            attrs={
                "maxlength": REASON_MAX_LENGTH,
                "autocomplete": "off",
                "placeholder": _("Why, for action and Save"),
            }
        ),
    )
