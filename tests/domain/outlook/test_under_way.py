"""What works and waits now, laid in front of a forecast."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.pools import Pool
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.forecast import Forecast
from chalicelib.domain.outlook.planned import Expected, planned
from chalicelib.domain.outlook.serving import Waiting
from chalicelib.domain.outlook.under_way import under_way
from chalicelib.domain.runs.run import Place, Run, Trigger
from chalicelib.domain.runs.schedule import Schedule, WhenBusy
from chalicelib.domain.time.cadences import Cron, Interval
from tests.builders import NOON, a_run, a_schedule, after


def one(schedule_id: str, expression: str = "*/10 * * * *", **more: Any) -> Schedule:
    fields = {"average_duration_seconds": 60.0, "fire_at": after(600), **more}
    return a_schedule(
        schedule_id=schedule_id, cadence=Cron(expression), next_fire_at=fields["fire_at"], **fields
    )


def slot(key: str, schedule_id: str, ends: datetime | None) -> Slot:
    return Slot(
        key=key,
        tenant_id="acme",
        run_id=f"R-{schedule_id}",
        schedule_id=schedule_id,
        since=after(-5),
        expected_end_at=ends,
    )


def waiting(schedule_id: str, trigger: Trigger = Trigger.SCHEDULED) -> Run:
    return a_run(
        run_id=f"W-{schedule_id}", schedule_id=schedule_id, trigger=trigger, place=Place.QUEUE
    )


def starts(
    schedules: list[Schedule], held: list[Slot], line: list[Run], capacity: int
) -> list[tuple[str, float, float | None]]:
    """Of each fire time that runs: its schedule, when it is due and when it starts, in minutes."""
    floor = Floor(settings=Settings(capacity=capacity), slots=held)
    waits = [Waiting(run, timedelta(minutes=1)) for run in line]
    going_on = under_way(floor, waits, NOON)
    forecast = Forecast(schedules, NOON, 1, Pool(capacity=capacity), current=going_on)
    found = planned(forecast, range(len(schedules)))
    return [
        (each.schedule_id, minutes(each.due_at), minutes(each.start_at))
        for each in found
        if each.outcome is Expected.RUN
    ]


def minutes(at: datetime | None) -> float:
    assert at is not None
    return (at - NOON) / timedelta(minutes=1)


def test_with_nothing_under_way_it_is_the_plain_forecast() -> None:
    assert starts([one("a")], [], [], 1)[:2] == [("a", 10, 10), ("a", 20, 20)]


def test_a_taken_slot_keeps_others_waiting() -> None:
    held = [slot("000", "x", after(900))]
    assert starts([one("a")], held, [], 1)[0] == ("a", 10, 15)
    assert starts([one("a")], held, [], 2)[0] == ("a", 10, 10)


def test_a_slot_of_which_nothing_is_known_is_taken_for_the_usual_time() -> None:
    held = [slot("000", "x", None)]
    assert starts([one("a", "* * * * *", fire_at=after(0))], held, [], 1)[0] == ("a", 0, 1)


def test_what_waits_comes_before_what_comes_later() -> None:
    held = [slot("000", "x", after(570))]
    line = [waiting("p"), waiting("q")]
    assert starts([one("a")], held, line, 1)[0] == ("a", 10, 11.5)


def test_nobody_overlaps_their_own_run_though_another_slot_is_free() -> None:
    held = [slot("000", "a", after(1500))]
    # :10 and :20 are one run, which starts as the one at work ends.
    assert starts([one("a")], held, [], 2)[:2] == [("a", 25, 25), ("a", 30, 30)]
    skips = one("a", when_busy=WhenBusy.SKIP)
    assert starts([skips], held, [], 2)[0] == ("a", 30, 30)


def test_fire_times_while_their_own_run_waits_are_counted_on_it() -> None:
    held = [slot("000", "x", after(1260))]
    assert starts([one("a")], held, [waiting("a")], 1)[0] == ("a", 30, 30)
    by_hand = [waiting("a", Trigger.MANUAL)]
    assert starts([one("a")], held, by_hand, 1)[0] == ("a", 10, 22)


def test_an_interval_from_completion_counts_from_the_end_of_the_run_at_work() -> None:
    held = [slot("000", "a", after(300))]
    interval = a_schedule(schedule_id="a", cadence=Interval(600), average_duration_seconds=60.0)
    assert starts([interval], held, [], 1)[:2] == [("a", 15, 15), ("a", 26, 26)]


def test_two_slots_are_taken_until_the_last_that_each_serves() -> None:
    held = [slot("000", "x", after(600)), slot("001", "y", after(1200))]
    line = [waiting("p"), waiting("q")]
    # `p` and `q` have the first slot until :12, so `a` comes then.
    assert starts([one("a")], held, line, 2)[0] == ("a", 10, 12)
