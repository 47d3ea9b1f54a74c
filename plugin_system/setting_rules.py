"""What a host's settings may be: held against system checks, the core's own and those of the API alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - As Django calls it.

_LOOK = "The README has a heading for each setting."


class SettingRule(NamedTuple):
    """What one setting may be; ``identifier`` is that of the error on another value, ``expected`` its wording."""

    name: str
    identifier: str
    is_right: Callable[[Any], bool]
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRules:
    """
    The settings of an app, all of whose names begin with ``prefix``.

    ``owner`` is what a message calls the app; names that begin with ``foreign_prefix`` are another's.
    """

    app_label: str
    owner: str
    prefix: str
    rules: tuple[SettingRule, ...]
    foreign_prefix: str | None = None

    def check(self) -> list[CheckMessage]:
        """Return an error on each value that cannot work, and a warning (W003) on each name that is no setting's."""
        return [*self._wrong_values(), *self._unknown_names()]

    def _wrong_values(self) -> Iterator[CheckMessage]:
        for name, identifier, is_right, expected in self.rules:
            if hasattr(settings, name) and not is_right(getattr(settings, name)):
                yield Error(
                    f"{name} is {getattr(settings, name)!r}; it must be {expected}.",
                    hint=_LOOK,
                    id=f"{self.app_label}.{identifier}",
                )

    def _unknown_names(self) -> Iterator[CheckMessage]:
        known = {rule.name.removeprefix(self.prefix): rule.name for rule in self.rules}
        for name in sorted(filter(self._is_ours, dir(settings))):
            if name not in known.values():
                nearest = get_close_matches(name.removeprefix(self.prefix), known, n=1)
                yield Warning(
                    f"{name} is no setting of {self.owner} and has no effect.",
                    hint=f"Did you mean {known[nearest[0]]}?" if nearest else _LOOK,
                    id=f"{self.app_label}.W003",
                )

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self.prefix) and not (self.foreign_prefix and name.startswith(self.foreign_prefix))


def is_flag(value: Any) -> bool:
    """Whether the value is ``True`` or ``False``."""
    return isinstance(value, bool)
