"""Why a schedule will run when it will, or will not: ordered reasons for people and programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.history import ANOTHER_TENANT
from chalicelib.domain.outlook.phrases import counted, listed, quoted, spoken
from chalicelib.domain.outlook.phrases import in_utc as told
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WhenBusy
from chalicelib.domain.time.cadences import Cron, Manual
from chalicelib.domain.time.cron import zone

#: Ticks come once a minute; this long without one is no unevenness any more.
TICK_IS_LATE: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: a stable code for programs, a sentence for people."""

    code: str
    message: str
    at: datetime | None = None
    run_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known about a schedule at one instant."""

    schedule: Schedule
    now: datetime
    floor: Floor
    #: Its own run that has not ended, if any.
    pending: Run | None = None
    #: The failed runs that its streaks count, newest first.
    failed: Sequence[Run] = ()
    #: How many runs are served before it, or would be if it came due now, and what they take.
    ahead: int = 0
    ahead_takes: timedelta = timedelta(0)
    #: What is wrong with its target.
    faults: Sequence[str] = ()


def will_run(situation: Situation) -> bool:
    """Whether a run of it is on its way or set to come."""
    pending, schedule = situation.pending, situation.schedule
    on_its_way = pending is not None and not pending.is_final
    return on_its_way or (
        schedule.status is ScheduleStatus.ACTIVE and schedule.next_fire_at is not None
    )


def reasons(situation: Situation) -> list[Reason]:
    """Why it will or will not run next, the decisive first."""
    found = [_status(situation), *_run(situation)]
    if situation.schedule.status is ScheduleStatus.ACTIVE:
        found += [*_time(situation), *_pressure(situation)]
    if will_run(situation):
        found += [*_slots(situation), *_tick(situation)]
    return [*found, *_faults(situation), *_streak(situation)]


def _status(situation: Situation) -> Reason:
    schedule = situation.schedule
    if schedule.status is ScheduleStatus.PAUSED:
        return Reason(code="paused", message="It is paused: nothing fires until it is resumed.")
    if schedule.status is ScheduleStatus.BROKEN:
        why = schedule.broken_reason or "too many failures in a row"
        since = f" since {told(schedule.broken_at)}" if schedule.broken_at else ""
        return Reason(
            code="broken",
            message=f"Its breaker has switched it off{since}: {why}. Resuming it starts anew.",
            at=schedule.broken_at,
            run_id=situation.failed[0].run_id if situation.failed else None,
            data={"run_ids": [run.run_id for run in situation.failed]},
        )
    return Reason(code="active", message="It is active: it fires by its cadence.")


def _run(situation: Situation) -> list[Reason]:
    run = situation.pending
    if run is None or run.is_final:
        return []
    after = " Its next fire time counts from the end of that run." * _counts_from(situation)
    if run.status is not RunStatus.QUEUED:
        since = run.started_at or run.claimed_at
        message = f"A run of it is under way{f' since {told(since)}' if since else ''}.{after}"
        return [Reason(code="run_under_way", message=message, at=since, run_id=run.run_id)]
    if run.not_before is not None:
        message = f"Attempt {run.attempt} of its run follows at {told(run.not_before)}.{after}"
        return [Reason(code="retry_set", message=message, at=run.not_before, run_id=run.run_id)]
    waited = spoken(situation.now - run.queued_at)
    message = f"A run of it has waited for a slot for {waited}.{after}"
    return [Reason(code="run_waiting", message=message, at=run.queued_at, run_id=run.run_id)]


def _counts_from(situation: Situation) -> bool:
    return situation.schedule.measures_from_completion


def _time(situation: Situation) -> list[Reason]:
    schedule, now = situation.schedule, situation.now
    if schedule.next_fire_at is None:
        return _no_time(situation)
    assert schedule.fire_at is not None
    found = []
    if schedule.starts_at is not None and schedule.starts_at > now:
        message = f"It starts at {told(schedule.starts_at)}; nothing fires before."
        found.append(Reason(code="not_started", message=message, at=schedule.starts_at))
    found.append(_next_fire(schedule, schedule.fire_at, schedule.next_fire_at))
    if schedule.next_fire_at <= now:
        message = f"It is due for {spoken(now - schedule.next_fire_at)}; the next pass takes it."
        found.append(Reason(code="due", message=message, at=schedule.next_fire_at))
    if schedule.ends_at is not None:
        message = f"It ends at {told(schedule.ends_at)}; nothing fires after."
        found.append(Reason(code="ends", message=message, at=schedule.ends_at))
    return found


def _no_time(situation: Situation) -> list[Reason]:
    schedule, run = situation.schedule, situation.pending
    if isinstance(schedule.cadence, Manual):
        return [Reason(code="manual", message="It never fires by itself: somebody starts it.")]
    if run is not None and not run.is_final and schedule.measures_from_completion:
        return []
    message = "It has no fire time left."
    if schedule.ends_at is not None:
        message = f"It has no fire time left before its end at {told(schedule.ends_at)}."
    return [Reason(code="ended", message=message, at=schedule.ends_at)]


def _next_fire(schedule: Schedule, fire_at: datetime, due_at: datetime) -> Reason:
    local = None
    where = ""
    if isinstance(schedule.cadence, Cron) and schedule.cadence.timezone != "UTC":
        local = fire_at.astimezone(zone(schedule.cadence.timezone))
        where = f" ({local:%Y-%m-%d %H:%M:%S} in {schedule.cadence.timezone})"
    jitter = f", and {spoken(schedule.jitter)} of jitter later it is due" * bool(schedule.jitter)
    return Reason(
        code="next_fire",
        message=f"Its next fire time is {told(fire_at)}{where}{jitter}.",
        at=due_at,
        data={
            "fire_at": fire_at,
            "local": local.isoformat() if local else None,
            "jitter_seconds": round(schedule.jitter.total_seconds()),
        },
    )


def _pressure(situation: Situation) -> list[Reason]:
    schedule, floor, now = situation.schedule, situation.floor, situation.now
    if schedule.next_fire_at is None or schedule.fire_at is None:
        return []
    if schedule.next_fire_at != schedule.fire_at + schedule.jitter:
        message = (
            f"It was put off until {told(schedule.next_fire_at)}: somebody works interactively."
        )
        return [Reason(code="deferred", message=message, at=schedule.next_fire_at)]
    ends = [until for until in floor.pressure.values() if until > now]
    if not ends or schedule.next_fire_at >= max(ends):
        return []
    by, most = floor.settings.pressure_delay_seconds, floor.settings.pressure_max_seconds
    message = (
        f"Somebody works interactively until {told(max(ends))}: what is due before is put off"
        f" by {by} s at a time, {most} s at most."
    )
    return [Reason(code="pressure", message=message, at=max(ends))]


def _slots(situation: Situation) -> list[Reason]:
    floor, now = situation.floor, situation.now
    if situation.pending is not None and situation.pending.holds_slot:
        return []
    if floor.free and not situation.ahead:
        return [Reason(code="slot_free", message="A slot is free now.")]
    holders = [_holder(slot, situation.schedule.tenant_id) for slot in floor.holders]
    free_in = timedelta(seconds=floor.seconds_until_free(now))
    message = f"Every slot is taken, by {listed(holders)}; one should be free in {spoken(free_in)}."
    if floor.free:
        message = "A slot is free, and others are served before it."
    found = [Reason(code="slots_taken", message=message, at=now + free_in)]
    return found + _queue(situation, free_in)


def _queue(situation: Situation, free_in: timedelta) -> list[Reason]:
    """What the state of the queue means for it."""
    schedule, waits = situation.schedule, situation.pending is not None
    if schedule.when_busy is WhenBusy.SKIP and not waits:
        message = "If no slot is free at its fire time, that fire time is skipped."
        return [Reason(code="skips_when_busy", message=message)]
    wait = free_in + situation.ahead_takes / max(situation.floor.settings.capacity, 1)
    verb = "is" if situation.ahead == 1 else "are"
    ahead = f"{counted(situation.ahead, 'run')} {verb} served before it, so it"
    start = ahead if situation.ahead else "It"
    when = "should start in about" if waits else "would wait, if it came due now, for about"
    return [
        Reason(
            code="expected_wait",
            message=f"{start} {when} {spoken(wait)}.",
            at=situation.now + wait,
            data={"ahead": situation.ahead, "seconds": round(wait.total_seconds())},
        )
    ]


def _holder(slot: Slot, tenant_id: str) -> str:
    return quoted(slot.schedule_name or "") if slot.tenant_id == tenant_id else ANOTHER_TENANT


def _tick(situation: Situation) -> list[Reason]:
    last, now = situation.floor.last_tick_at, situation.now
    if last is None or now - last <= TICK_IS_LATE:
        return []
    message = f"The minute pass was last here {spoken(now - last)} ago; nothing fires without it."
    return [Reason(code="tick_late", message=message, at=last)]


def _faults(situation: Situation) -> list[Reason]:
    return [
        Reason(code="not_ready", message=f"Its target is not ready: {fault}.")
        for fault in situation.faults
    ]


def _streak(situation: Situation) -> list[Reason]:
    schedule = situation.schedule
    streak, limit = schedule.failure_streak, schedule.breaker.failures
    if not streak or schedule.status is not ScheduleStatus.ACTIVE:
        return []
    message = f"It failed {counted(streak, 'time')} in a row; {limit} in a row switch it off."
    return [Reason(code="failure_streak", message=message, data={"streak": streak, "limit": limit})]
