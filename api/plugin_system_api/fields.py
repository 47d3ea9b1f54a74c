"""Fields of bodies, queries and replies that stock ones do not give, or that a host's settings would bend."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from plugin_system.choices import PluginStatus, SyncMode
from plugin_system.definitions import ItemKey, TypeKey
from plugin_system.exceptions import InvalidKeyError
from plugin_system.services import as_uuid, in_utc, presence_of
from plugin_system_api.limits import REVISION_MAX

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_NAME = r"[^:/\u0000]+"
TYPE_PATTERN = f"^({_NAME}:{_NAME}|{_UUID})$"
ITEM_PATTERN = f"^({_NAME}:{_NAME}/{_NAME}:{_NAME}|{_UUID})$"
REVISION_SCHEMA = {"type": "integer", "format": "int64", "minimum": 0}


_STATUS_SCHEMA = {
    "type": "string",
    "enum": PluginStatus.values,
    "description": "What an operator has decided: active items serve by priority, a reserve serves when no active one "
    "can, a disabled one never.",
}


@extend_schema_field(_STATUS_SCHEMA, component_name="PluginStatus")
class PluginStatusField(serializers.ChoiceField):
    """``active``, ``reserve`` or ``disable``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=PluginStatus.choices, **options)

    def to_internal_value(self, data: Any) -> PluginStatus:
        """Return the status."""
        return PluginStatus(super().to_internal_value(data))


@extend_schema_field({"type": "string", "enum": [mode.value for mode in SyncMode]})
class SyncModeField(serializers.ChoiceField):
    """``create`` or ``update``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[mode.value for mode in SyncMode], **options)

    def to_internal_value(self, data: Any) -> SyncMode:
        """Return the mode."""
        return SyncMode(super().to_internal_value(data))


class RowIdField(serializers.UUIDField):
    """The id of a row, as text; the stock field takes numbers, and true, for ids too."""

    def to_internal_value(self, data: Any) -> UUID:
        """Return the id."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        found: UUID = super().to_internal_value(data)
        return found


@extend_schema_field(REVISION_SCHEMA)
class RevisionField(serializers.IntegerField):
    """The number of a revision."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=REVISION_MAX, **options)


class IntegerParameter(serializers.IntegerField):
    """An integer of a URL's query: digits and perhaps a minus, where the stock field also takes ``5.0`` and ``1_0``."""

    _FORM = re.compile("-?[0-9]{1,19}")

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not self._FORM.fullmatch(str(data)):
            self.fail("invalid")
        return int(data)


@extend_schema_field({"type": "string", "pattern": TYPE_PATTERN})
class TypeReferenceField(serializers.CharField):
    """A plugin type by the id of its row or by its key."""

    default_error_messages = {"invalid_reference": "Write an id, or manager:name, as in apps.otp:otp."}  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> "UUID | TypeKey":  # type: ignore[override]
        """Return the id or the key."""
        text = super().to_internal_value(data)
        try:
            return as_uuid(text) or TypeKey.parse(text)
        except InvalidKeyError:
            self.fail("invalid_reference")


@extend_schema_field({"type": "string", "pattern": ITEM_PATTERN})
class ItemReferenceField(serializers.CharField):
    """A plugin item by the id of its row or by its key."""

    default_error_messages = {  # noqa: RUF012
        "invalid_reference": "Write an id, or manager:type/module:name, as in apps.otp:otp/apps.otp_sms:sms_ir."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> "UUID | ItemKey":  # type: ignore[override]
        """Return the id or the key."""
        text = super().to_internal_value(data)
        try:
            return as_uuid(text) or ItemKey.parse(text)
        except InvalidKeyError:
            self.fail("invalid_reference")


class OrderingField(serializers.CharField):
    """Words to order by, with commas between them and a minus before one that is turned round."""

    default_error_messages = {"invalid_word": "{word!r} is nothing to order by; there is {known}."}  # noqa: RUF012

    def __init__(self, words: Iterable[str], **options: Any) -> None:
        self.words = [signed for word in words for signed in (word, f"-{word}")]
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        """Return the words; where one comes twice the first counts."""
        chosen: dict[str, str] = {}
        for word in super().to_internal_value(data).split(","):
            if word not in self.words:
                self.fail("invalid_word", word=word, known=", ".join(self.words))
            chosen.setdefault(word.lstrip("-"), word)
        return list(chosen.values())


class BoundedListField(serializers.ListField):
    """A list whose length is looked at before its members are."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the members."""
        if isinstance(data, list):
            self.run_validators(data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """A point in time, in UTC with a Z, whatever time zone the host shows or stores."""

    def to_representation(self, value: datetime) -> str:
        """Return the ISO form."""
        return in_utc(value).isoformat().replace("+00:00", "Z")


@extend_schema_field({"type": "string"})
class StateField(serializers.Field[Any, Any, Any, Any]):
    """Whether the answering process has the row's code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", **options)

    def to_representation(self, value: Any) -> str:
        """Return ``registered``, ``missing`` or ``archived``."""
        return presence_of(value).value
