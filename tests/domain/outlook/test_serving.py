"""When runs that wait should start."""

from datetime import datetime, timedelta

from chalicelib.domain.deployment.floor import Floor
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.serving import Waiting, serve
from chalicelib.domain.runs.run import Place
from tests.builders import NOON, a_run, after


def held(key: str, schedule_id: str, ends: datetime | None, *, forced: bool = False) -> Slot:
    return Slot(key=key, run_id="r", schedule_id=schedule_id, expected_end_at=ends, forced=forced)


def waits(schedule_id: str, seconds: float, place: Place = Place.QUEUE, turn: int = 0) -> Waiting:
    """One that waits; of one tenant, those with an earlier turn come first."""
    run = a_run(
        run_id=f"{schedule_id}{turn}", schedule_id=schedule_id, queued_at=after(turn), place=place
    )
    return Waiting(run, timedelta(seconds=seconds))


def starts(line: list[Waiting], slots: list[Slot], capacity: int) -> dict[str, datetime | None]:
    floor = Floor(settings=Settings(capacity=capacity), slots=slots)
    return {each.run.run_id: each.start_at for each in serve(floor, line, NOON)}


def test_one_after_the_other_as_the_slot_comes_free() -> None:
    line = [waits("a", 30), waits("b", 60, turn=1), waits("c", 1, turn=2)]
    found = starts(line, [held("000", "x", after(10))], 1)
    assert found == {"a0": after(10), "b1": after(40), "c2": after(100)}


def test_a_free_slot_is_taken_at_once() -> None:
    assert starts([waits("a", 30)], [], 1) == {"a0": NOON}


def test_two_slots_serve_two_at_a_time() -> None:
    line = [waits("a", 100), waits("b", 10, turn=1), waits("c", 1, turn=2)]
    slots = [held("000", "x", after(10)), held("001", "y", after(20))]
    assert starts(line, slots, 2) == {"a0": after(10), "b1": after(20), "c2": after(30)}


def test_who_waits_in_a_line_comes_forward_as_the_run_before_it_ends() -> None:
    line = [waits("a", 30, Place.LINE), waits("a", 30, Place.LINE, turn=1), waits("b", 10)]
    found = starts(line, [held("000", "a", after(50))], 2)
    # The second slot is free, and no run of `a` may take it while one is at work.
    assert found == {"b0": NOON, "a0": after(50), "a1": after(80)}


def test_slots_beyond_a_lowered_capacity_and_forced_ones_make_no_room() -> None:
    slots = [
        held("000", "x", after(60)),
        held("001", "y", after(10)),
        held("forced-r", "z", after(5), forced=True),
    ]
    assert starts([waits("a", 1)], slots, 1) == {"a0": after(60)}


def test_of_a_slot_that_nothing_is_known_of_nothing_is_promised() -> None:
    line = [waits("a", 1), waits("b", 1)]
    assert starts(line, [held("000", "x", None)], 1) == {"a0": None, "b0": None}


def test_a_run_over_its_time_is_taken_to_need_as_long_again() -> None:
    assert starts([waits("a", 1)], [held("000", "x", after(-20))], 1) == {"a0": after(20)}
