"""The demo gateway's one endpoint."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.gateway.forms import MessageForm


@csrf_exempt  # Machines call it: no cookie gives them access, only the key.
@require_POST
def receive(request: HttpRequest, channel: str) -> JsonResponse:
    """Keep one message: 201, or 400 for a wrong body, or 401 without the key."""
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.DEMO_GATEWAY_KEY}"):
        return JsonResponse({"error": "The key is missing or wrong."}, status=401)
    form = MessageForm(_body(request))
    if not form.is_valid():
        return JsonResponse({"error": form.errors}, status=400)
    form.instance.channel = channel
    return JsonResponse({"id": form.save().pk}, status=201)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
