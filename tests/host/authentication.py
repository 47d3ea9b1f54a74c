from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed


class NameAuthentication(BaseAuthentication):
    """``Authorization: Bearer NAME`` is the user of that name: tokens enough for tests."""

    def authenticate(self, request):
        scheme, _, name = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme != "Bearer":
            return None
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise AuthenticationFailed("There is no such user.")
        return user, None

    def authenticate_header(self, request):
        return "Bearer"
