"""Explaining looks at a bounded number of records, whatever exists."""

from chalicelib.engine.outlook.explanation import explain
from chalicelib.platform.clock import SystemClock
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb.transaction import Transaction
from tests.builders import NOON, a_run, a_schedule
from tests.engine.seams import RUNNING, SCHEDULE_ID, set_up
from tests.harness import Stack


def test_no_more_than_a_hundred_runs_ahead_are_looked_at(stack: Stack) -> None:
    stack.clock.set(NOON)
    set_up(stack, a_schedule(schedule_id=SCHEDULE_ID, priority=0), RUNNING)
    for number in range(103):
        transaction = Transaction(stack.clock)
        run_table.put(transaction, a_run(run_id=f"A{number:03d}", schedule_id=f"S{number:03d}"))
        transaction.commit()
    waiting = a_schedule(schedule_id="01WAITING", fire_at=NOON, next_fire_at=NOON, priority=0)
    schedule_table.create(waiting, SystemClock())

    reasons = {reason.code: reason for reason in explain(stack.system, waiting, NOON).reasons}
    assert reasons["expected_wait"].data["ahead"] == 100
