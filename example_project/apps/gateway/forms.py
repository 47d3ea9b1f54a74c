"""What the demo gateway accepts."""

from django import forms

from apps.gateway.models import Message


class MessageForm(forms.ModelForm):
    """The body of a POST to the gateway."""

    class Meta:
        model = Message
        fields = ("to", "text")
