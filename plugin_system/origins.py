"""Who changes something, through which door, and why."""

from dataclasses import dataclass

from plugin_system.choices import REASON_MAX_LENGTH, Channel
from plugin_system.conf import app_settings
from plugin_system.exceptions import InvalidValueError, ReasonRequiredError

ACTOR_MAX_LENGTH = 254
REQUEST_ID_MAX_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Who makes a change, through which door, and why: it goes into the record of the change.

    ``actor`` is the user name (at most 254 characters kept), ``actor_id`` the user's primary key as text, ``reason``
    at most 500 characters, ``request_id`` at most 100.
    """

    channel: Channel = Channel.CODE
    actor: str = ""
    actor_id: str = ""
    reason: str = ""
    request_id: str = ""

    def validate(self) -> None:
        """
        Refuse a reason that is too long, or missing where the host demands one of people.

        :raises InvalidValueError: the reason is longer than 500 characters.
        :raises ReasonRequiredError: there is none and ``PLUGIN_SYSTEM_REQUIRE_REASON`` is set.
        """
        if len(self.reason) > REASON_MAX_LENGTH:
            raise InvalidValueError(
                "reason", f"The reason has {len(self.reason)} characters; at most {REASON_MAX_LENGTH} are kept."
            )
        by_people = self.channel in {Channel.API, Channel.ADMIN, Channel.COMMAND}
        if by_people and app_settings.PLUGIN_SYSTEM_REQUIRE_REASON and not self.reason.strip():
            raise ReasonRequiredError("Say why: this host records a reason with every change.")
