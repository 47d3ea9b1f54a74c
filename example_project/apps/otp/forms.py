"""What people and programs may send."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator

SEPARATORS = re.compile(r"[ ().\-/]")


class NumberField(forms.CharField):
    """A telephone number, however people group its digits."""

    default_validators = (RegexValidator(r"\A\+?[0-9]{6,15}\Z", "Enter a telephone number of 6 to 15 digits."),)

    def to_python(self, value: object) -> str:
        return SEPARATORS.sub("", super().to_python(value) or "")


class CodeForm(forms.Form):
    """A code and where it goes; without a code, one is made up."""

    number = NumberField(
        label="Telephone number",
        max_length=40,
        widget=forms.TelInput(attrs={"autocomplete": "tel", "placeholder": "+31 123 456 789"}),
    )
    code = forms.CharField(
        label="Code",
        required=False,
        max_length=10,
        help_text="Leave it empty for a random one.",
        validators=[RegexValidator(r"\A[0-9A-Za-z]{4,10}\Z", "Enter 4 to 10 letters and digits.")],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
