from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, and the tokens with which their tools sign in."""

    name = "apps.accounts"
    verbose_name = "Accounts"
