"""Cadences as the API shows them and storage keeps them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidFields
from chalicelib.domain.time.cadences import (
    Cadence,
    Cron,
    Interval,
    Manual,
    Once,
    from_json,
    to_json,
)

NOON = datetime(2026, 12, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cadence", "data"),
    [
        (
            Cron("0 3 * * 1-5", "Europe/Berlin"),
            {"type": "cron", "expression": "0 3 * * 1-5", "timezone": "Europe/Berlin"},
        ),
        (Interval(3600), {"type": "interval", "seconds": 3600, "from": "completion"}),
        (Interval(60, "grid"), {"type": "interval", "seconds": 60, "from": "grid"}),
        (
            Interval(60, "grid", NOON),
            {"type": "interval", "seconds": 60, "from": "grid", "anchor": "2026-12-24T18:00:00Z"},
        ),
        (Once(NOON), {"type": "once", "at": "2026-12-24T18:00:00Z"}),
        (Manual(), {"type": "manual"}),
    ],
)
def test_there_and_back(cadence: Cadence, data: dict[str, Any]) -> None:
    assert to_json(cadence) == data
    assert from_json(data) == cadence


def test_what_may_be_left_out() -> None:
    assert from_json({"type": "cron", "expression": "@daily"}) == Cron("@daily", "UTC")
    assert from_json({"type": "interval", "seconds": 60}) == Interval(60, "completion")
    assert from_json({"type": "interval", "seconds": 60, "anchor": None}) == Interval(60)


def test_an_instant_is_kept_in_utc_and_to_the_millisecond() -> None:
    once = from_json({"type": "once", "at": "2026-12-24T19:00:00.123456+01:00"})
    assert once == Once(NOON.replace(microsecond=123_000))
    assert from_json(to_json(once)) == once


def test_reading_does_not_check_what_may_be_saved() -> None:
    assert from_json({"type": "cron", "expression": "61 * * * *"}) == Cron("61 * * * *")
    assert from_json({"type": "interval", "seconds": 1}) == Interval(1)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "type"),
        ({"type": "hourly"}, "type"),
        ({"type": ["cron"]}, "type"),
        ({"type": "cron"}, "expression"),
        ({"type": "cron", "expression": 5}, "expression"),
        ({"type": "cron", "expression": "@daily", "timezone": None}, "timezone"),
        ({"type": "interval"}, "seconds"),
        ({"type": "interval", "seconds": "60"}, "seconds"),
        ({"type": "interval", "seconds": 60.0}, "seconds"),
        ({"type": "interval", "seconds": True}, "seconds"),
        ({"type": "interval", "seconds": 0}, "seconds"),
        ({"type": "interval", "seconds": 60, "from": "start"}, "from"),
        ({"type": "interval", "seconds": 60, "from": None}, "from"),
        ({"type": "interval", "seconds": 60, "anchor": "noon"}, "anchor"),
        ({"type": "once"}, "at"),
        ({"type": "once", "at": 1_798_135_200}, "at"),
        ({"type": "once", "at": ""}, "at"),
        ({"type": "once", "at": "2026-12-24"}, "at"),
        ({"type": "once", "at": "2026-12-24T18:00:00"}, "at"),
        ({"type": "once", "at": "2026-02-30T18:00:00Z"}, "at"),
        ({"type": "once", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"type": "once", "at": "9999-12-31T23:59:59-14:00"}, "at"),
    ],
)
def test_a_wrong_shape_names_its_field(data: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        from_json(data)
    assert [error.field for error in refused.value.errors] == [f"cadence.{field}"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"type": "hourly"}, "allowed are cron, interval, once and manual"),
        ({"type": "cron"}, "a text is needed"),
        ({"type": "interval"}, "a whole number of seconds is needed"),
        (
            {"type": "interval", "seconds": 60, "from": "start"},
            "allowed are completion and grid",
        ),
        ({"type": "once", "at": ""}, "an instant is needed, such as 2026-12-24T18:00:00Z"),
    ],
)
def test_a_wrong_shape_says_what_is_right(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        from_json(data)
    assert [error.message for error in refused.value.errors] == [message]
