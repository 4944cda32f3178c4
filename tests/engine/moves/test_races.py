"""Races at the seams: whatever comes between somebody's look and their write, nothing breaks.

Each race has two writers. One has looked and decided; just before its write leaves, the other does
all that it has to do. Then the late write must lose and change nothing, whoever of the two is
late. A twin of each test takes the conditions away and demands that the same race does damage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pytest

from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule, ScheduleStatus, WholeSchedule
from chalicelib.domain.time.cadences import Interval, next_fire
from chalicelib.store import floor_items
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import from_item
from chalicelib.store.dynamodb.models import ControlItem, RunItem, ScheduleItem
from tests.builders import MILLISECOND, after
from tests.engine.seams import (
    CLAIMED,
    DUE,
    JUST_BEFORE,
    NOT_STARTED,
    RESTING,
    RUNNING,
    SILENT,
    TRANSACTION,
    WAITING,
    Scene,
    Writer,
    a_cancellation,
    a_heartbeat,
    a_pass,
    a_run_by_hand,
    a_start,
    an_end,
    just_before,
    set_up,
)
from tests.harness import Stack
from tests.simulation import without
from tests.simulation.without import Without, swaps

AFTER_ITS_END: Final = replace(RESTING, cadence=Interval(60), pending_run_id="01RUN")
PAUSE: Final = Writer(TRANSACTION, lambda scene: scene.ask("POST", "/pause"))
OTHER_CADENCE: Final = {"cadence": {"type": "cron", "expression": "*/10 * * * *"}}
EDIT: Final = Writer(TRANSACTION, lambda scene: scene.ask("PATCH", body=OTHER_CADENCE))


@dataclass(frozen=True)
class Race:
    """Who meets over what, and what keeps them apart."""

    schedule: WholeSchedule
    run: Run | None
    one: Writer
    other: Writer
    without: Without
    #: Who, when late, looks again and goes on with what is there then.
    go_on: tuple[Writer, ...] = ()


NO_FIRE_GUARD: Final = swaps(
    (conditions, "schedule_is_unchanged", without.any_schedule),
    (conditions, "run_is_new", without.any_run),
    (conditions, "slot_is_free", without.any_slot),
)
NO_CLAIM_GUARD: Final = swaps(
    (conditions, "run_is_queued", without.any_run),
    (conditions, "slot_is_free", without.any_slot),
    (conditions, "schedule_is_unchanged", without.any_schedule),
)
NO_HOLD_GUARD: Final = swaps(
    (conditions, "run_is_held", without.any_run),
    (conditions, "lease_has_ended", without.any_run),
    (conditions, "slot_is_held_by", without.any_slot),
    (conditions, "schedule_is_unchanged", without.any_schedule),
)
NO_START_GUARD: Final = swaps(
    (conditions, "run_is_claimed", without.any_run),
    (conditions, "run_is_held", without.any_run),
    (conditions, "lease_has_ended", without.any_run),
    (conditions, "slot_is_held_by", without.any_slot),
)

CANCELLATION: Final = a_cancellation(1)
FIRING: Final = a_pass(0)
END: Final = an_end(JUST_BEFORE)
RACES: Final = {
    "two passes fire one fire time": Race(DUE, None, a_pass(0), a_pass(1), NO_FIRE_GUARD),
    "a firing meets an edit": Race(DUE, None, FIRING, EDIT, NO_FIRE_GUARD, go_on=(FIRING, EDIT)),
    "two passes claim one run": Race(RESTING, WAITING, a_pass(0), a_pass(1), NO_CLAIM_GUARD),
    "a claim meets a run by hand": Race(
        RESTING, WAITING, a_pass(0), a_run_by_hand(1), NO_CLAIM_GUARD
    ),
    "a claim meets a cancellation": Race(
        RESTING, WAITING, a_pass(0), CANCELLATION, NO_CLAIM_GUARD, go_on=(CANCELLATION,)
    ),
    "two messages start one claim": Race(RESTING, CLAIMED, a_start(2), a_start(3), NO_START_GUARD),
    "a start meets the reaper": Race(
        RESTING, CLAIMED, a_start(NOT_STARTED), a_pass(NOT_STARTED), NO_START_GUARD
    ),
    "a heartbeat meets the reaper": Race(
        RESTING, RUNNING, a_heartbeat(JUST_BEFORE), a_pass(SILENT), NO_HOLD_GUARD
    ),
    "an end meets the reaper": Race(RESTING, RUNNING, END, a_pass(SILENT), NO_HOLD_GUARD),
    "an end meets a pause": Race(
        AFTER_ITS_END, RUNNING, END, PAUSE, NO_HOLD_GUARD, go_on=(END, PAUSE)
    ),
    "two passes reap one holder": Race(
        RESTING, RUNNING, a_pass(SILENT), a_pass(SILENT + 1), NO_HOLD_GUARD
    ),
}
#: Race, who comes first, who is late.
CASES: Final = [
    pytest.param(race, *pair, id=f"{name}{who}")
    for name, race in RACES.items()
    for pair, who in (
        ((race.one, race.other), ""),
        ((race.other, race.one), ", the other way round"),
    )
]


def late(scene: Scene, first: Writer, second: Writer) -> list[Any]:
    """Let the second look, the first do all, and the second write; what was there in between."""
    between: list[Any] = []

    def come_first() -> None:
        first.act(scene)
        between.extend(everything())

    with just_before(second.write, come_first):
        second.act(scene)
    return between


def everything() -> list[Any]:
    """Every item of the tables that are raced for."""
    models = (ScheduleItem, RunItem, ControlItem)
    return [[item.to_dynamodb_dict() for item in model.scan()] for model in models]


def misfits() -> list[str]:
    """What does not belong together: a slot and its run, a schedule and when it is due."""
    runs = [from_item(Run, item) for item in RunItem.scan()]
    schedules = [from_item(Schedule, item) for item in ScheduleItem.scan()]
    on_slots = {(slot.run_id, slot.key, slot.token) for slot in floor_items.read(1).holders}
    holding = {(run.run_id, run.slot, run.token) for run in runs if run.holds_slot}
    odd = [each for each in schedules if each.fire_at and not may_be_due(each, each.fire_at)]
    return [str(each) for each in (*(on_slots ^ holding), *odd)]


def may_be_due(schedule: Schedule, fire_at: datetime) -> bool:
    """Whether it is on, and that is a time of its cadence, and not recorded yet."""
    of_cadence = next_fire(schedule.cadence, fire_at - MILLISECOND) == fire_at
    is_new = schedule.recorded_until is None or fire_at > schedule.recorded_until
    from_completion = schedule.measures_from_completion
    return schedule.status is ScheduleStatus.ACTIVE and is_new and (of_cadence or from_completion)


def damage(stack: Stack, race: Race, first: Writer, second: Writer) -> list[Any]:
    """What the late write has done that it must not."""
    between = late(set_up(stack, race.schedule, race.run), first, second)
    changed = [] if second in race.go_on or everything() == between else ["changed by the late"]
    return changed + misfits()


@pytest.fixture
def at_noon() -> Iterator[Stack]:
    """A deployment at the builders' noon; the clock of the API is a second behind."""
    with Stack(now=after(-1).isoformat()) as stack:
        yield stack


@pytest.mark.parametrize(("race", "first", "second"), CASES)
def test_who_is_late_does_no_damage(
    at_noon: Stack, race: Race, first: Writer, second: Writer
) -> None:
    assert damage(at_noon, race, first, second) == []


@pytest.mark.parametrize(("race", "first", "second"), CASES)
def test_without_its_conditions_who_is_late_does_damage(
    at_noon: Stack, race: Race, first: Writer, second: Writer
) -> None:
    with race.without():
        assert damage(at_noon, race, first, second) != []


def test_an_end_that_meets_an_edit_ends_its_run_all_the_same(at_noon: Stack) -> None:
    scene = set_up(at_noon, RESTING, RUNNING)
    late(scene, EDIT, END)

    (run,) = [from_item(Run, item) for item in RunItem.scan()]
    assert run.status is RunStatus.SUCCEEDED
    (schedule,) = [from_item(Schedule, item) for item in ScheduleItem.scan()]
    assert schedule.last_run is not None
