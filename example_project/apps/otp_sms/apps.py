from django.apps import AppConfig


class OtpSmsConfig(AppConfig):
    """Delivers one-time passwords as text messages."""

    name = "apps.otp_sms"
    verbose_name = "One-time passwords by SMS"
