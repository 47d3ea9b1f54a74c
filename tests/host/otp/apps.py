from django.apps import AppConfig

from plugin_system.register import register_plugin_type
from tests.host.otp.interfaces import AbstractOTP


class OtpConfig(AppConfig):
    name = "tests.host.otp"

    def ready(self) -> None:
        register_plugin_type(
            {
                "name": "otp",
                "manager": self.name,
                "interface": AbstractOTP,
                "description": "One-time password delivery",
            }
        )
