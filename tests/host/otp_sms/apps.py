from django.apps import AppConfig


class OtpSmsConfig(AppConfig):
    name = "tests.host.otp_sms"
