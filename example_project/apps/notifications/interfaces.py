"""What every channel of notifications can do."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.accounts.models import User


class AbstractNotifier(ABC):
    """A way to tell a user something."""

    @abstractmethod
    def send(self, user: "User", message: str) -> None:
        """
        Deliver ``message`` to ``user``.

        :raises apps.delivery.DeliveryError: it did not arrive.
        """
