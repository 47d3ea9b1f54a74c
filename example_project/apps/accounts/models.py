"""People and their tokens."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from knox.models import AbstractAuthToken


class User(AbstractUser):
    """Somebody who can be notified."""

    phone = models.CharField(max_length=16, blank=True, help_text="In the international form, as in +31123456789.")


class NamedToken(AbstractAuthToken):
    """
    A token for the REST API: kept as a hash, with the name of what uses it, and never without an end.

    Create one with ``NamedToken.objects.create(user=…, name=…)``, which returns the row and, this once, the token.
    """

    name = models.CharField(max_length=100, help_text="What uses it, as in “deploy pipeline”.")
    expiry = models.DateTimeField()

    class Meta:
        verbose_name = "API token"
        constraints = (models.UniqueConstraint(fields=["user", "name"], name="accounts_namedtoken_name"),)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
