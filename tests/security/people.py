"""Who comes to the doors: from nobody to the superuser."""

from django.contrib.auth.models import Permission, User
from django.test import Client

VIEWS = ("view_plugintype", "view_pluginitem", "view_revision", "view_change")
CHANGES = ("change_plugintype", "change_pluginitem")
SYNCS = ("sync_plugins",)
# What each holds; the names stand in the tables of what is expected.
PEOPLE: dict[str, tuple[str, ...]] = {
    "anonymous": (),
    "powerless": (),
    "viewer": VIEWS,
    "changer": CHANGES,
    "operator": (*VIEWS, *CHANGES),
    "syncer": SYNCS,
    "customer": (*VIEWS, *CHANGES, *SYNCS, "prune_plugins"),
    "superuser": (),
}
# A customer holds every permission but is no staff: the admin is closed, the API, which asks permissions only, is not.
NOT_STAFF = {"anonymous", "customer"}


def create(name: str) -> User:
    """Return a new user who is what the name says."""
    user = User.objects.create_user(name, is_staff=name not in NOT_STAFF, is_superuser=name == "superuser")
    held = Permission.objects.filter(content_type__app_label="plugin_system", codename__in=PEOPLE[name])
    assert len(held) == len(PEOPLE[name])
    user.user_permissions.set(held)
    return user


def signed_in(name: str, **options: bool) -> Client:
    """Return the session of a new user of that name; nobody's where the name is ``anonymous``."""
    client = Client(**options)
    if name != "anonymous":
        client.force_login(create(name))
    return client
