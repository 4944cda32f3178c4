"""The lines of schedules: who is first is read as it is now, whatever an index says."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.runs.run import Place, Run, Trigger
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.store import line_items
from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import a_run, a_schedule, after
from tests.store.conftest import PatientClock
from tests.store.engines import Engine, Line
from tests.store.writing import lost_by

SCHEDULE = a_schedule()


def own(run_id: str, since: float = 0, **changes: Any) -> Run:
    """A run of the scheduler's own."""
    return a_run(run_id=run_id, place=Place.LINE, queued_at=after(since), **changes)


def asked(run_id: str, since: float = 0, **changes: Any) -> Run:
    return own(run_id, since, trigger=Trigger.MANUAL, **changes)


def put(*runs: Run) -> None:
    transaction = Transaction(PatientClock())
    for run in runs:
        line_items.put(transaction, run)
    assert lost_by(transaction) == set()


def delete(run: Run) -> None:
    transaction = Transaction(PatientClock())
    line_items.delete(transaction, run)
    assert lost_by(transaction) == set()


def first(
    *but_not: str, own_too: bool = True, schedule: Schedule = SCHEDULE
) -> line_items.Standing | None:
    return line_items.first(schedule, own_too=own_too, but_not=but_not)


def name_of_first(*but_not: str, **options: Any) -> str | None:
    standing = first(*but_not, **options)
    return None if standing is None else standing.run_id


def test_nobody_is_first_in_an_empty_line() -> None:
    assert first() is None


def test_the_first_is_who_would_be_served_first() -> None:
    put(own("late", -1), asked("early", -2), asked("urgent", priority=6))
    assert name_of_first() == "urgent"
    delete(asked("urgent", priority=6))
    assert name_of_first() == "early"


def test_without_the_schedulers_own_it_is_the_first_that_somebody_asked_for() -> None:
    put(own("own", -9), asked("asked"))
    assert name_of_first() == "own"
    assert name_of_first(own_too=False) == "asked"
    delete(asked("asked"))
    assert name_of_first(own_too=False) is None


def test_those_that_move_already_are_passed_over() -> None:
    put(own("1", -3), asked("2", -2), own("3", -1))
    assert name_of_first("1") == "2"
    assert name_of_first("1", "2") == "3"
    assert name_of_first("1", "2", "3") is None


def test_every_schedule_has_a_line_of_its_own() -> None:
    put(own("1"), own("2", schedule_id="01OTHER"), own("3", tenant_id="umbrella"))
    assert name_of_first() == "1"
    assert name_of_first(schedule=a_schedule(schedule_id="01OTHER")) == "2"
    assert name_of_first(schedule=a_schedule(tenant_id="umbrella")) == "3"


def test_what_stands_for_nobody_any_more_is_dropped(engine: Engine) -> None:
    put(own("gone"), asked("asked", 5))
    standing = first()
    assert standing is not None
    line_items.drop(standing)
    line_items.drop(standing)
    assert name_of_first() == "asked"
    assert len(engine.items(ControlItem)) == 1


def test_a_run_taken_out_twice_is_out() -> None:
    put(own("1"))
    delete(own("1"))
    delete(replace(own("1")))
    assert first() is None


def test_who_is_first_is_read_consistently_and_no_more_of_the_line(line: Line) -> None:
    put(*[own(f"{n:02d}", n) for n in range(40)], *[asked(f"x{n:02d}", n) for n in range(40)])
    line.requests.clear()
    line.scanned = 0
    assert name_of_first() == "00"
    assert [(name, request["ConsistentRead"]) for name, request in line.requests] == [
        ("Query", True),
        ("Query", True),
    ]
    assert line.scanned == 2
