"""What slots and queue mean for a schedule's next run."""

from datetime import datetime, timedelta

from chalicelib.domain.deployment.floor import Floor, estimated_end, seconds_until_end
from chalicelib.domain.deployment.slots import Slot, slot_key
from chalicelib.domain.outlook.phrases import (
    ANOTHER_TENANT,
    OWN_RUN,
    capitalized,
    counted,
    listed,
    quoted,
    spoken,
)
from chalicelib.domain.outlook.situation import Reason, Situation
from chalicelib.domain.runs.schedule import WhenBusy
from chalicelib.domain.texts import say


def slot_reasons(situation: Situation) -> list[Reason]:
    """Whether there is a slot for the schedule's next run, and else how long it has to wait."""
    floor, now = situation.floor, situation.now
    own = floor.held_by(situation.schedule.schedule_id)
    if situation.pending is not None and situation.pending.holds_slot:
        return []
    if floor.free and not own and not situation.ahead:
        message = say("A slot is free now.", "Gerade ist ein Slot frei.")
        return [Reason(code="slot_free", message=message)]
    if own:
        free_in = timedelta(seconds=seconds_until_end(own, now))
        is_guess = _is_overdue(own, now)
        found = _own_run(free_in, is_guess, now)
    else:
        free_in = timedelta(seconds=floor.seconds_until_free(now))
        is_guess = not floor.free and _is_overdue(_making_room(floor), now)
        found = _taken(situation, free_in, is_guess)
    return [found, *_queue(situation, free_in, is_guess)]


def _own_run(free_in: timedelta, is_guess: bool, now: datetime) -> Reason:
    return Reason(
        code="own_run_at_work",
        message=say(
            "{own} is on a slot, and none may overlap it; it {should} end in {free_in}{guess}.",
            "{own} hat einen Slot, und keiner darf sich mit ihm überschneiden; er {should} in"
            " {free_in} enden{guess}.",
            own=capitalized(OWN_RUN),
            should=_should(is_guess),
            free_in=spoken(free_in),
            guess=_guess(is_guess),
        ),
        at=now + free_in,
        data=_guess_data(is_guess),
    )


def _taken(situation: Situation, free_in: timedelta, is_guess: bool) -> Reason:
    floor = situation.floor
    holders = [_holder(slot, situation) for slot in floor.holders]
    message = say(
        "Every slot is taken, by {holders}; one {should} be free in {free_in}{guess}.",
        "Alle Slots sind belegt, durch: {holders}; einer {should} in {free_in} frei sein{guess}.",
        holders=listed(holders),
        should=_should(is_guess),
        free_in=spoken(free_in),
        guess=_guess(is_guess),
    )
    if floor.free:
        message = say(
            "A slot is free, and others are served before it.",
            "Ein Slot ist frei, und andere kommen vor ihm an die Reihe.",
        )
    at = situation.now + free_in
    return Reason(code="slots_taken", message=message, at=at, data=_guess_data(is_guess))


def _queue(situation: Situation, free_in: timedelta, is_guess: bool) -> list[Reason]:
    """What the state of the queue means for the schedule's next run."""
    schedule, waits = situation.schedule, situation.pending is not None
    if schedule.when_busy is WhenBusy.SKIP and not waits:
        message = say(
            "If no slot is free at its fire time, that fire time is skipped.",
            "Ist zu seiner Auslösezeit kein Slot frei, dann wird sie übersprungen.",
        )
        return [Reason(code="skips_when_busy", message=message)]
    wait = free_in + situation.ahead_takes / max(situation.floor.terms.room, 1)
    when = (
        say("should start in", "sollte beginnen in")
        if waits
        else say("would wait, if it came due now, for", "würde, jetzt fällig, warten")
    )
    about = say("at least", "mindestens") if situation.more_are_ahead else say("about", "etwa")
    data = {"ahead": situation.ahead, "seconds": round(wait.total_seconds())}
    return [
        Reason(
            code="expected_wait",
            message=say(
                "{ahead} {when} {about} {wait}{guess}.",
                "{ahead} {when} {about} {wait}{guess}.",
                ahead=_ahead(situation),
                when=when,
                about=about,
                wait=spoken(wait),
                guess=_guess(is_guess),
            ),
            at=situation.now + wait,
            data={
                **data,
                **({"at_least": True} if situation.more_are_ahead else {}),
                **_guess_data(is_guess),
            },
        )
    ]


def _ahead(situation: Situation) -> str:
    """The beginning of a sentence about the wait: how many runs are served before."""
    if not situation.ahead:
        return say("It", "Er")
    runs = counted(situation.ahead, "run")
    if situation.more_are_ahead:
        return say(
            "At least {runs} are served before it, so it",
            "Mindestens {runs} kommen vor ihm an die Reihe, und er",
            runs=runs,
        )
    if situation.ahead == 1:
        return say(
            "{runs} is served before it, so it",
            "{runs} kommt vor ihm an die Reihe, und er",
            runs=runs,
        )
    return say(
        "{runs} are served before it, so it",
        "{runs} kommen vor ihm an die Reihe, und er",
        runs=runs,
    )


def _holder(slot: Slot, situation: Situation) -> str:
    if slot.tenant_id != situation.schedule.tenant_id:
        return ANOTHER_TENANT
    if slot.schedule_id == situation.schedule.schedule_id:
        return OWN_RUN
    return quoted(slot.schedule_name or "")


def _making_room(floor: Floor) -> list[Slot]:
    """The held slots whose ends let another run start."""
    counted = {slot_key(number) for number in range(floor.terms.room)}
    return [slot for slot in floor.holders if slot.key in counted]


def _is_overdue(slots: list[Slot], now: datetime) -> bool:
    """Whether the first of these to end is past its expected end, so that nobody knows when."""
    ends = [(end, slot) for slot in slots if (end := estimated_end(slot, now)) is not None]
    if not ends:
        return False
    _, first = min(ends, key=lambda each: each[0])
    return first.expected_end_at is not None and first.expected_end_at <= now


def _should(is_guess: bool) -> str:
    return say("may", "könnte") if is_guess else say("should", "sollte")


def _guess(is_guess: bool) -> str:
    if not is_guess:
        return ""
    return say(
        ", which is a guess: the run on it takes longer than expected",
        ", was geschätzt ist: der Lauf darauf dauert länger als erwartet",
    )


def _guess_data(is_guess: bool) -> dict[str, bool]:
    return {"is_guess": True} if is_guess else {}
