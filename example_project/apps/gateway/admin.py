"""The demo gateway's messages in the admin, to be looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.gateway.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Messages are what arrived: nobody adds or edits one."""

    list_display = ("received", "channel", "to", "text")
    list_filter = ("channel",)
    search_fields = ("to", "text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
