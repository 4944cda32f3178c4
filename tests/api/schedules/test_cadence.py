"""Trying out cadences over HTTP."""

from typing import Any

import pytest

from tests.harness import Answer, Stack


def preview(stack: Stack, cadence: dict[str, Any], **more: Any) -> Answer:
    body = {"cadence": cadence, **more}
    return stack.http("POST", "/v1/cadence/preview", body, token=stack.viewer)


def cron(expression: str, timezone: str = "UTC") -> dict[str, Any]:
    return {"type": "cron", "expression": expression, "timezone": timezone}


def test_a_preview_shows_the_next_fire_times_in_utc_and_in_the_zone(stack: Stack) -> None:
    answer = preview(stack, cron("30 2 * * *", "Europe/Berlin"), count=2)
    assert answer.status == 200
    assert answer.json["fire_times"] == [
        {"at": "2026-03-01T01:30:00.000Z", "local": "2026-03-01T02:30:00+01:00", "note": None},
        {"at": "2026-03-02T01:30:00.000Z", "local": "2026-03-02T02:30:00+01:00", "note": None},
    ]
    assert "02:30" in answer.json["description"]


def test_a_preview_marks_what_daylight_saving_moves_and_merges(stack: Stack) -> None:
    daily = cron("30 2 * * *", "Europe/Berlin")
    spring = preview(stack, daily, count=1, after="2026-03-28T12:00:00Z").json["fire_times"][0]
    autumn = preview(stack, daily, count=1, after="2026-10-24T12:00:00Z").json["fire_times"][0]

    assert (spring["at"], spring["local"]) == (
        "2026-03-29T01:00:00.000Z",
        "2026-03-29T03:00:00+02:00",
    )
    assert spring["note"].startswith("moved")
    assert autumn["local"] == "2026-10-25T02:30:00+02:00"
    assert autumn["note"].startswith("merged")


def test_fire_times_are_strictly_after_the_instant(stack: Stack) -> None:
    answer = preview(stack, cron("0 * * * *"), count=1, after="2026-03-01T05:00:00Z")
    assert answer.json["fire_times"][0]["at"] == "2026-03-01T06:00:00.000Z"


def test_an_instant_may_come_with_any_offset(stack: Stack) -> None:
    answer = preview(stack, cron("0 * * * *"), count=1, after="2026-03-01T07:00:00+02:00")
    assert answer.json["fire_times"][0]["at"] == "2026-03-01T06:00:00.000Z"


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [
        ({"type": "interval", "seconds": 3600}, ["01:00", "02:00", "03:00"]),
        (
            {
                "type": "interval",
                "seconds": 3600,
                "from": "grid",
                "anchor": "2026-01-01T00:10:00Z",
            },
            ["00:10", "01:10", "02:10"],
        ),
        ({"type": "once", "at": "2026-03-01T05:00:00Z"}, ["05:00"]),
        ({"type": "manual"}, []),
    ],
)
def test_every_kind_can_be_tried(
    stack: Stack, cadence: dict[str, Any], expected: list[str]
) -> None:
    answer = preview(stack, cadence, count=3)
    assert [time["at"][11:16] for time in answer.json["fire_times"]] == expected
    assert answer.json["description"]


@pytest.mark.parametrize(
    ("cadence", "field"),
    [
        (cron("60 * * * *"), "cadence.expression"),
        (cron("0 0 30 2 *"), "cadence.expression"),
        (cron("* * * * * *"), "cadence.expression"),
        (cron("5\n* * * *"), "cadence.expression"),
        (cron("٥ * * * *"), "cadence.expression"),
        (cron("* " * 200), "cadence.expression"),
        (cron("0 * * * *", "../etc/passwd"), "cadence.timezone"),
        (cron("0 * * * *", "EST+5"), "cadence.timezone"),
        ({"type": "interval", "seconds": 5}, "cadence.seconds"),
    ],
)
def test_what_cannot_be_saved_cannot_be_tried(
    stack: Stack, cadence: dict[str, Any], field: str
) -> None:
    answer = preview(stack, cadence)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_rare_date_can_be_looked_at_from_any_year(stack: Stack) -> None:
    answer = preview(stack, cron("0 0 29 2 *"), count=2, after="2096-03-01T00:00:00Z")
    assert [time["at"][:10] for time in answer.json["fire_times"]] == ["2104-02-29", "2108-02-29"]


@pytest.mark.parametrize("count", [0, 51, "3", 1.5])
def test_the_count_is_bounded(stack: Stack, count: Any) -> None:
    assert preview(stack, cron("* * * * *"), count=count).status == 422


def test_the_last_year_of_the_calendar_ends_quietly(stack: Stack) -> None:
    answer = preview(stack, cron("0 0 1 * *"), count=3, after="9999-11-15T00:00:00Z")
    assert [time["at"][:10] for time in answer.json["fire_times"]] == ["9999-12-01"]
