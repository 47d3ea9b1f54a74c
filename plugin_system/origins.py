"""Who changes something, through which door, and why."""

from dataclasses import dataclass

from plugin_system.choices import REASON_MAX_LENGTH, Channel
from plugin_system.conf import app_settings
from plugin_system.exceptions import InvalidValueError, ReasonRequiredError
from plugin_system.validation import is_storable

ACTOR_MAX_LENGTH = 254
# Keys of users may be texts, such as e-mail addresses.
ACTOR_ID_MAX_LENGTH = 254
REQUEST_ID_MAX_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Who makes a change, through which door, and why: it goes into the record of the change.

    ``actor`` is the user name (at most 254 characters kept), ``actor_id`` the user's primary key as text
    (likewise), ``reason`` at most 500 characters, ``request_id`` at most 100.
    """

    channel: Channel = Channel.CODE
    actor: str = ""
    actor_id: str = ""
    reason: str = ""
    request_id: str = ""

    def validate(self, *, dry_run: bool = False) -> None:
        """
        Refuse a reason that is too long, or missing where the host demands one of people, and what is no text.

        A dry run leaves no record: it may be without a reason.

        :raises InvalidValueError: the reason is longer than 500 characters, or a part has a NUL or half a surrogate.
        :raises ReasonRequiredError: there is none and ``PLUGIN_SYSTEM_REQUIRE_REASON`` is set.
        """
        if len(self.reason) > REASON_MAX_LENGTH:
            raise InvalidValueError(
                "reason", f"The reason has {len(self.reason)} characters; at most {REASON_MAX_LENGTH} are kept."
            )
        for name in ("actor", "actor_id", "reason", "request_id"):
            if not is_storable(getattr(self, name)):
                raise InvalidValueError(name, f"The {name} holds a character that no database keeps; leave it out.")
        by_people = self.channel in {Channel.API, Channel.ADMIN, Channel.COMMAND}
        if by_people and not dry_run and app_settings.PLUGIN_SYSTEM_REQUIRE_REASON and not self.reason.strip():
            raise ReasonRequiredError("Say why: this host records a reason with every change.")
