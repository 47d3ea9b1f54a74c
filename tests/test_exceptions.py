import re
from collections.abc import Iterator

import pytest

from plugin_system import exceptions
from plugin_system.exceptions import PluginSystemError


def errors_below(error: type[PluginSystemError]) -> Iterator[type[PluginSystemError]]:
    for each in error.__subclasses__():
        yield each
        yield from errors_below(each)


# The core's own: what other packages and tests derive is theirs.
ERRORS = [
    each for each in (PluginSystemError, *errors_below(PluginSystemError)) if each.__module__ == exceptions.__name__
]


@pytest.mark.parametrize("error", ERRORS)
class TestError:
    def test_has_a_code_for_clients_that_no_other_has(self, error: type[PluginSystemError]) -> None:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
        assert [each for each in ERRORS if each.code == error.code] == [error]

    def test_is_named_and_documented(self, error: type[PluginSystemError]) -> None:
        assert error.__name__.endswith("Error")
        assert "\n" not in (error.__doc__ or "\n").strip().split(".")[0]
