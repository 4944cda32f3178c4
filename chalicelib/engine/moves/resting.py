"""Runs that come to stand in a queue without having waited there: retries whose rest is over.

Also what an earlier release of Baton has queued in its own way.
"""

from datetime import datetime
from typing import Final

from chalicelib.domain.runs.run import PARTITIONS, RESTING, UNPLACED, Place, Run
from chalicelib.engine.moves import lines
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import Transaction, retry_if_lost

#: How many are put in their places by one pass; the next goes on.
MOST: Final = 200


def end_rests(system: System, now: datetime) -> list[Run]:
    """Put retries where they wait for a slot whose rest is over; answers with those in a queue."""
    return _place_each(system, run_table.rested(now, MOST), RESTING, now)


def place_earlier(system: System, now: datetime) -> tuple[list[Run], bool]:
    """Do the same with what an earlier release has put in its queue; and whether there was any.

    What cannot be read stays there until it can be.
    """
    keys = run_table.unplaced(MOST)
    runs = run_table.get_many(keys) if keys else []
    return _place_each(system, runs, UNPLACED, now), bool(keys)


def place_again(system: System, run: Run, now: datetime) -> None:
    """Put a run anew where it waits, which stood in a line and could not be read for a while."""
    retry_if_lost(lambda: _place(system, run, PARTITIONS[Place.LINE], now))


def _place_each(system: System, runs: list[Run], partition: str, now: datetime) -> list[Run]:
    placed: list[Run] = []
    for run in runs:
        with events.bound(**events.of_run(run)):
            try:
                after = retry_if_lost(lambda run=run: _place(system, run, partition, now))  # type: ignore[misc]
            except Exception:
                events.error("rest_not_ended", tenant_id=run.tenant_id, run_id=run.run_id)
                continue
        placed += [after] if after is not None else []
    return placed


def _place(system: System, seen: Run, partition: str, now: datetime) -> Run | None:
    """The run where it waits now; None if it is in that partition no more: the index may lag."""
    run = run_table.find(seen.tenant_id, seen.run_id)
    if run is None or run.partition != partition:
        return None
    schedule = schedule_table.find(run.tenant_id, run.schedule_id)
    transaction = Transaction(system.clock)
    if schedule is None:
        after = lines.alone(run)
    else:
        moved, after = lines.enter(transaction, schedule, run, now)
        schedule_table.update(transaction, schedule, moved)
    run_table.update(transaction, run, after, conditions.run_is_queued(run))
    transaction.commit()
    return after
