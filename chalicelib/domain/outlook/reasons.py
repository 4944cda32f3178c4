"""Why a schedule will run when it will, or will not: ordered reasons for people and programs."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.outlook.phrases import counted, in_utc, spoken
from chalicelib.domain.outlook.situation import Reason, Situation, why_unusable
from chalicelib.domain.outlook.slot_reasons import slot_reasons
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus
from chalicelib.domain.texts import say
from chalicelib.domain.time.cadences import Cron, Manual
from chalicelib.domain.time.cron import zone

#: Ticks come once a minute, a little unevenly; after this long without one, something is wrong.
TICK_IS_LATE: Final = timedelta(minutes=3)


def will_run(situation: Situation) -> bool:
    """Whether a run of the schedule is on its way, or set to come."""
    pending, schedule = situation.pending, situation.schedule
    if pending is not None and not pending.is_final and _goes_on(pending, situation):
        return True
    can_fire = situation.is_active and why_unusable(schedule) is None
    return can_fire and schedule.next_fire_at is not None


def reasons(situation: Situation) -> list[Reason]:
    """Why the schedule will or will not run next, the decisive reason first."""
    unusable = why_unusable(situation.schedule) if situation.is_active else None
    found = [_status(situation, unusable), *_run(situation)]
    if situation.is_active and unusable is None:
        found += [*_time(situation), *_pressure(situation)]
    if will_run(situation):
        found += [*slot_reasons(situation), *_tick(situation)]
    return [*found, *_faults(situation), *_streak(situation)]


def _goes_on(pending: Run, situation: Situation) -> bool:
    """Whether a run that is on its way may start: what a schedule had waiting is off with it."""
    return pending.holds_slot or situation.is_active or not pending.moves_breaker


def _status(situation: Situation, unusable: str | None) -> Reason:
    schedule = situation.schedule
    if unusable is not None:
        return Reason(code="unusable", message=unusable)
    if schedule.status is ScheduleStatus.PAUSED:
        message = say(
            "It is paused: nothing fires until it is resumed.",
            "Er ist angehalten: nichts löst aus, bis er fortgesetzt wird.",
        )
        return Reason(code="paused", message=message)
    if schedule.status is ScheduleStatus.BROKEN:
        since = _since(schedule.broken_at)
        return Reason(
            code="broken",
            message=say(
                "Its breaker has switched it off{since}: {why}. Resuming it starts anew.",
                "Seine Sicherung hat ihn ausgeschaltet{since}: {why}. Fortsetzen beginnt von vorn.",
                since=since,
                why=schedule.broken_reason
                or say("too many failures in a row", "zu viele Fehlschläge in Folge"),
            ),
            at=schedule.broken_at,
            run_id=situation.failed[0].run_id if situation.failed else None,
            data={"run_ids": [run.run_id for run in situation.failed]},
        )
    message = say(
        "It is active: it fires by its cadence.", "Er ist an: er löst nach seinem Takt aus."
    )
    if schedule.is_external:
        message = say(
            "It is active: its work is done elsewhere, by whoever comes and starts a run.",
            "Er ist an: die Arbeit geschieht anderswo, durch jemanden, der kommt und einen Lauf"
            " startet.",
        )
    return Reason(code="active", message=message)


def _since(instant: datetime | None) -> str:
    return say(" since {at}", " seit {at}", at=in_utc(instant)) if instant else ""


def _run(situation: Situation) -> list[Reason]:
    run = situation.pending
    if run is None or run.is_final:
        return []
    after = _what_follows(situation.schedule)
    if run.status is not RunStatus.QUEUED:
        since = run.started_at or run.claimed_at
        message = say(
            "A run of it is under way{since}.{after}",
            "Ein Lauf von ihm arbeitet{since}.{after}",
            since=_since(since),
            after=after,
        )
        return [Reason(code="run_under_way", message=message, at=since, run_id=run.run_id)]
    if run.not_before is not None:
        message = say(
            "Attempt {attempt} of its run follows at {at}.{after}",
            "Versuch {attempt} seines Laufs folgt um {at}.{after}",
            attempt=run.attempt,
            at=in_utc(run.not_before),
            after=after,
        )
        return [Reason(code="retry_set", message=message, at=run.not_before, run_id=run.run_id)]
    message = say(
        "A run of it has waited for a slot for {waited}.{after}",
        "Ein Lauf von ihm wartet seit {waited} auf einen Slot.{after}",
        waited=spoken(situation.now - run.queued_at),
        after=after,
    )
    return [Reason(code="run_waiting", message=message, at=run.queued_at, run_id=run.run_id)]


def _what_follows(schedule: Schedule) -> str:
    """What its run that works or waits means for the next fire time."""
    if not schedule.measures_from_completion:
        return ""
    if schedule.next_fire_at is None:
        return say(
            " Its next fire time counts from the end of that run.",
            " Seine nächste Auslösezeit zählt vom Ende dieses Laufs an.",
        )
    return say(
        " If that run starts before the next fire time, that counts anew from the run's end.",
        " Beginnt dieser Lauf vor der nächsten Auslösezeit, dann zählt sie von seinem Ende an neu.",
    )


def _time(situation: Situation) -> list[Reason]:
    schedule, now = situation.schedule, situation.now
    if schedule.next_fire_at is None:
        return _no_time(situation)
    assert schedule.fire_at is not None
    found = []
    if schedule.starts_at is not None and schedule.starts_at > now:
        message = say(
            "It starts at {at}; nothing fires before.",
            "Er beginnt um {at}; vorher löst nichts aus.",
            at=in_utc(schedule.starts_at),
        )
        found.append(Reason(code="not_started", message=message, at=schedule.starts_at))
    assert schedule.next_start_at is not None
    found.append(_next_fire(schedule, schedule.fire_at, schedule.next_start_at))
    if schedule.is_external:
        found.append(_expected(schedule, schedule.next_fire_at, now))
    elif schedule.next_fire_at <= now:
        message = say(
            "It is due for {late}; the next pass takes it.",
            "Er ist seit {late} fällig; der nächste Durchgang nimmt ihn.",
            late=spoken(now - schedule.next_fire_at),
        )
        found.append(Reason(code="due", message=message, at=schedule.next_fire_at))
    if schedule.ends_at is not None:
        message = say(
            "It ends at {at}; nothing fires after{later}.",
            "Er endet um {at}; danach löst nichts aus{later}.",
            at=in_utc(schedule.ends_at),
            later=_later(schedule),
        )
        found.append(Reason(code="ends", message=message, at=schedule.ends_at))
    return found


def _expected(schedule: Schedule, until: datetime, now: datetime) -> Reason:
    """Until when somebody is waited for who does the work of the next fire time."""
    message = say(
        "Somebody is expected then, with {grace} of grace. If nobody has come by {until}, the fire"
        " time is recorded as skipped (no_show) and told in the inbox.",
        "Dann wird jemand erwartet, mit {grace} Nachsicht. Ist bis {until} niemand gekommen, wird"
        " die Auslösezeit als übersprungen vermerkt (no_show) und im Posteingang gemeldet.",
        grace=spoken(schedule.patience),
        until=in_utc(until),
    )
    if until <= now:
        message = say(
            "Nobody came by {until}; the next pass records that.",
            "Bis {until} kam niemand; der nächste Durchgang vermerkt das.",
            until=in_utc(until),
        )
    return Reason(code="expected", message=message, at=until)


def _later(schedule: Schedule) -> str:
    """What the sentence about `ends_at` adds because of jitter."""
    if not schedule.jitter:
        return ""
    return say(
        ", and what fires until then may start {jitter} later",
        ", und was bis dahin auslöst, darf {jitter} später beginnen",
        jitter=spoken(schedule.jitter),
    )


def _no_time(situation: Situation) -> list[Reason]:
    schedule, run = situation.schedule, situation.pending
    if isinstance(schedule.cadence, Manual):
        message = say(
            "It never fires by itself: somebody starts it.",
            "Er löst nie von selbst aus: jemand startet ihn.",
        )
        return [Reason(code="manual", message=message)]
    if run is not None and not run.is_final and schedule.measures_from_completion:
        return []
    message = say("It has no fire time left.", "Er hat keine Auslösezeit mehr.")
    if schedule.ends_at is not None:
        message = say(
            "It has no fire time left before its end at {at}.",
            "Er hat keine Auslösezeit mehr vor seinem Ende um {at}.",
            at=in_utc(schedule.ends_at),
        )
    return [Reason(code="ended", message=message, at=schedule.ends_at)]


def _next_fire(schedule: Schedule, fire_at: datetime, due_at: datetime) -> Reason:
    local = None
    where = ""
    if isinstance(schedule.cadence, Cron) and schedule.cadence.timezone != "UTC":
        local = fire_at.astimezone(zone(schedule.cadence.timezone))
        where = f" ({local:%Y-%m-%d %H:%M:%S} in {schedule.cadence.timezone})"
    jitter: str = ""
    if schedule.jitter:
        jitter = say(
            ", and {jitter} of jitter later it is due",
            ", und {jitter} Streuung später ist er fällig",
            jitter=spoken(schedule.jitter),
        )
    return Reason(
        code="next_fire",
        message=say(
            "Its next fire time is {at}{where}{jitter}.",
            "Seine nächste Auslösezeit ist {at}{where}{jitter}.",
            at=in_utc(fire_at),
            where=where,
            jitter=jitter,
        ),
        at=due_at,
        data={
            "fire_at": fire_at,
            "local": local.isoformat() if local else None,
            "jitter_seconds": round(schedule.jitter.total_seconds()),
        },
    )


def _pressure(situation: Situation) -> list[Reason]:
    schedule, floor, now = situation.schedule, situation.floor, situation.now
    if schedule.next_fire_at is None or schedule.fire_at is None or schedule.is_external:
        return []
    if schedule.next_fire_at > schedule.fire_at + schedule.jitter:
        message = say(
            "It was put off until {at}: somebody works interactively.",
            "Er wurde bis {at} aufgeschoben: jemand arbeitet interaktiv.",
            at=in_utc(schedule.next_fire_at),
        )
        return [Reason(code="deferred", message=message, at=schedule.next_fire_at)]
    ends = [until for until in floor.pressure.values() if until > now]
    if not ends or schedule.next_fire_at >= max(ends):
        return []
    by, most = floor.settings.pressure_delay_seconds, floor.settings.pressure_max_seconds
    message = say(
        "Somebody works interactively until {until}: what is due before is put off by {by} s at a"
        " time, {most} s at most.",
        "Jemand arbeitet bis {until} interaktiv: was vorher fällig ist, wird um jeweils {by} s"
        " aufgeschoben, höchstens um {most} s.",
        until=in_utc(max(ends)),
        by=by,
        most=most,
    )
    return [Reason(code="pressure", message=message, at=max(ends))]


def _tick(situation: Situation) -> list[Reason]:
    last, now = situation.floor.last_tick_at, situation.now
    if last is None or now - last <= TICK_IS_LATE:
        return []
    message = say(
        "The minute pass was last here {ago} ago; nothing fires without it.",
        "Der letzte Durchgang war vor {ago}; ohne ihn löst nichts aus.",
        ago=spoken(now - last),
    )
    return [Reason(code="tick_late", message=message, at=last)]


def _faults(situation: Situation) -> list[Reason]:
    return [
        Reason(
            code="not_ready",
            message=say(
                "Its target is not ready: {fault}.",
                "Sein Ziel ist nicht bereit: {fault}.",
                fault=fault,
            ),
        )
        for fault in situation.faults
    ]


def _streak(situation: Situation) -> list[Reason]:
    schedule = situation.schedule
    streak, limit = schedule.failure_streak, schedule.breaker.failures
    if not streak or not situation.is_active:
        return []
    message = say(
        "It failed {times} in a row; {limit} in a row switch it off.",
        "Er schlug {times} in Folge fehl; {limit} in Folge schalten ihn aus.",
        times=counted(streak, "time"),
        limit=limit,
    )
    if streak == 1:
        message = say(
            "It has 1 failure in a row; {limit} in a row switch it off.",
            "Er schlug zuletzt fehl; {limit} Fehlschläge in Folge schalten ihn aus.",
            limit=limit,
        )
    return [Reason(code="failure_streak", message=message, data={"streak": streak, "limit": limit})]
