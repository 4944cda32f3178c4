"""What is said about a schedule as it is saved."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.outlook.advice import Advice, needs_forecast, warnings
from chalicelib.domain.outlook.budget import Suggestion, suggest
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WhenBusy
from chalicelib.domain.time.cadences import Cron, Interval, Manual
from tests.builders import MILLISECOND, NOON, a_schedule, after


def one(schedule_id: str = "NEW", expression: str = "0 * * * *", **changes: Any) -> Schedule:
    known = {"cadence": Cron(expression), "average_duration_seconds": 60, **changes}
    # Made just before noon, so that noon may be its first fire time.
    return arm(a_schedule(schedule_id=schedule_id, name=schedule_id, **known), NOON - MILLISECOND)


def said(schedule: Schedule, *others: Schedule, capacity: int = 1) -> list[Advice]:
    own = [each for each in others if each.tenant_id == schedule.tenant_id]
    return warnings(schedule, Forecast([schedule, *others], NOON, 24, capacity), suggest(own))


def codes(schedule: Schedule, *others: Schedule, capacity: int = 1) -> list[str]:
    return [advice.code for advice in said(schedule, *others, capacity=capacity)]


def test_alone_there_is_nothing_to_say() -> None:
    assert said(one()) == []
    assert said(one(expression="* * * * *")) == []


def test_out_of_each_others_way_there_is_nothing_to_say() -> None:
    assert said(one(), one("A", "30 * * * *")) == []


def test_with_a_slot_for_each_there_is_nothing_to_say() -> None:
    assert said(one(), one("A"), capacity=2) == []


def test_a_collision_names_whom_how_often_and_when_first() -> None:
    overlap, wait, quieter = said(one(), one("A", "0 */6 * * *", average_duration_seconds=90))
    assert (overlap.code, overlap.schedule_id, overlap.at) == ("overlap", "A", NOON)
    assert overlap.message == (
        "“A” is at work at 4 fire times of it within 24 h, first at 2026-03-01 12:00:00 UTC."
    )
    assert overlap.data == {"schedule_name": "A", "times": 4}
    assert wait.code == "expected_wait"
    assert quieter.code == "quieter_minutes"


def test_the_one_that_makes_others_wait_is_warned_as_well() -> None:
    assert codes(one("A"), one("B")) == ["overlap"]


def test_an_overlap_is_any_moment_both_would_be_at_work() -> None:
    (overlap,) = said(
        one(expression="1 12 * * *", average_duration_seconds=61), one("Z", "2 12 * * *")
    )
    # Both are at work, as it were, when the other one comes due: not when it came due itself.
    assert (overlap.schedule_id, overlap.at) == ("Z", after(120))
    assert overlap.message.startswith("It is at work at 1 fire time of “Z” within 24 h, first at")
    assert said(one(expression="1 12 * * *"), one("Z", "2 12 * * *")) == []


def test_the_expected_wait_comes_with_its_figures() -> None:
    wait = said(one(), one("A", "0 */6 * * *", average_duration_seconds=90))[1]
    assert wait.message == (
        "Within 24 h it is expected to wait 15 s on average and 90 s at worst;"
        " the slots' load is 2%."
    )
    assert wait.at == NOON
    assert wait.data == {
        "mean_wait_seconds": 15,
        "worst_wait_seconds": 90,
        "fire_times": 24,
        "skipped": 0,
        "coalesced": 0,
        "load": 0.021,
    }


def test_one_that_skips_is_told_what_it_will_lose() -> None:
    _, skips, quieter = said(one(when_busy=WhenBusy.SKIP), one("A", "0 */6 * * *"))
    assert (skips.code, skips.data["skipped"]) == ("expected_skips", 4)
    assert "lose 4 fire times of 24" in skips.message
    assert quieter.data["minutes"] == [1, 2, 3]


def test_other_tenants_are_told_of_without_their_names() -> None:
    foreign = one("A", tenant_id="globex")
    anonymous, wait, _ = said(one(), foreign)
    assert (anonymous.code, anonymous.schedule_id) == ("overlaps_others", None)
    assert "A" not in anonymous.message
    assert wait.code == "expected_wait"


def test_five_are_named_and_the_others_counted() -> None:
    found = said(one(), *(one(f"A{number}") for number in range(8)))
    assert [each.schedule_id for each in found if each.code == "overlap"] == [
        f"A{number}" for number in range(5)
    ]
    (more,) = [each for each in found if each.code == "more_overlaps"]
    assert more.message.startswith("3 more schedules")


def test_more_work_than_time_is_said() -> None:
    found = said(one(expression="*/5 * * * *", average_duration_seconds=400))
    assert [each.code for each in found][-1] == "impossible"
    assert "133%" in found[-1].message


def test_a_forecast_that_does_not_reach_to_its_end_is_said() -> None:
    schedule = one()
    forecast = Forecast([schedule], NOON, 24, capacity=1, most_steps=10)
    assert warnings(schedule, forecast, Suggestion(max_steps=None)) == [
        Advice(
            code="incomplete",
            message="There are so many fire times that only 5 h were looked at.",
            at=after(5 * 3600),
        )
    ]


def test_runs_longer_than_the_interval_are_said() -> None:
    schedule = one(expression="*/5 * * * *", average_duration_seconds=301)
    assert "longer_than_interval" in codes(schedule)
    assert "longer_than_interval" not in codes(one(expression="*/5 * * * *"))


def test_an_interval_from_completion_meets_others_too() -> None:
    schedule = one(cadence=Interval(3600 - 60))
    other = one("A", "59 * * * *", average_duration_seconds=90)
    (overlap, *_) = said(schedule, other)
    assert (overlap.code, overlap.at) == ("overlap", after(3540))


def test_one_that_will_never_fire_is_said() -> None:
    schedule = one(expression="1 * * * *", ends_at=after(10))
    assert codes(schedule) == ["never_fires"]
    assert codes(one(cadence=Manual())) == []


def test_a_budget_below_what_the_like_take_is_said_with_a_better_one() -> None:
    like = one("A", "30 * * * *", average_steps=40.0)
    (low,) = said(one(max_steps=39), like)
    assert (low.code, low.data) == ("budget_low", {"suggested_max_steps": 80})
    assert said(one(max_steps=40), like) == []
    assert said(one(), like) == []


def test_the_same_is_said_at_any_second_of_the_minute() -> None:
    plan = [one(), one("A", "*/10 * * * *", average_duration_seconds=100)]
    both = [
        warnings(
            plan[0],
            Forecast(plan, NOON + timedelta(seconds=second), 24, 1),
            Suggestion(max_steps=None),
        )
        for second in (0, 59)
    ]
    assert both[0] == both[1] != []


def test_what_does_not_fire_by_itself_needs_no_forecast() -> None:
    assert needs_forecast(one())
    assert not needs_forecast(one(cadence=Manual()))
    assert not needs_forecast(one(status=ScheduleStatus.PAUSED))
