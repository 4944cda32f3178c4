"""What people learn about a schedule as they save it."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.deployment.pools import Pool
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


def advised(schedule: Schedule, *others: Schedule, capacity: int = 1) -> list[Advice]:
    own = [each for each in others if each.tenant_id == schedule.tenant_id]
    forecast = Forecast([schedule, *others], NOON, 24, Pool(capacity=capacity))
    return warnings(schedule, forecast, suggest(own))


def codes(schedule: Schedule, *others: Schedule, capacity: int = 1) -> list[str]:
    return [advice.code for advice in advised(schedule, *others, capacity=capacity)]


def test_alone_there_is_nothing_to_say() -> None:
    assert advised(one()) == []
    assert advised(one(expression="* * * * *")) == []


def test_out_of_each_others_way_there_is_nothing_to_say() -> None:
    assert advised(one(), one("A", "30 * * * *")) == []


def test_with_a_slot_for_each_there_is_nothing_to_say() -> None:
    assert advised(one(), one("A"), capacity=2) == []


def test_a_collision_names_whom_how_often_and_when_first() -> None:
    overlap, wait, quieter = advised(one(), one("A", "0 */6 * * *", average_duration_seconds=90))
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
    (overlap,) = advised(
        one(expression="1 12 * * *", average_duration_seconds=61), one("Z", "2 12 * * *")
    )
    # Both are at work, as it were, when the other one comes due: not when it came due itself.
    assert (overlap.schedule_id, overlap.at) == ("Z", after(120))
    assert overlap.message.startswith("It is at work at 1 fire time of “Z” within 24 h, first at")
    assert advised(one(expression="1 12 * * *"), one("Z", "2 12 * * *")) == []


def test_the_expected_wait_comes_with_its_figures() -> None:
    wait = advised(one(), one("A", "0 */6 * * *", average_duration_seconds=90))[1]
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


def test_one_that_skips_learns_what_it_will_lose() -> None:
    _, skips, quieter = advised(one(when_busy=WhenBusy.SKIP), one("A", "0 */6 * * *"))
    assert (skips.code, skips.data["skipped"]) == ("expected_skips", 4)
    assert "lose 4 fire times of 24" in skips.message
    assert quieter.data["minutes"] == [1, 2, 3]


def test_other_tenants_have_no_names() -> None:
    foreign = one("A", tenant_id="abc")
    anonymous, wait, _ = advised(one(), foreign)
    assert (anonymous.code, anonymous.schedule_id) == ("overlaps_others", None)
    assert "A" not in anonymous.message
    assert wait.code == "expected_wait"


def test_five_are_named_and_the_others_counted() -> None:
    found = advised(one(), *(one(f"A{number}") for number in range(8)))
    assert [each.schedule_id for each in found if each.code == "overlap"] == [
        f"A{number}" for number in range(5)
    ]
    (more,) = [each for each in found if each.code == "more_overlaps"]
    assert more.message.startswith("3 more schedules")


def test_more_work_than_time_is_advised() -> None:
    found = advised(one(expression="*/5 * * * *", average_duration_seconds=400))
    assert [each.code for each in found][-1] == "impossible"
    assert "133%" in found[-1].message


def test_a_forecast_that_does_not_reach_to_its_end_is_advised() -> None:
    schedule = one()
    forecast = Forecast([schedule], NOON, 24, Pool(), most_steps=10)
    assert warnings(schedule, forecast, Suggestion(max_steps=None)) == [
        Advice(
            code="incomplete",
            message="There are so many fire times that only 5 h were looked at.",
            at=after(5 * 3600),
        )
    ]


def test_runs_longer_than_the_interval_are_advised() -> None:
    schedule = one(expression="*/5 * * * *", average_duration_seconds=301)
    assert "longer_than_interval" in codes(schedule)
    assert "longer_than_interval" not in codes(one(expression="*/5 * * * *"))


def test_an_interval_from_completion_meets_others_too() -> None:
    schedule = one(cadence=Interval(3600 - 60))
    other = one("A", "59 * * * *", average_duration_seconds=90)
    (overlap, *_) = advised(schedule, other)
    assert (overlap.code, overlap.at) == ("overlap", after(3540))


def test_one_that_will_never_fire_is_advised() -> None:
    schedule = one(expression="1 * * * *", ends_at=after(10))
    assert codes(schedule) == ["never_fires"]
    assert codes(one(cadence=Manual())) == []


def test_a_budget_below_what_the_like_take_is_said_with_a_better_one() -> None:
    like = one("A", "30 * * * *", average_steps=40.0)
    (low,) = advised(one(max_steps=39), like)
    assert (low.code, low.data) == ("budget_low", {"suggested_max_steps": 80})
    assert advised(one(max_steps=40), like) == []
    assert advised(one(), like) == []


def test_the_same_is_said_at_any_second_of_the_minute() -> None:
    plan = [one(), one("A", "*/10 * * * *", average_duration_seconds=100)]
    both = [
        warnings(
            plan[0],
            Forecast(plan, NOON + timedelta(seconds=second), 24, Pool()),
            Suggestion(max_steps=None),
        )
        for second in (0, 59)
    ]
    assert both[0] == both[1] != []


def test_what_does_not_fire_by_itself_needs_no_forecast() -> None:
    assert needs_forecast(one())
    assert not needs_forecast(one(cadence=Manual()))
    assert not needs_forecast(one(status=ScheduleStatus.PAUSED))


def test_what_rests_on_an_assumed_duration_is_marked() -> None:
    other = one("A", average_duration_seconds=None)
    found = advised(one(), other)
    assert [advice.code for advice in found] == ["overlap", "expected_wait", "quieter_minutes"]
    for each in found:
        assert each.message.endswith(
            "This assumes 1 min for a run of a schedule without an average yet."
        )
        assert each.data["duration_is"] == "assumed"
    measured = advised(one(), one("A"), one("B", "30 * * * *", average_duration_seconds=None))
    assert [advice.code for advice in measured] == ["overlap", "expected_wait", "quieter_minutes"]
    assert not any("duration_is" in each.data for each in measured)


def test_a_load_is_assumed_as_soon_as_anybodys_duration_is() -> None:
    many = [one(f"A{n}", "* * * * *", average_duration_seconds=None) for n in range(2)]
    impossible = advised(one(expression="59 23 * * *"), *many)[-1]
    assert (impossible.code, impossible.data["duration_is"]) == ("impossible", "assumed")


def test_whoever_is_at_work_while_it_waits_is_named_with_the_instant_at_which_they_are() -> None:
    """The second of the queue works only when the first has ended; nobody is ahead of the third."""
    found = advised(one(), one("A"), one("B"))
    overlaps = {each.schedule_id: each.at for each in found if each.code == "overlap"}
    assert overlaps == {"A": NOON, "B": after(60)}


def test_two_that_meet_by_turns_are_one_overlap() -> None:
    mine = one("M", "0,30 * * * *", priority=5)
    other = one("N", "0 * * * *", priority=6)
    late = one("O", "29 * * * *", average_duration_seconds=90)
    (overlap, *_) = advised(mine, other, late)
    assert overlap.message.startswith("“N” is at work at 24 fire times of it within 24 h, first at")
    behind_late = next(each for each in advised(mine, other, late) if each.schedule_id == "O")
    assert behind_late.at == after(1800)
    both = advised(one("A", "0,10 * * * *"), one("B", "0,9 * * * *", average_duration_seconds=90))
    assert both[0].message == (
        "“B” is at work at 24 fire times of it, and it at 24 fire times of “B”, within 24 h,"
        " first at 2026-03-01 12:00:00 UTC."
    )
    assert both[0].data["times"] == 48


def test_no_overlap_is_named_at_an_instant_at_which_a_slot_is_free() -> None:
    long = one("A", "0 * * * *", average_duration_seconds=3000)
    itself = one("M", "*/30 * * * *", average_duration_seconds=2000)
    found = advised(itself, long, capacity=2)
    # It waits for its own run alone, though the other one is at work as well.
    assert [each.code for each in found if each.code == "overlap"] == []
