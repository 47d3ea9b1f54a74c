"""The closed sets of words that rows, records and doors share."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PluginStatus(TextChoices):
    """What an operator has decided about an item."""

    ACTIVE = "active", _("Active")
    RESERVED = "reserve", _("Reserve")
    DISABLED = "disable", _("Disabled")


class Channel(TextChoices):
    """The door through which a change came."""

    API = "api", _("REST API")
    ADMIN = "admin", _("Admin")
    COMMAND = "command", _("Command line")
    MIGRATE = "migrate", _("Migrate")
    CODE = "code", _("Code")


class RowKind(TextChoices):
    """The table a change touched."""

    TYPE = "type", _("Plugin type")
    ITEM = "item", _("Plugin item")


class Verdict(StrEnum):
    """Why a candidate serves or does not."""

    SELECTED = "selected"
    OUTRANKED = "outranked"
    RESERVE = "reserve"
    DISABLED = "disabled"
    BROKEN = "broken"
    NOT_REGISTERED = "not_registered"
    APP_NOT_INSTALLED = "app_not_installed"


class SyncMode(StrEnum):
    """How much a sync takes over from code for rows that exist."""

    CREATE = "create"
    UPDATE = "update"


PRIORITY_MIN = -32768
PRIORITY_MAX = 32767
NAME_MAX_LENGTH = 100
REASON_MAX_LENGTH = 500
