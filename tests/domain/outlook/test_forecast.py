"""Forecasts of small plans, worked out by hand. Noon is the first instant."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.simulation import Tally
from chalicelib.domain.runs.arming import advance, arm
from chalicelib.domain.runs.schedule import (
    Misfire,
    MisfirePolicy,
    Schedule,
    ScheduleStatus,
    WhenBusy,
)
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Manual, Once
from tests.builders import MILLISECOND, NOON, a_schedule, after


def every(expression: str, schedule_id: str, seconds: float = 60, **changes: Any) -> Schedule:
    return a_schedule(
        schedule_id=schedule_id,
        cadence=Cron(expression),
        average_duration_seconds=seconds,
        **changes,
    )


def tallies(*plan: Schedule, hours: int = 1, capacity: int = 1) -> list[Tally]:
    return Forecast(plan, NOON, hours, Pool(capacity=capacity)).simulation.tallies


def test_alone_nothing_waits() -> None:
    (tally,) = tallies(every("*/5 * * * *", "A"))
    assert (tally.runs, tally.fire_times, tally.total_wait) == (12, 12, 0)
    assert tally.starts == [minute * 60_000 for minute in range(0, 60, 5)]


def test_two_at_the_same_minute_go_one_after_the_other_by_age() -> None:
    first, second = tallies(every("0 * * * *", "A", 40), every("0 * * * *", "B", 30))
    assert (first.starts, second.starts) == ([0], [40_000])
    assert (first.total_wait, second.total_wait) == (0, 40_000)
    assert second.behind == {0: (1, 0)}


def test_the_more_urgent_goes_first() -> None:
    first, second = tallies(
        every("0 * * * *", "A", 40, priority=5), every("0 * * * *", "B", 30, priority=6)
    )
    assert (first.starts, second.starts) == ([30_000], [0])


def test_a_second_slot_takes_the_second_run() -> None:
    plan = [every("0 * * * *", key, 40) for key in "ABC"]
    assert [tally.starts for tally in tallies(*plan, capacity=2)] == [[0], [0], [40_000]]


def test_what_skips_when_busy_is_skipped() -> None:
    _, skipper = tallies(
        every("*/30 * * * *", "A", 700), every("*/5 * * * *", "B", 1, when_busy=WhenBusy.SKIP)
    )
    # :00, :05 and :10 meet the first, and so do :30, :35 and :40.
    assert (skipper.runs, skipper.skipped, skipper.fire_times) == (6, 6, 12)


def test_fire_times_while_one_waits_are_counted_on_it() -> None:
    _, waiter = tallies(every("0 * * * *", "A", 1000), every("*/5 * * * *", "B", 1))
    # :00 waits until 12:16:40; :05, :10 and :15 come meanwhile.
    assert (waiter.coalesced, waiter.starts[0], waiter.runs) == (3, 1_000_000, 9)


def test_a_wait_past_its_limit_is_given_up_at_the_next_tick() -> None:
    _, waiter = tallies(
        every("0 * * * *", "A", 1000), every("0 * * * *", "B", 1, queue_limit_seconds=90)
    )
    assert (waiter.expired, waiter.runs) == (1, 0)


def test_what_still_waits_at_the_end_is_unserved() -> None:
    _, waiter = tallies(every("0 * * * *", "A", 5000), every("0 * * * *", "B", 1))
    assert (waiter.unserved, waiter.runs, waiter.worst_wait) == (1, 0, 3_600_000)


def test_an_interval_from_completion_counts_from_the_end_of_each_run() -> None:
    schedule = a_schedule(
        cadence=Interval(600),
        average_duration_seconds=300,
        fire_at=after(60),
        next_fire_at=after(60),
    )
    (tally,) = tallies(schedule)
    assert tally.starts == [seconds * 1000 for seconds in (60, 960, 1860, 2760)]


def test_an_interval_whose_run_is_under_way_comes_after_it() -> None:
    schedule = a_schedule(cadence=Interval(600), average_duration_seconds=300)
    (tally,) = tallies(schedule)
    assert tally.starts[0] == 900_000


def test_jitter_makes_it_due_later() -> None:
    schedule = every("0 * * * *", "A", jitter_seconds=1800)
    (tally,) = tallies(schedule)
    assert tally.starts == [schedule.jitter // timedelta(milliseconds=1)] != [0]


def test_starts_at_and_ends_at_bound_it_inclusively() -> None:
    (tally,) = tallies(every("*/5 * * * *", "A", starts_at=after(600), ends_at=after(1200)))
    assert tally.starts == [600_000, 900_000, 1_200_000]


def test_what_cannot_fire_is_left_out() -> None:
    paused = every("*/5 * * * *", "A", status=ScheduleStatus.PAUSED)
    manual = a_schedule(schedule_id="M", cadence=Manual())
    forecast = Forecast([paused, manual], NOON, 24, Pool())
    assert [each.schedule_id for each in forecast.schedules] == ["M"]
    assert forecast.outlook(0).tally.fire_times == 0


@pytest.mark.parametrize(("timeout", "seconds"), [(300, 60), (45, 45)])
def test_without_an_average_a_run_takes_the_usual_minute_within_its_timeout(
    timeout: int, seconds: int
) -> None:
    schedule = a_schedule(timeout_seconds=timeout)
    outlook = Forecast([schedule], NOON, 1, Pool()).outlook(0)
    assert outlook.duration == timedelta(seconds=seconds)


def test_the_outlook_has_mean_worst_and_the_worst_hour() -> None:
    plan = [every("0 13 * * *", "A", 100), every("0 * * * *", "B", 10)]
    outlook = Forecast(plan, NOON, 4, Pool()).outlook(1)
    assert (outlook.mean_wait_seconds, outlook.worst_wait_seconds) == (25, 100)
    assert outlook.worst_hour is not None
    assert (outlook.worst_hour.starts_at, outlook.worst_hour.seconds) == (after(3600), 100)


def test_hours_are_those_of_the_clock_whenever_one_asks() -> None:
    plan = [every("30 * * * *", "A", 100), every("30 13 * * *", "B", 10)]
    for minutes in (0, 29, 30):
        worst = Forecast(plan, after(minutes * 60), 24, Pool()).outlook(1).worst_hour
        assert worst is not None
        assert (worst.starts_at, worst.seconds) == (after(3600), 100)


def test_an_hour_cut_by_the_start_is_overfull_only_as_a_whole_one() -> None:
    plan = [every("*/5 * * * *", "A", 400)]
    hours = Forecast(plan, after(1800), 2, Pool()).overfull_hours
    assert [(hour.starts_at, hour.seconds) for hour in hours] == [(after(3600), 4800)]


def test_more_work_than_time_shows_in_the_load_and_the_hour() -> None:
    forecast = Forecast([every("*/5 * * * *", "A", 400)], NOON, 2, Pool())
    assert forecast.load == pytest.approx(4 / 3)
    assert [hour.starts_at for hour in forecast.overfull_hours] == [NOON, after(3600)]
    assert (
        Forecast([every("*/5 * * * *", "A", 400)], NOON, 2, Pool(capacity=2)).overfull_hours == []
    )


def test_the_same_minute_has_the_same_forecast() -> None:
    plan = [every("*/7 * * * *", key, 200) for key in "ABCD"]
    one, other = (Forecast(plan, after(seconds), 24, Pool()) for seconds in (0, 59.9))
    assert one.simulation.tallies == other.simulation.tallies
    assert one.start == other.start == NOON


def test_too_many_fire_times_end_it_early_and_it_says_where() -> None:
    forecast = Forecast([every("* * * * *", "A", 1)], NOON, 24, Pool(), most_steps=100)
    assert not forecast.is_complete
    assert forecast.simulation.steps == 100
    assert forecast.until == after(50 * 60)
    assert forecast.outlook(0).tally.fire_times == 50


def test_five_hundred_over_a_day_take_no_more_steps_than_two_for_a_run() -> None:
    plan = [every(f"{number % 60} * * * *", f"S{number:03d}", 2) for number in range(500)]
    forecast = Forecast(plan, NOON, 24, Pool())
    assert forecast.is_complete
    assert forecast.simulation.steps <= 2 * 500 * 24


def test_an_overloaded_plan_costs_what_runs_and_not_what_is_due() -> None:
    plan = [every("* * * * *", f"S{number:03d}", 60) for number in range(500)]
    forecast = Forecast(plan, NOON, 24, Pool())
    assert forecast.is_complete
    assert sum(tally.fire_times for tally in forecast.simulation.tallies) == 500 * 24 * 60
    assert forecast.simulation.steps < 5_000


def test_tenants_take_turns_as_in_the_queue() -> None:
    many = [every("0 * * * *", f"A{number}", 60) for number in range(4)]
    other = replace(every("1 * * * *", "Z", 60), tenant_id="globex")
    *_, last = tallies(*many, other)
    # The first of the many is at work and the second got the slot as the other one came.
    assert last.starts == [120_000]


def test_a_tenant_with_a_weight_has_so_many_turns_in_a_row() -> None:
    many = [every("0 * * * *", f"A{number}", 60) for number in range(4)]
    others = [replace(every("0 * * * *", f"Z{n}", 60), tenant_id="globex") for n in range(4)]
    pool = Pool(weights={"acme": 3})
    by_tenant = Forecast([*many, *others], NOON, 1, pool).simulation.tallies
    starts = [tally.starts[0] // 60_000 for tally in by_tenant]
    assert (starts[:4], starts[4:]) == ([0, 1, 2, 4], [3, 5, 6, 7])


def armed(seconds: float, **changes: Any) -> Schedule:
    """A schedule made so many seconds after noon."""
    return arm(a_schedule(**changes), after(seconds))


EVERY_TEN: Final = Interval(600)


@pytest.mark.parametrize(
    ("bounds", "starts"),
    [
        ({"starts_at": after(900)}, [900, 1560, 2220, 2880, 3540]),
        ({"starts_at": after(600)}, [600, 1260, 1920, 2580, 3240]),
        ({"ends_at": after(1260)}, [600, 1260]),
        ({"ends_at": after(1260) - MILLISECOND}, [600]),
        ({"starts_at": after(900), "ends_at": after(1560)}, [900, 1560]),
        ({"ends_at": after(599)}, []),
    ],
)
def test_an_interval_from_completion_keeps_to_its_start_and_end(
    bounds: dict[str, datetime], starts: list[int]
) -> None:
    (tally,) = tallies(armed(0, cadence=EVERY_TEN, average_duration_seconds=60, **bounds))
    assert [start / 1000 for start in tally.starts] == starts


def test_one_whose_run_is_under_way_keeps_to_its_end_too() -> None:
    def coming(**bounds: datetime) -> list[int]:
        schedule = a_schedule(cadence=EVERY_TEN, average_duration_seconds=300, **bounds)
        return tallies(schedule)[0].starts

    assert coming(ends_at=after(900)) == [900_000]
    assert coming(ends_at=after(900) - MILLISECOND) == []
    assert coming(starts_at=after(3000)) == [3_000_000]


@pytest.mark.parametrize(
    "cadence", [Cron("10 * * * *"), Interval(3600, "grid", after(600)), Once(after(600))]
)
def test_start_and_end_are_exact_to_the_millisecond(cadence: Cadence) -> None:
    for starts_at, ends_at, runs in (
        (after(600), None, 1),
        (after(600) + MILLISECOND, None, 0),
        (None, after(600), 1),
        (None, after(600) - MILLISECOND, 0),
    ):
        (tally,) = tallies(armed(0, cadence=cadence, starts_at=starts_at, ends_at=ends_at))
        assert tally.runs == runs


def test_the_load_ends_where_the_interval_does() -> None:
    def plan(**bounds: datetime) -> list[Schedule]:
        interval = Interval(60)
        return [armed(0, cadence=interval, average_duration_seconds=60, **bounds)]

    ends_at = after(300)
    # Due at 60, 180 and 300 s.
    assert Forecast(plan(ends_at=ends_at), NOON, 1, Pool()).load == pytest.approx(180 / 3600)
    assert Forecast(plan(), NOON, 1, Pool()).load == pytest.approx((3600 - 60) / 2 / 3600)


def test_what_jitter_still_keeps_is_the_very_next_run() -> None:
    schedule = armed(-1, cadence=Cron("0 * * * *"), jitter_seconds=3600)
    late = schedule.jitter.total_seconds()
    assert 600 < late < 3600
    assert [
        at / 1000 for at in Forecast([schedule], after(600), 2, Pool()).simulation.tallies[0].starts
    ] == [
        late - 600,
        late + 3600 - 600,
    ]
    # Once it has its record, the next one follows; so it does without any jitter.
    fired = advance(schedule)
    assert Forecast([fired], after(3600), 1, Pool()).simulation.tallies[0].starts == [late * 1000]
    plain = armed(-1, cadence=Cron("0 * * * *"))
    assert Forecast([advance(plain)], after(600), 1, Pool()).simulation.tallies[0].starts == [
        3_000_000
    ]


def test_what_was_put_off_comes_when_it_is_due_and_what_came_meanwhile_with_it() -> None:
    schedule = armed(-1, cadence=Cron("*/5 * * * *"), average_duration_seconds=60)
    put_off = replace(schedule, next_fire_at=after(420))
    tally = Forecast([put_off], after(60), 1, Pool()).simulation.tallies[0]
    # Noon and five past are both taken up at 12:07: the second waits for the first.
    assert tally.starts[:3] == [360_000, 420_000, 540_000]
    assert (tally.fire_times, tally.waits[0]) == (13, (360_000, 60_000))


def test_what_is_overdue_runs_at_once_unless_it_is_too_late_for_that() -> None:
    def starts(**misfire: Any) -> list[int]:
        schedule = armed(-1, cadence=Cron("0 12 * * *"), misfire=Misfire(**misfire))
        return Forecast([schedule], after(600), 1, Pool()).simulation.tallies[0].starts

    assert starts() == [0]
    assert starts(policy=MisfirePolicy.SKIP) == []
    assert starts(policy=MisfirePolicy.SKIP, grace_seconds=600) == [0]


def test_nothing_is_forecast_before_the_schedule_was_made() -> None:
    made = armed(0.5, cadence=Cron("* * * * *"), average_duration_seconds=1)
    assert Forecast([made], after(1), 1, Pool()).simulation.tallies[0].starts[0] == 60_000
    # At the end of its time at once: it has no fire time, and no start of the minute either.
    ended = armed(0.5, cadence=Cron("* * * * *"), ends_at=after(50), updated_at=after(0.5))
    assert Forecast([ended], after(1), 1, Pool()).simulation.tallies[0].starts == []


def test_what_has_fired_within_the_minute_stays_in_its_forecast() -> None:
    before = armed(-90, cadence=Cron("* * * * *"), average_duration_seconds=1)
    before = replace(before, fire_at=NOON, next_fire_at=NOON)
    fired = advance(before)
    one, other = (Forecast([each], after(30), 1, Pool()) for each in (before, fired))
    assert one.simulation.tallies == other.simulation.tallies
    assert one.simulation.tallies[0].starts[0] == 0


def test_what_cannot_be_used_is_left_out_and_spoils_nothing() -> None:
    gone = a_schedule(schedule_id="G", cadence=Cron("*/5 * * * *", "US/Pacific-New"))
    good = every("*/5 * * * *", "A")
    forecast = Forecast([gone, good], NOON, 1, Pool())
    assert (forecast.schedules, forecast.unusable) == ([good], [gone])
    assert (forecast.is_complete, forecast.ends_early) == (False, False)
    assert forecast.simulation.tallies == Forecast([good], NOON, 1, Pool()).simulation.tallies


def test_a_run_of_its_own_is_all_that_it_waits_for_while_a_slot_is_free() -> None:
    plan = [every("*/5 * * * *", "A", 400), every("0 * * * *", "B", 3000), every("0 * * * *", "C")]
    first, *_ = tallies(*plan, capacity=3)
    assert set(first.behind) == {0}
