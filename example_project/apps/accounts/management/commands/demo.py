"""Make the example ready to be looked at."""

import secrets
from datetime import timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from plugin_system import services

from apps.accounts.models import NamedToken, User

OPERATOR = "operator"
TOKEN_NAME = "demo"
TOKEN_LIFE = timedelta(days=7)
# Everything an operator of plugins does, and nothing else: look, decide, sync, and read who decided what.
PERMISSIONS = {
    "view_plugintype",
    "change_plugintype",
    "view_pluginitem",
    "change_pluginitem",
    "sync_plugins",
    "view_revision",
    "view_change",
}


class Command(BaseCommand):
    """Prepares the database, syncs the plugins and prints credentials for an operator; safe to run again."""

    help = "Migrate, sync the plugins, and print a new password and token of the user 'operator'."
    # Left to the two commands below: checks may look into the database, and its tables are yet to be made.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo hands out credentials and runs with EXAMPLE_DEBUG=1 only. Nothing was done.")
        self.stdout.write("Preparing the database …")
        call_command("migrate", interactive=False, skip_checks=False, verbosity=max(0, options["verbosity"] - 1))
        # `migrate` has made the rows; this puts away those of apps that are no longer installed.
        call_command("pluginsync", skip_checks=False, stdout=StringIO())
        self.report_plugins()
        self.report(*renew_operator(OPERATOR))

    def report_plugins(self) -> None:
        """Print which plugins there are and what serves now, which may be an operator's decision of an earlier run."""
        types = services.read_status().types
        self.stdout.write("These plugins are registered and have their rows:")
        for each in types:
            serving = "nothing" if each.selected is None else f"{each.selected.module}:{each.selected.name}"
            self.stdout.write(f"  {each.plugin_type}: {serving} serves, of {sum(each.counts.values())} items")

    def report(self, user: User, password: str, token: str, row: NamedToken, is_new: bool) -> None:
        """Print what the operator needs to sign in."""
        was = "is new" if is_new else "has a new password and token; the former ones no longer work"
        ends = f"{row.expiry:%Y-%m-%d %H:%M} UTC"
        lines = (
            "",
            self.style.SUCCESS(f"The operator {user.username!r} {was}."),
            "Both are shown this once; run the demo again for others.",
            "",
            f"  User name  {user.username}",
            f"  Password   {password}",
            f"  Token      {token}",
            "",
            f"The password is for /admin/. The token is named {row.name!r}, ends {ends}, and is for the API:",
            f"  Authorization: Bearer {token}",
            "",
        )
        self.stdout.write("\n".join(lines))


@transaction.atomic
def renew_operator(username: str) -> tuple[User, str, str, NamedToken, bool]:
    """Give the operator a password, a token and an operator's permissions, in place of what was there."""
    user, is_new = User.objects.get_or_create(username=username)
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.is_staff, user.is_superuser, user.is_active = True, False, True
    user.email = user.email or f"{username}@example.com"
    user.phone = user.phone or "+31123456789"
    user.save()
    user.groups.clear()
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="plugin_system", codename__in=PERMISSIONS)
    )
    NamedToken.objects.filter(user=user, name=TOKEN_NAME).delete()
    row, token = NamedToken.objects.create(user=user, name=TOKEN_NAME, expiry=TOKEN_LIFE)
    return user, password, token, row, is_new
