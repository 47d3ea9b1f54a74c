"""What the demo gateway keeps."""

from django.db import models


class Message(models.Model):
    """A message that really arrived over HTTP."""

    channel = models.CharField(max_length=50)
    to = models.CharField(max_length=200)
    text = models.TextField(max_length=2000)
    received = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("-received", "-pk")

    def __str__(self) -> str:
        return f"To {self.to} by {self.channel}"
