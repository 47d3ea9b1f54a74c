"""How the benchmark's requests say who they are."""

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class NameAuthentication(BaseAuthentication):
    """``Authorization: Bearer NAME`` is the user of that name."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        name = request.headers["Authorization"].removeprefix("Bearer ")
        return get_user_model().objects.get(username=name), None
