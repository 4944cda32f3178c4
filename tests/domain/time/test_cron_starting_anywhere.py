"""Asked from anywhere, inside gaps and repeated hours included: strictly after, and the same."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.time.cron import crontab


def following(expression: str, timezone: str, after: str) -> str:
    table = crontab(expression, timezone)
    at = table.next_after(datetime.fromisoformat(after))
    assert at is not None
    return at.astimezone(table.zone).isoformat()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-01-01T12:00:00+00:00", "2026-01-01T12:01:00+00:00"),
        ("2026-01-01T12:00:00.000001+00:00", "2026-01-01T12:01:00+00:00"),
        ("2026-01-01T12:00:59.999999+00:00", "2026-01-01T12:01:00+00:00"),
        ("2026-01-01T11:59:59.999999+00:00", "2026-01-01T12:00:00+00:00"),
        ("2026-01-01T13:00:00+01:00", "2026-01-01T12:01:00+00:00"),
    ],
)
def test_the_next_minute_is_strictly_after(after: str, expected: str) -> None:
    assert following("* * * * *", "UTC", after) == expected


# Berlin: 2026-10-25 03:00+02:00 → 02:00+01:00.
@pytest.mark.parametrize(
    ("after", "fixed", "star"),
    [
        ("2026-10-25T01:59:59+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:29:59+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:59:59+02:00", "2026-10-26T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:00:00+01:00", "2026-10-26T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:29:59+01:00", "2026-10-26T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00", "2026-10-25T04:30:00+01:00"),
        ("2026-10-25T03:00:00+01:00", "2026-10-26T02:30:00+01:00", "2026-10-25T04:30:00+01:00"),
    ],
)
def test_around_a_repeated_hour(after: str, fixed: str, star: str) -> None:
    assert following("30 2 * * *", "Europe/Berlin", after) == fixed
    assert following("30 */2 * * *", "Europe/Berlin", after) == star


# Berlin: 2026-03-29 02:00+01:00 → 03:00+02:00.
@pytest.mark.parametrize(
    ("after", "fixed"),
    [
        ("2026-03-29T01:59:59.999999+01:00", "2026-03-29T03:00:00+02:00"),
        ("2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"),
        ("2026-03-29T03:00:00.000001+02:00", "2026-03-30T02:30:00+02:00"),
        ("2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"),
    ],
)
def test_around_a_gap(after: str, fixed: str) -> None:
    assert following("30 2 * * *", "Europe/Berlin", after) == fixed


def test_dense_fixed_times_within_a_repeated_hour_wait_for_its_end() -> None:
    after = "2026-10-25T02:00:30+01:00"
    assert following("0-59 0-23 * * *", "Europe/Berlin", after) == "2026-10-25T03:00:00+01:00"
    assert following("* 0-23 * * *", "Europe/Berlin", after) == "2026-10-25T02:01:00+01:00"


def test_the_zone_of_the_question_does_not_matter() -> None:
    table = crontab("30 2 * * *", "Europe/Berlin")
    asked = datetime(2026, 10, 25, 2, 40, tzinfo=table.zone, fold=1)
    assert table.next_after(asked) == table.next_after(asked.astimezone(UTC))


@pytest.mark.parametrize(
    "expression", ["* * * * *", "*/7 2 * * *", "5,25 1,2 * * *", "0 */3 * * *"]
)
@pytest.mark.parametrize(
    ("timezone", "start"),
    [
        ("Europe/Berlin", "2026-03-28T20:00:00+00:00"),
        ("Europe/Berlin", "2026-10-24T20:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-04T10:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-03T10:00:00+00:00"),
        ("America/St_Johns", "2010-11-06T20:00:00+00:00"),
        ("Antarctica/Casey", "2018-03-10T10:00:00+00:00"),
        ("Antarctica/Casey", "2018-10-06T14:00:00+00:00"),
    ],
)
def test_walking_step_by_step_is_asking_afresh_from_every_minute(
    expression: str, timezone: str, start: str
) -> None:
    table = crontab(expression, timezone)
    asked = datetime.fromisoformat(start)
    due = table.next_after(asked)
    for _ in range(12 * 60):
        assert due is not None and due > asked
        assert table.next_after(asked) == due
        asked += timedelta(minutes=1)
        if asked >= due:
            assert asked == due  # Every fire time of these zones is a whole minute.
            due = table.next_after(due)
