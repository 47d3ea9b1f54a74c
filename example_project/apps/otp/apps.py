from django.apps import AppConfig


class OtpConfig(AppConfig):
    """Sends one-time passwords; how, other apps offer and operators choose."""

    name = "apps.otp"
    verbose_name = "One-time passwords"
