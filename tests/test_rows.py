"""The raw reads return the same on every database."""

import pytest
from django.db import connection

from plugin_system.rows import read_content, read_content_of, read_counter
from tests.factories import OTP, sync

pytestmark = pytest.mark.django_db


class TestContent:
    def test_has_whole_numbers(self) -> None:
        sync()
        # A union of columns of different types has one of its own: a decimal on MariaDB.
        for content in (read_content(connection), read_content_of(connection, [OTP])):
            assert content.counter == read_counter(connection)
            assert type(content.counter.number) is int
            assert {type(row.priority) for row in content.types[OTP].items} == {int}
