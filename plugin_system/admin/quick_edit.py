"""Editing status and priority of several items at once, in their list."""

from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from plugin_system import services
from plugin_system.admin.acting import Act, PreviewWantedError, is_preview
from plugin_system.admin.forms import DAMAGED, RowForm
from plugin_system.admin.sentences import field_changes, meanwhile_text
from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import NothingUsableError, PluginSystemError, ReasonRequiredError, StaleRevisionError
from plugin_system.models import PluginItem
from plugin_system.services import ItemEdit, ItemOutcome, Outcome, overview

if TYPE_CHECKING:
    ItemFormSet = forms.BaseModelFormSet[PluginItem, "QuickEditForm"]
else:
    ItemFormSet = forms.BaseModelFormSet

_GONE = _("(no longer here)")


class Plain(forms.Widget):
    """
    An input that no template renders.

    A list has six fields a row, and Django's templates of them took longer than everything else of the page.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the field."""
        return self.as_html(self.get_context(name, value, attrs)["widget"])

    def as_html(self, widget: Any) -> SafeString:
        """Return what the context of Django's template says."""
        given = {} if widget["value"] is None else {"value": widget["value"]}
        return _tag("input", {"type": widget["type"], "name": widget["name"], **given, **widget["attrs"]})


class HiddenValue(Plain, forms.HiddenInput):
    """What the operator does not see."""


class Labelled(Plain):
    """Puts a field of a table in its own label: on a phone there are no column headings."""

    label: Any = ""
    of: Any = ""

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """Return the field in its label."""
        return format_html(
            '<label class="plugin-cell"><span>{}<span class="visually-hidden"> {}</span></span>{}</label>',
            self.label,
            self.of,
            super().render(*args, **kwargs),
        )


class StatusChoice(Labelled, forms.Select):
    """The status of one row."""

    label = _("Status")

    def as_html(self, widget: Any) -> SafeString:
        """Return the choices; they are in no groups."""
        options = [
            f"{_tag('option', {'value': each['value'], **each['attrs']})}{escape(str(each['label']))}</option>"
            for _, group, _ in widget["optgroups"]
            for each in group
        ]
        select = _tag("select", {"name": widget["name"], **widget["attrs"]})
        return SafeString(f"{select}{''.join(options)}</select>")  # nosec B703 # Escaped part by part.


class PriorityNumber(Labelled, AdminIntegerFieldWidget):
    """The priority of one row."""

    label = _("Priority")


def _tag(name: str, attributes: dict[str, Any]) -> SafeString:
    """
    Return the tag with its attributes in their order; those that are true bear their own name, as in XHTML.

    Values are escaped whatever they are: format_html() looks at each for five times as long.
    """
    stated = (
        f' {key}="{key if value is True else escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return SafeString(f"<{name}{''.join(stated)}>")  # nosec B703 # Escaped above.


class QuickEditForm(RowForm):
    """One row of the list of items."""

    operated = ("status", "priority")
    is_written = False

    status = forms.ChoiceField(choices=PluginStatus.choices, widget=StatusChoice)
    priority = forms.IntegerField(min_value=PRIORITY_MIN, max_value=PRIORITY_MAX, widget=PriorityNumber)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.operated:
            if name in self.fields:
                self.fields[name].widget.of = self.instance.name
                self.fields[name].hidden_widget = HiddenValue
        self.fields["seen"].widget = HiddenValue()

    def has_changed(self) -> bool:
        """Whether there is something for the history; after the service call, whether it has changed the row."""
        is_here = not self.instance._state.adding
        return is_here and bool(self.phrases) if self.is_written else super().has_changed()


class QuickEditFormSet(ItemFormSet):
    """The rows of the list of items; those that the operator has changed are one service call."""

    commit: Callable[[Act], Outcome]
    # A service call that the operator wants to see first, may insist on, or must give a reason for.
    paused: Act | None = None

    def add_fields(self, form: QuickEditForm, index: int | None) -> None:
        """Add the hidden id; unlike Django's it is not looked up, form by form: the service names unknown ones."""
        # Django's own, which would make the field that looks it up, and a queryset with each, is passed over.
        super(forms.BaseModelFormSet, self).add_fields(form, index)
        self._pk_field = PluginItem._meta.pk
        form.fields["id"] = forms.UUIDField(initial=form.instance.pk, widget=HiddenValue)
        if self.is_bound and form.instance._state.adding:
            form.instance.name = str(_GONE)

    def clean(self) -> None:
        """End the validation with the service call, where all is well until then."""
        if self.initial_form_count() != self.total_form_count():
            raise ValidationError(DAMAGED)
        if any(self.errors):
            self.show_present()
            return
        edited = [form for form in self.forms if form.edits()]
        outcomes = self._write(edited) if edited or is_preview(self.data) else {}
        for form in self.forms:
            form.is_written = True
            outcome = outcomes.get(form.cleaned_data["id"])
            if outcome is not None:
                form.note_written(field_changes(outcome.before, outcome.after), outcome.item.revision)

    def _write(self, edited: list[QuickEditForm]) -> dict[UUID, ItemOutcome]:
        edits = [
            ItemEdit(item=form.cleaned_data["id"], revision=form.cleaned_data["seen"], **form.edits())
            for form in edited
        ]
        act = partial(services.edit_items, edits=edits)
        try:
            outcome = self.commit(act)
        except StaleRevisionError as error:
            self.show_present()
            raise ValidationError(_("Nothing was saved; look at the rows that somebody else has changed.")) from error
        except (PluginSystemError, PreviewWantedError) as error:
            self.show_present()
            if isinstance(error, NothingUsableError | ReasonRequiredError | PreviewWantedError):
                self.paused = act
            raise ValidationError(str(error)) from error
        return {each.item.pk: each for each in outcome.items}

    def show_present(self) -> None:
        """Show each row as it is now, but for what the operator typed, and tell where both changed one."""
        present = {row.pk: row for row in self.get_queryset().all()}
        known = [form for form in self.forms if form.instance.pk in present and "seen" in form.cleaned_data]
        touched = {form.instance.pk: form.cleaned_data["seen"] for form in known if form.changed_data}
        stale = {pk: seen for pk, seen in touched.items() if present[pk].revision != seen}
        changes = overview.changes_since(stale)
        for form in known:
            row = present[form.instance.pk]
            if row.pk in stale:
                form.add_error(None, meanwhile_text(changes[row.pk], row.revision))
            form.show_present(row)
