"""Preferences in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from plugin_system.exceptions import PluginSystemError
from plugin_system.models import PluginItem

from apps.notifications.models import UserNotifyPref
from apps.notifications.services import notify


@admin.register(UserNotifyPref)
class UserNotifyPrefAdmin(admin.ModelAdmin):
    """Who wants to be told how; and a way to try it."""

    list_display = ("user",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)
    filter_horizontal = ("favourite_plugins",)
    actions = ("send_trial",)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "favourite_plugins":
            kwargs["queryset"] = PluginItem.objects.filter(
                plugin_type__manager="apps.notifications", plugin_type__name="notifier"
            ).select_related("plugin_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.action(description="Send a trial notification", permissions=["change"])
    def send_trial(self, request: HttpRequest, queryset: QuerySet[UserNotifyPref]) -> None:
        for preference in queryset.select_related("user"):
            try:
                receipts = notify(preference.user, "This is a trial.")
            except PluginSystemError as error:
                self.message_user(request, f"{preference.user}: {error}", messages.ERROR)
                continue
            for receipt in receipts:
                level = messages.ERROR if receipt.error else messages.SUCCESS
                text = f"{receipt.channel} to {preference.user}: {receipt.error or 'sent.'}"
                self.message_user(request, text, level)
