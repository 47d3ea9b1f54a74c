"""What the soak does beside HTTP: make its user, and count what is recorded."""

from django.contrib.auth import get_user_model

from plugin_system.models import Revision


def make_user(name: str) -> None:
    get_user_model().objects.create_superuser(name, password=None)


def recorded_numbers() -> list[int]:
    """Return the numbers of the revisions."""
    return list(Revision.objects.order_by("number").values_list("number", flat=True))
