"""Every error of the plugin system: one root, one class per condition, a stable ``code`` for clients."""

from collections.abc import Sequence
from typing import ClassVar


class PluginSystemError(Exception):
    """The root of every error that the plugin system raises on purpose."""

    code: ClassVar[str] = "plugin_system_error"


class RegistrationError(PluginSystemError):
    """A registration cannot be accepted; nothing of it was kept."""

    code = "registration_refused"


class InvalidArgumentsError(RegistrationError):
    """A registration has unknown, missing or wrongly typed arguments."""

    code = "invalid_arguments"


class InvalidNameError(RegistrationError):
    """A name is blank, too long, or holds a character that keys reserve."""

    code = "invalid_name"


class InvalidPriorityError(RegistrationError):
    """A priority is not an integer from -32768 to 32767."""

    code = "invalid_priority"


class InvalidInterfaceError(RegistrationError):
    """An interface is not an abstract base class with at least one abstract method."""

    code = "invalid_interface"


class InvalidPluginClassError(RegistrationError):
    """A plugin class cannot stand in for its interface."""

    code = "invalid_plugin_class"


class AlreadyRegisteredError(RegistrationError):
    """A key is held by another registration."""

    code = "already_registered"


class SpellingTakenError(PluginSystemError):
    """A new key differs only in case or accents from that of a row, and some databases take both for the same."""

    code = "spelling_taken"


class EntryPointError(RegistrationError):
    """An entry point, which was to register something, raised; the others went on."""

    code = "entry_point_failed"


class RegistryNotReadyError(PluginSystemError):
    """The registry was read before Django had loaded every app."""

    code = "registry_not_ready"


class InvalidKeyError(PluginSystemError):
    """A text is not the key of a plugin type or item."""

    code = "invalid_key"


class UnknownPluginTypeError(PluginSystemError):
    """No plugin type is known by the given names or interface."""

    code = "unknown_plugin_type"


class UnknownItemsError(PluginSystemError):
    """An id or key in a request has no row; ``unknown`` lists each of them."""

    code = "unknown_items"

    def __init__(self, unknown: list[str], remedy: str = "List the items again.") -> None:
        self.unknown = unknown
        super().__init__(f"No plugin item has the id or key {', '.join(map(repr, unknown))}. {remedy}")


class AmbiguousKeyError(PluginSystemError):
    """A short name fits several rows; ``fitting`` has their keys."""

    code = "ambiguous_key"

    def __init__(self, reference: str, fitting: list[str]) -> None:
        self.fitting = fitting
        super().__init__(f"{reference!r} fits {', '.join(map(repr, fitting))}; write the whole key.")


class UnknownRevisionError(PluginSystemError):
    """The history has no revision of that number."""

    code = "unknown_revision"


class NothingToRevertError(PluginSystemError):
    """A revision touched nothing that an operator decides, so there is nothing to give back."""

    code = "nothing_to_revert"


class ConflictingChangesError(PluginSystemError):
    """Rows that a revert would touch have changed since; ``conflicting`` has their keys."""

    code = "conflict"

    def __init__(self, revision: int, conflicting: list[str]) -> None:
        self.conflicting = conflicting
        super().__init__(
            f"Since revision {revision} these have changed again: {', '.join(map(repr, conflicting))}. "
            "Look at their history, then revert the newer revision first, or force it."
        )


class HistoryGoneError(PluginSystemError):
    """
    A cursor is older than the kept history, or ahead of it; ``start`` is the first one that can be followed.

    ``parameter`` names what held the cursor.
    """

    code = "history_gone"

    def __init__(self, since: int, start: int, parameter: str = "since") -> None:
        self.start, self.parameter = start, parameter
        super().__init__(
            f"The history cannot be followed from revision {since}; read everything again, then start from {start}."
        )


class LegacyTablesMissingError(PluginSystemError):
    """The database has no tables of the package whose state should be taken over."""

    code = "legacy_tables_missing"


class NothingUsableError(PluginSystemError):
    """
    No registered item of the plugin type is active or in reserve.

    ``plugin_types`` has the keys of those that a refused change would have left so.
    """

    code = "nothing_usable"

    def __init__(self, message: str, plugin_types: Sequence[str] = ()) -> None:
        self.plugin_types = plugin_types
        super().__init__(message)


class NotLoadableError(PluginSystemError):
    """The code of the item is not registered in this process."""

    code = "not_loadable"


class SnapshotTooOldError(PluginSystemError):
    """The database is unreachable and the last known state is older than the host allows."""

    code = "snapshot_too_old"


class InvalidValueError(PluginSystemError):
    """A value in a request is outside its bounds; ``field`` names it."""

    code = "invalid_value"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class StaleRevisionError(PluginSystemError):
    """
    A row has changed since the caller read it.

    ``stale`` maps each row's key to its present revision, ``row_ids`` maps it to the row's id.
    """

    code = "stale_revision"

    def __init__(self, stale: dict[str, int], row_ids: dict[str, str] | None = None) -> None:
        self.stale, self.row_ids = stale, row_ids or {}
        rows = ", ".join(f"{key} (now at revision {revision})" for key, revision in sorted(stale.items()))
        super().__init__(f"Changed by somebody else meanwhile: {rows}. Read again, then decide.")


class ExpectedCountError(PluginSystemError):
    """The selection holds another number of rows than the caller expected."""

    code = "expected_count_differs"

    def __init__(self, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"The selection holds {found} items, not the expected {expected}; look at it again.")


class TooManyItemsError(PluginSystemError):
    """The selection holds more rows than one call may change."""

    code = "too_many_items"

    def __init__(self, found: int, at_most: int) -> None:
        self.found, self.at_most = found, at_most
        super().__init__(f"The selection holds {found} items; one call takes at most {at_most}. Select fewer.")


class ReasonRequiredError(PluginSystemError):
    """The host demands a reason for every change (``PLUGIN_SYSTEM_REQUIRE_REASON``)."""

    code = "reason_required"


class PreconditionFailedError(PluginSystemError):
    """The row is at another revision than the request demands; ``current`` is the one it has."""

    code = "precondition_failed"

    def __init__(self, key: str, current: int) -> None:
        self.key, self.current = key, current
        super().__init__(f"{key!r} is at revision {current} now, not at the one you demand; read it again.")
