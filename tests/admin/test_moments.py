"""Times as people read them."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.utils import timezone, translation

from plugin_system.admin.moments import day_text, moment_text, time_text, to_the_second

MOMENT = datetime(2026, 11, 28, 21, 1, 7, tzinfo=UTC)


class TestMoments:
    def test_have_seconds_and_the_zone(self) -> None:
        with timezone.override("Asia/Tokyo"), translation.override("en"):
            assert time_text(MOMENT) == "6:01:07 a.m. JST"
            assert day_text(MOMENT) == "Nov. 29, 2026"
            assert moment_text(MOMENT) == "Nov. 29, 2026, 6:01:07 a.m. JST"

    def test_have_no_zone_where_the_host_knows_none(self) -> None:
        with translation.override("nl"):
            assert time_text(MOMENT.replace(tzinfo=None)) == "21:01:07"

    @pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
    def test_are_in_every_language_as_it_is_written_there(self, language: str) -> None:
        with timezone.override(UTC), translation.override(language):
            for text in (time_text(MOMENT), moment_text(MOMENT)):
                assert text.count("07") == 1, text
                assert text.count("UTC") == 1, text

    def test_leave_alone_a_format_that_says_all_of_it(self) -> None:
        assert to_the_second("H.i.s e", zone=True) == "H.i.s e"
        assert to_the_second(r"\i H.i", zone=True) == r"\i H.i.s T"
        assert to_the_second("c", zone=True) == "c"
