"""People who use the admin."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.admin.pages import Browser

OPERATES = (
    "view_plugintype",
    "change_plugintype",
    "view_pluginitem",
    "change_pluginitem",
    "view_revision",
    "view_change",
)
LOOKS = tuple(name for name in OPERATES if name.startswith("view"))


@pytest.fixture
def signed_in(db: None) -> Callable[..., Browser]:
    """Makes a member of staff with these permissions, and returns the session."""

    def sign_in(username: str, *permissions: str) -> Browser:
        user = User.objects.create_user(username, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return Browser(client)

    return sign_in


@pytest.fixture
def ann(signed_in: Callable[..., Browser]) -> Browser:
    """An operator."""
    return signed_in("ann", *OPERATES)


@pytest.fixture
def bob(signed_in: Callable[..., Browser]) -> Browser:
    """Another operator."""
    return signed_in("bob", *OPERATES)


@pytest.fixture
def viewer(signed_in: Callable[..., Browser]) -> Browser:
    """Somebody who may only look."""
    return signed_in("vic", *LOOKS)
