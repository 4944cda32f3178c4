"""When runs that wait should start."""

from datetime import datetime, timedelta

from chalicelib.domain.deployment.slots import Slot
from chalicelib.domain.outlook.expected_starts import InLine, served
from tests.builders import NOON, after


def held(key: str, schedule_id: str, ends: datetime | None, *, forced: bool = False) -> Slot:
    return Slot(key=key, run_id="r", schedule_id=schedule_id, expected_end_at=ends, forced=forced)


def waits(schedule_id: str, seconds: float) -> InLine:
    return InLine(schedule_id, timedelta(seconds=seconds))


def test_one_after_the_other_as_the_slot_comes_free() -> None:
    line = [waits("a", 30), waits("b", 60), waits("c", 1)]
    starts = served(line, [held("000", "x", after(10))], 1, NOON).starts
    assert starts == [after(10), after(40), after(100)]


def test_a_free_slot_is_taken_at_once() -> None:
    assert served([waits("a", 30)], [], 1, NOON).starts == [NOON]


def test_two_slots_serve_two_at_a_time() -> None:
    line = [waits("a", 100), waits("b", 10), waits("c", 1)]
    slots = [held("000", "x", after(10)), held("001", "y", after(20))]
    assert served(line, slots, 2, NOON).starts == [after(10), after(20), after(30)]


def test_nobody_overlaps_a_run_of_their_own_schedule() -> None:
    line = [waits("a", 30), waits("a", 30), waits("b", 10)]
    starts = served(line, [held("000", "a", after(50))], 2, NOON).starts
    # The second slot is free, and no run of `a` may take it while one is at work.
    assert starts == [after(50), after(80), NOON]


def test_slots_beyond_a_lowered_capacity_and_forced_ones_make_no_room() -> None:
    slots = [
        held("000", "x", after(60)),
        held("001", "y", after(10)),
        held("forced-r", "z", after(5), forced=True),
    ]
    assert served([waits("a", 1)], slots, 1, NOON).starts == [after(60)]


def test_of_a_slot_that_nothing_is_known_of_nothing_is_promised() -> None:
    line = [waits("a", 1), waits("b", 1)]
    assert served(line, [held("000", "x", None)], 1, NOON).starts == [None, None]
    unknown_own = [held("000", "a", None), held("001", "y", after(9))]
    assert served(line, unknown_own, 2, NOON).starts == [None, after(9)]


def test_a_run_over_its_time_is_taken_to_need_as_long_again() -> None:
    slots = [held("000", "x", after(-20))]
    assert served([waits("a", 1)], slots, 1, NOON).starts == [after(20)]


def test_it_is_said_when_each_slot_is_free_after_them_all() -> None:
    line = [waits("a", 30), waits("b", 5)]
    slots = [held("000", "x", after(10)), held("001", "y", None)]
    assert served(line, slots, 3, NOON).free_at == [after(15), after(30)]
    unknown = served([waits("y", 1)], slots, 3, NOON)
    assert (unknown.starts, unknown.free_at) == ([None], [after(10), after(10)])
