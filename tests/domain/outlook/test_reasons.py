"""Why a schedule will run, or will not: the reasons and their order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.reasons import reasons, will_run
from chalicelib.domain.outlook.situation import Reason, Situation
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import RunStatus, Trigger
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WhenBusy
from chalicelib.domain.time.cadences import Cron, Interval, Manual
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after

FREE = Floor(last_tick_at=NOON)


def held(*tenants: str, **settings: Any) -> Floor:
    """A floor whose slots these tenants hold for another 40 s."""
    slots = [
        Slot(
            key=f"{number:03d}",
            tenant_id=tenant,
            run_id=f"R{number}",
            schedule_id=f"S{number}",
            schedule_name=f"Crawl {number}",
            expected_end_at=after(40),
        )
        for number, tenant in enumerate(tenants)
    ]
    settings = {"capacity": len(tenants), **settings}
    return Floor(settings=Settings(**settings), slots=slots, last_tick_at=NOON)


def armed(**changes: Any) -> Schedule:
    return arm(a_schedule(**changes), NOON)


def situation(schedule: Schedule | None = None, **changes: Any) -> Situation:
    known = {"schedule": schedule or armed(), "now": NOON, "floor": FREE, **changes}
    return Situation(**known)


def codes(at: Situation) -> list[str]:
    return [reason.code for reason in reasons(at)]


def reason(at: Situation, code: str) -> Reason:
    (found,) = [each for each in reasons(at) if each.code == code]
    return found


def test_an_active_schedule_with_a_free_slot_runs_next_at_its_fire_time() -> None:
    at = situation()
    assert codes(at) == ["active", "next_fire", "slot_free"]
    assert will_run(at)
    assert reason(at, "next_fire").at == after(300)


def test_the_fire_time_comes_with_its_local_time_and_its_jitter() -> None:
    schedule = armed(cadence=Cron("0 3 * * *", "Europe/Berlin"), jitter_seconds=600)
    found = reason(situation(schedule), "next_fire")
    assert "2026-03-02 02:00:00 UTC (2026-03-02 03:00:00 in Europe/Berlin)" in found.message
    assert "of jitter later" in found.message
    assert found.at == schedule.next_fire_at
    assert found.data["local"] == "2026-03-02T03:00:00+01:00"
    assert found.data["jitter_seconds"] == schedule.jitter.total_seconds() > 0


def test_a_paused_one_says_so_and_nothing_of_slots() -> None:
    at = situation(armed(status=ScheduleStatus.PAUSED))
    assert (codes(at), will_run(at)) == (["paused"], False)


def test_a_broken_one_says_why_when_and_after_which_runs() -> None:
    failed = [a_run_that_is(RunStatus.FAILED, run_id=key) for key in ("R3", "R2", "R1")]
    broken = armed(
        status=ScheduleStatus.BROKEN, broken_reason="3 failures in a row", broken_at=after(-60)
    )
    found = reason(situation(broken, failed=failed), "broken")
    assert found.message == (
        "Its breaker has switched it off since 2026-03-01 11:59:00 UTC: 3 failures in a row."
        " Resuming it starts anew."
    )
    assert (found.at, found.run_id) == (after(-60), "R3")
    assert found.data["run_ids"] == ["R3", "R2", "R1"]


def test_a_manual_one_waits_for_somebody() -> None:
    at = situation(armed(cadence=Manual()))
    assert (codes(at), will_run(at)) == (["active", "manual"], False)


def test_one_at_its_end_has_no_fire_time_left() -> None:
    at = situation(armed(ends_at=after(10)))
    assert (codes(at), will_run(at)) == (["active", "ended"], False)
    assert reason(at, "ended").at == after(10)


def test_before_its_start_and_towards_its_end() -> None:
    at = situation(armed(starts_at=after(600), ends_at=after(6000)))
    assert codes(at) == ["active", "not_started", "next_fire", "ends", "slot_free"]
    assert reason(at, "next_fire").at == after(600)


def test_a_fire_time_that_has_come_waits_for_the_pass() -> None:
    at = situation(now=after(330), floor=Floor(last_tick_at=after(300)))
    assert reason(at, "due").message == "It is due for 30 s; the next pass takes it."


def test_an_interval_from_completion_waits_for_its_run() -> None:
    run = a_run_that_is(RunStatus.RUNNING)
    schedule = a_schedule(cadence=Interval(600), pending_run_id=run.run_id)
    at = situation(schedule, pending=run)
    assert (codes(at), will_run(at)) == (["active", "run_under_way"], True)
    assert reason(at, "run_under_way").message.endswith("counts from the end of that run.")


def test_an_interval_from_completion_may_move_with_a_run_that_waits() -> None:
    run = a_run(trigger=Trigger.MANUAL)
    at = situation(armed(cadence=Interval(600)), pending=run)
    assert "If that run starts before the next fire time" in reason(at, "run_waiting").message


@pytest.mark.parametrize(
    ("status", "since", "time"),
    [(RunStatus.CLAIMED, 1, "12:00:01 UTC"), (RunStatus.RUNNING, 2, "12:00:02 UTC")],
)
def test_a_run_under_way_says_since_when(status: RunStatus, since: int, time: str) -> None:
    found = reason(situation(pending=a_run_that_is(status)), "run_under_way")
    assert found.message == f"A run of it is under way since 2026-03-01 {time}."
    assert (found.at, found.run_id) == (after(since), "01RUN")


def test_a_waiting_run_says_how_long_it_has_and_is_expected_to() -> None:
    at = situation(
        now=after(20),
        pending=a_run(),
        floor=held("acme"),
        ahead=2,
        ahead_takes=timedelta(seconds=90),
    )
    assert codes(at) == ["active", "run_waiting", "next_fire", "slots_taken", "expected_wait"]
    assert "has waited for a slot for 20 s" in reason(at, "run_waiting").message
    wait = reason(at, "expected_wait")
    assert wait.message == "2 runs are served before it, so it should start in about 1 min 50 s."
    assert (wait.at, wait.data) == (after(20 + 110), {"ahead": 2, "seconds": 110})


def test_one_run_ahead_is_one_in_words() -> None:
    seconds = timedelta(seconds=30)
    at = situation(pending=a_run(), floor=held("acme"), ahead=1, ahead_takes=seconds)
    message = reason(at, "expected_wait").message
    assert message == "1 run is served before it, so it should start in about 1 min 10 s."


def test_slots_name_own_holders_and_hide_those_of_others() -> None:
    message = reason(situation(floor=held("acme", "globex")), "slots_taken").message
    assert message == (
        "Every slot is taken, by “Crawl 0” and another tenant's run; one should be free in 40 s."
    )


def test_one_that_skips_says_so_while_the_slots_are_taken() -> None:
    at = situation(armed(when_busy=WhenBusy.SKIP), floor=held("acme"))
    assert codes(at)[-1] == "skips_when_busy"


def test_a_retry_rests_until_its_time() -> None:
    at = situation(pending=a_run(attempt=2, not_before=after(60)))
    assert reason(at, "retry_set").at == after(60)


def test_pressure_that_will_defer_and_pressure_that_has() -> None:
    floor = Floor(last_tick_at=NOON, pressure={"editor": after(400), "gone": after(-1)})
    assert reason(situation(floor=floor), "pressure").at == after(400)
    schedule = a_schedule(fire_at=NOON, next_fire_at=after(30))
    deferred = situation(schedule, floor=floor)
    assert "pressure" not in codes(deferred)
    assert reason(deferred, "deferred").at == after(30)


def test_pressure_that_ends_before_its_fire_time_does_not_matter() -> None:
    floor = Floor(last_tick_at=NOON, pressure={"editor": after(299)})
    assert "pressure" not in codes(situation(floor=floor))


@pytest.mark.parametrize(("seconds", "late"), [(180, False), (181, True)])
def test_a_tick_that_stays_away_is_a_reason(seconds: int, late: bool) -> None:
    at = situation(now=NOON, floor=Floor(last_tick_at=after(-seconds)))
    assert ("tick_late" in codes(at)) is late


def test_faults_of_the_target_and_failures_so_far_come_last() -> None:
    at = situation(armed(failure_streak=2), faults=["target.name is no registered function"])
    assert codes(at)[-2:] == ["not_ready", "failure_streak"]
    assert "2 times in a row; 3 in a row" in reason(at, "failure_streak").message


def test_more_runs_ahead_than_were_counted_are_at_least_so_many() -> None:
    at = situation(
        pending=a_run(),
        floor=held("acme"),
        ahead=100,
        ahead_takes=timedelta(seconds=100),
        more_are_ahead=True,
    )
    wait = reason(at, "expected_wait")
    assert wait.message == (
        "At least 100 runs are served before it, so it should start in at least 2 min 20 s."
    )
    assert wait.data == {"ahead": 100, "seconds": 140, "at_least": True}


def test_a_holder_past_its_expected_end_makes_the_estimate_a_guess() -> None:
    late = situation(now=after(640), floor=held("acme"), pending=a_run())
    taken, wait = reason(late, "slots_taken"), reason(late, "expected_wait")
    assert taken.message == (
        "Every slot is taken, by “Crawl 0”; one may be free in 10 min, which is a guess:"
        " the run on it takes longer than expected."
    )
    assert (taken.data, wait.data["is_guess"], wait.data["seconds"]) == (
        {"is_guess": True},
        True,
        600,
    )
    assert "about 10 min, which is a guess" in wait.message
    in_time = situation(now=after(39), floor=held("acme"), pending=a_run())
    assert "guess" not in reason(in_time, "slots_taken").message
    assert reason(in_time, "slots_taken").data == {}


def test_a_run_of_its_own_keeps_it_waiting_even_with_a_slot_free() -> None:
    own = held("acme", capacity=2)
    slot = replace(own.slots[0], schedule_id="01SCHEDULE")
    at = situation(floor=replace(own, slots=[slot]))
    assert codes(at) == ["active", "next_fire", "own_run_at_work", "expected_wait"]
    assert reason(at, "own_run_at_work").message == (
        "A run of its own is on a slot, and none may overlap it; it should end in 40 s."
    )


def test_what_waits_for_a_schedule_that_is_off_will_not_start() -> None:
    paused = armed(status=ScheduleStatus.PAUSED)
    assert not will_run(situation(paused, pending=a_run()))
    assert will_run(situation(paused, pending=a_run(trigger=Trigger.MANUAL)))
    assert will_run(situation(paused, pending=a_run_that_is(RunStatus.RUNNING)))
    assert will_run(situation(pending=a_run()))


def test_a_zone_that_is_not_known_any_more_is_why_it_does_not_fire() -> None:
    gone = a_schedule(
        cadence=Cron("*/5 * * * *", "US/Pacific-New"), fire_at=NOON, next_fire_at=NOON
    )
    at = situation(gone)
    (found,) = reasons(at)
    assert (found.code, will_run(at)) == ("unusable", False)
    assert found.message == (
        "Its time zone US/Pacific-New is not known any more; it fires again once it is."
    )
    assert codes(situation(replace(gone, status=ScheduleStatus.PAUSED))) == ["paused"]
    nonsense = replace(gone, cadence=Cron("61 * * * *"))
    assert reasons(situation(nonsense))[0].message.startswith("Its cadence cannot be used any more")


def test_an_end_says_what_jitter_adds_to_it() -> None:
    found = reason(situation(armed(ends_at=after(6000), jitter_seconds=600)), "ends")
    assert "nothing fires after, and what fires until then may start" in found.message
    plain = reason(situation(armed(ends_at=after(6000))), "ends")
    assert plain.message.endswith("; nothing fires after.")


def test_jitter_ahead_is_no_deferral() -> None:
    schedule = armed(jitter_seconds=600)
    assert "deferred" not in codes(situation(schedule))


def test_one_failure_is_not_many() -> None:
    found = reason(situation(armed(failure_streak=1)), "failure_streak")
    assert found.message == "It has 1 failure in a row; 3 in a row switch it off."
