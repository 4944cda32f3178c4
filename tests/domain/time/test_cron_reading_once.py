"""A repeated expression is read once in a process."""

import pytest

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cron import crontab
from chalicelib.domain.time.cron_text import parse


def test_the_same_expression_and_zone_are_read_once() -> None:
    table = crontab("17 3 * * 2", "Asia/Tokyo")
    reads = crontab.cache_info().misses, parse.cache_info().misses
    assert crontab("17 3 * * 2", "Asia/Tokyo") is table
    assert (crontab.cache_info().misses, parse.cache_info().misses) == reads


def test_another_zone_is_another_crontab_of_the_same_fields() -> None:
    tokyo, berlin = crontab("17 3 * * 2", "Asia/Tokyo"), crontab("17 3 * * 2", "Europe/Berlin")
    assert tokyo.fields is berlin.fields
    assert tokyo.zone != berlin.zone


def test_what_was_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(InvalidFields):
            crontab("17 3 * * 9", "Asia/Tokyo")
