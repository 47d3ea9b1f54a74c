"""What a host could set for its own views, and what would break ours if it reached them."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle


class Negotiation(DefaultContentNegotiation):
    def select_renderer(self, *args, **kwargs):
        raise RuntimeError("the host's negotiation")


class Renderer(JSONRenderer):
    media_type = "application/vnd.host+json"

    def render(self, data, *args, **kwargs):
        return super().render({"host": data}, *args, **kwargs)


class Denial(BasePermission):
    def has_permission(self, request, view):
        return False


class Throttle(BaseThrottle):
    def allow_request(self, request, view):
        return False


class Middleware:
    """Reads the body first, as some do that log."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.body  # noqa: B018
        return self.get_response(request)


def handle(error, context):
    return Response({"host": str(error)}, status=418)
