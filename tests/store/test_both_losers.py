"""Two writers that read the same state: the first one wins, the other loses by name, both ways."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from chalicelib.domain.deployment.slots import Slot, next_token, occupy
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import lease, transitions
from chalicelib.domain.runs.arming import advance
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.platform.clock import SystemClock
from chalicelib.store import floor_items, run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import ControlItem, RunItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, a_run_that_is, a_schedule, after
from tests.store.conftest import PatientClock
from tests.store.engines import Engine
from tests.store.writing import lost_by, store

#: One of two writers; it returns the steps that it lost.
Writer = Callable[[], set[str]]

LATE: Final = after(10_000)
DUE: Final = a_schedule(fire_at=NOON, next_fire_at=NOON)
WAITING: Final = a_run()
CLAIMED: Final = a_run_that_is(RunStatus.CLAIMED)
RUNNING: Final = a_run_that_is(RunStatus.RUNNING)


def claim(run: Run, slot: Slot) -> set[str]:
    claimed = transitions.claim(run, slot.key, next_token(slot, run), NOON, concurrent=1)
    transaction = Transaction(SystemClock())
    floor_items.occupy(transaction, slot, occupy(slot, claimed, Turn(), NOON, LATE - NOON))
    run_table.update(transaction, run, claimed, conditions.run_is_queued(run))
    return lost_by(transaction)


def cancel_waiting(run: Run) -> set[str]:
    transaction = Transaction(SystemClock())
    cancelled = transitions.cancel(run, NOON)
    run_table.update(transaction, run, cancelled, conditions.run_is_queued(run))
    return lost_by(transaction)


def finish(run: Run) -> set[str]:
    transaction = Transaction(SystemClock())
    run_table.update(transaction, run, transitions.succeed(run, LATE), conditions.run_is_held(run))
    floor_items.release(transaction, run, LATE)
    return lost_by(transaction)


def reap(run: Run) -> set[str]:
    is_over = conditions.lease_has_ended(lease.reapable_before(LATE))
    back = (
        transitions.unclaim(run)
        if run.status is RunStatus.CLAIMED
        else transitions.cancel(run, LATE)
    )
    transaction = Transaction(SystemClock())
    run_table.update(transaction, run, back, conditions.run_is_held(run) & is_over)
    floor_items.release(transaction, run, LATE)
    return lost_by(transaction)


def alone(run: Run, after_it: Run) -> set[str]:
    try:
        run_table.replace(run, after_it, conditions.run_is_held(run), PatientClock())
    except LostRace:
        return {"run"}
    return set()


def start(run: Run) -> set[str]:
    return alone(run, transitions.start(run, "worker-2", LATE))


def beat(run: Run) -> set[str]:
    return alone(run, replace(run, lease_expires_at=after(20_000)))


def fire(schedule: Schedule, run_id: str = "01RUN") -> set[str]:
    transaction = Transaction(SystemClock())
    schedule_table.update(transaction, schedule, advance(schedule))
    run_table.put(transaction, a_run(run_id=run_id))
    return lost_by(transaction)


def edit(schedule: Schedule) -> set[str]:
    transaction = Transaction(SystemClock())
    edited = replace(schedule, name="Edited", version=schedule.version + 1)
    schedule_table.update(transaction, schedule, edited)
    return lost_by(transaction)


def hold(run: Run) -> None:
    held = occupy(Slot(key=run.slot or ""), run, Turn(), NOON, LATE - NOON)
    to_item(ControlItem, replace(held, key=f"slot#{held.key}"), kind="floor").save()
    store(run)


@pytest.fixture
def world() -> None:
    """A due schedule, two waiting runs, a claimed one and a running one, each on its slot."""
    store(DUE, WAITING, a_run(run_id="01SECOND"))
    hold(replace(CLAIMED, run_id="01CLAIMED", slot="008"))
    hold(replace(RUNNING, run_id="01RUNNING", slot="009"))


ZERO, ONE = Slot(key="000"), Slot(key="001")
SECOND: Final = a_run(run_id="01SECOND")
UNSTARTED: Final = replace(CLAIMED, run_id="01CLAIMED", slot="008")
AT_WORK: Final = replace(RUNNING, run_id="01RUNNING", slot="009")
#: Two writers, and what each loses when it comes second.
PAIRS: Final[dict[str, tuple[Writer, set[str], Writer, set[str]]]] = {
    "two passes claim one run": (
        lambda: claim(WAITING, ZERO),
        {"run"},
        lambda: claim(WAITING, ONE),
        {"run"},
    ),
    "two runs claim one slot": (
        lambda: claim(WAITING, ZERO),
        {"slot"},
        lambda: claim(SECOND, ZERO),
        {"slot"},
    ),
    "two passes make the very same claim": (
        lambda: claim(WAITING, ZERO),
        {"run", "slot"},
        lambda: claim(WAITING, ZERO),
        {"run", "slot"},
    ),
    "a claim meets a cancellation": (
        lambda: claim(WAITING, ZERO),
        {"run"},
        lambda: cancel_waiting(WAITING),
        {"run"},
    ),
    "two messages start one claim": (
        lambda: start(UNSTARTED),
        {"run"},
        lambda: start(UNSTARTED),
        {"run"},
    ),
    "a start meets the reaper": (
        lambda: start(UNSTARTED),
        {"run"},
        lambda: reap(UNSTARTED),
        {"run"},
    ),
    "a heartbeat meets the reaper": (
        lambda: beat(AT_WORK),
        {"run"},
        lambda: reap(AT_WORK),
        {"run"},
    ),
    "an end meets the reaper": (
        lambda: finish(AT_WORK),
        {"run", "slot"},
        lambda: reap(AT_WORK),
        {"run", "slot"},
    ),
    "two passes fire one fire time": (
        lambda: fire(DUE, "01FIRED"),
        {"schedule", "run"},
        lambda: fire(DUE, "01FIRED"),
        {"schedule", "run"},
    ),
    "a firing meets an edit": (
        lambda: fire(DUE, "01FIRED"),
        {"schedule"},
        lambda: edit(DUE),
        {"schedule"},
    ),
}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("is_swapped", [False, True], ids=["as-told", "other-way-round"])
def test_the_first_wins_and_the_second_loses_by_name(pair: str, is_swapped: bool) -> None:
    one, one_loses, other, other_loses = PAIRS[pair]
    first, second, lost = (other, one, one_loses) if is_swapped else (one, other, other_loses)
    assert first() == set()
    assert second() == lost


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("pair", PAIRS)
def test_the_loser_changes_nothing(pair: str, engine: Engine) -> None:
    first, _, second, _ = PAIRS[pair]
    first()
    before = [engine.items(RunItem), engine.items(ControlItem)]
    second()
    assert [engine.items(RunItem), engine.items(ControlItem)] == before


@pytest.mark.usefixtures("world")
def test_a_late_end_does_not_free_the_slot_of_the_next_holder() -> None:
    """The reaper has freed the slot, and another run holds it by now."""
    assert reap(AT_WORK) == set()
    given_away = Slot(key="009", token=AT_WORK.token)
    assert claim(WAITING, given_away) == set()
    assert finish(AT_WORK) == {"run", "slot"}
    (holder,) = [slot for slot in floor_items.read(1).holders if slot.key == "009"]
    assert (holder.run_id, holder.token) == ("01RUN", AT_WORK.token + 1)
