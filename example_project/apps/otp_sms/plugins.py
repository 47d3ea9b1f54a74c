"""Two providers of the plugin type ``otp``: one in use, one in reserve."""

from plugin_system.register import plugin_item

from apps.delivery import deliver
from apps.otp.plugins import AbstractOTP


@plugin_item(AbstractOTP, name="primary", priority=10, description="The SMS gateway under contract")
class PrimarySms(AbstractOTP):
    """Sends through the gateway at EXAMPLE_OTP_PRIMARY_URL."""

    def send_otp(self, number: str, code: str) -> None:
        deliver("otp-primary", to=number, text=f"Your code is {code}.")


@plugin_item(
    AbstractOTP,
    name="fallback",
    priority=20,
    status="reserve",
    description="Dearer; serves when nothing active can",
)
class FallbackSms(AbstractOTP):
    """Sends through the gateway at EXAMPLE_OTP_FALLBACK_URL."""

    def send_otp(self, number: str, code: str) -> None:
        deliver("otp-fallback", to=number, text=f"{code} is your code.")
