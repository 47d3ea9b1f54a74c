"""The plugin type of this app. A module of this name is found by itself; no ``ready()`` is needed."""

from abc import ABC, abstractmethod

from plugin_system.register import plugin_type


@plugin_type(name="otp", description="Delivers one-time passwords (OTP)")
class AbstractOTP(ABC):
    """A way for a code to reach a telephone."""

    @abstractmethod
    def send_otp(self, number: str, code: str) -> None:
        """
        Deliver ``code`` to ``number``.

        :raises apps.delivery.DeliveryError: it did not arrive.
        """
