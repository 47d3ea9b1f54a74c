"""Accounts in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from knox.settings import knox_settings

from apps.accounts.models import NamedToken, User


@admin.register(User)
class PhoneUserAdmin(UserAdmin):
    """Django's own, with the telephone number."""

    fieldsets = (*UserAdmin.fieldsets, ("Notifications", {"fields": ("phone",)}))  # type: ignore[misc]


def default_expiry() -> Any:
    """Return when a token made now ends, unless somebody says otherwise."""
    return timezone.now().replace(microsecond=0) + knox_settings.TOKEN_TTL


class TokenForm(forms.ModelForm):
    """What people say of a token; the rest is made up."""

    class Meta:
        model = NamedToken
        fields = ("user", "name", "expiry")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expiry"].initial = default_expiry
        # Disabled and not read-only: the name's uniqueness is checked together with the user.
        self.fields["user"].disabled = bool(self.instance.pk)

    def clean_expiry(self) -> Any:
        expiry = self.cleaned_data["expiry"]
        if expiry <= timezone.now():
            raise ValidationError("Give it a time in the future, or delete the token.")
        return expiry


@admin.register(NamedToken)
class NamedTokenAdmin(admin.ModelAdmin):
    """Tokens: made, renamed, extended and deleted; shown once."""

    form = TokenForm
    list_display = ("name", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[NamedToken]:
        """Whoever is no superuser sees their own, since a token acts for its user."""
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=request.user)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user" and not request.user.is_superuser:
            kwargs["queryset"] = User.objects.filter(pk=request.user.pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: NamedToken | None = None) -> tuple[str, ...]:
        return ("created",) if obj else ()

    def save_model(self, request: HttpRequest, obj: NamedToken, form: TokenForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, token = NamedToken.objects.create(user=obj.user, name=obj.name, expiry=obj.expiry - timezone.now())
        # The admin goes on with the object it has, and needs its key for the history.
        obj.pk = made.pk
        messages.warning(request, f"The token is {token} (copy it now: it is not shown again).")
