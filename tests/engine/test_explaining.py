"""Explaining looks at a bounded number of records, whatever exists."""

from chalicelib.engine.explaining import explain
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.store.transaction import Transaction
from tests.builders import NOON, a_run, a_schedule
from tests.engine.seams import RUNNING, SCHEDULE_ID, set_up
from tests.harness import Stack


def test_no_more_than_a_hundred_runs_ahead_are_looked_at(stack: Stack) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    for number in range(103):
        transaction = Transaction(stack.clock)
        stored_runs.put(transaction, a_run(run_id=f"A{number:03d}", schedule_id=f"S{number:03d}"))
        transaction.commit()
    waiting = a_schedule(schedule_id="01WAITING", fire_at=NOON, next_fire_at=NOON, priority=0)
    stored_schedules.create(waiting)

    reasons = {reason.code: reason for reason in explain(stack.system, waiting, NOON).reasons}
    assert reasons["expected_wait"].data["ahead"] == 100
