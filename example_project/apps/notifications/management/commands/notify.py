"""Notify a user from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from plugin_system.exceptions import PluginSystemError

from apps.accounts.models import User
from apps.notifications.services import notify


class Command(BaseCommand):
    """Tells a user something, and who told them; exit code 1 where no channel could."""

    help = "Notify a user through the channels that they prefer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("message")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        try:
            receipts = notify(user, options["message"])
        except PluginSystemError as error:
            raise CommandError(str(error)) from error
        for receipt in receipts:
            self.stdout.write(f"{receipt.channel}: {receipt.error or 'sent'}")
        if all(receipt.error for receipt in receipts):
            raise CommandError(f"{user.username!r} was not told.")
