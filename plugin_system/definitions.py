"""What code registers, as values: plugin types, plugin items and the keys that name them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from plugin_system.choices import PluginStatus
from plugin_system.exceptions import InvalidKeyError

# The namespace of row ids: uuid5(ROW_NAMESPACE, "manager:name") and uuid5(ROW_NAMESPACE, "manager:type/module:name").
# Clients compute ids with it, so it never changes.
ROW_NAMESPACE = UUID("6f1f2c36-8d0f-5c52-9a3e-0b9d3f0c7e11")


class TypeKey(NamedTuple):
    """The natural key of a plugin type, written ``manager:name``."""

    manager: str
    name: str

    def __str__(self) -> str:
        return f"{self.manager}:{self.name}"

    @property
    def row_id(self) -> UUID:
        """The id that a new row of this key gets, the same in every environment."""
        return uuid5(ROW_NAMESPACE, str(self))

    @classmethod
    def parse(cls, text: str) -> "TypeKey":
        """
        Read ``manager:name``.

        :raises InvalidKeyError: the text has another form.
        """
        manager, separator, name = text.partition(":")
        # No database holds a NUL, and PostgreSQL cannot even be asked for one.
        if not (manager and separator and name) or ":" in name or "/" in text or "\0" in text:
            raise InvalidKeyError(f"{text!r} is not the key of a plugin type; write manager:name, as in apps.otp:otp.")
        return cls(manager, name)


class ItemKey(NamedTuple):
    """The natural key of a plugin item, written ``manager:type/module:name``."""

    type: TypeKey
    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.type}/{self.module}:{self.name}"

    @property
    def row_id(self) -> UUID:
        """The id that a new row of this key gets, the same in every environment."""
        return uuid5(ROW_NAMESPACE, str(self))

    @classmethod
    def parse(cls, text: str) -> "ItemKey":
        """
        Read ``manager:type/module:name``.

        :raises InvalidKeyError: the text has another form.
        """
        type_text, _, own_text = text.partition("/")
        try:
            own = TypeKey.parse(own_text)
            return cls(TypeKey.parse(type_text), own.manager, own.name)
        except InvalidKeyError as error:
            raise InvalidKeyError(
                f"{text!r} is not the key of a plugin item; "
                "write manager:type/module:name, as in apps.otp:otp/apps.otp_sms:sms_ir."
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginTypeDefinition:
    """
    A plugin type as code registers it.

    ``selector`` is the ``get_plugin`` callable: it gets the ``PluginType`` and the caller's extra arguments and
    returns the ``PluginItem`` to use, or ``None``.
    """

    key: TypeKey
    interface: type
    description: str = ""
    selector: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginItemDefinition:
    """
    A plugin item as code registers it.

    ``priority`` is ``None`` where the registration states none: a sync in mode ``update`` then leaves the row's
    alone. ``status`` is what a new row starts with; no sync ever writes it again.
    """

    key: ItemKey
    plugin_class: type
    priority: int | None = None
    description: str = ""
    status: PluginStatus = PluginStatus.ACTIVE
