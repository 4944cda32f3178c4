"""Cancelling runs: at once while they wait, by a word to the holder while they work."""

from datetime import datetime

from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.moves import settling
from chalicelib.engine.system import System
from chalicelib.store import activity_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import retry_if_lost


def cancel(system: System, tenant_id: str, run_id: str, by: str) -> Run:
    """Cancel a run; answers with it as it is then.

    Raises `NotFound`, and `IllegalTransition` for a run that has ended.
    """

    def once() -> Run:
        run = run_table.get(tenant_id, run_id)
        cancel_it = tell_to_stop if run.holds_slot else _cancel_waiting
        after = cancel_it(system, run, by)
        if after is None:
            raise LostRace
        activity_items.record(_activity(after, by, system.clock.now()))
        return after

    return retry_if_lost(once)


def _activity(run: Run, by: str, now: datetime) -> Activity:
    """The record of who cancelled it."""
    return activity_items.new_activity(
        run.tenant_id,
        now,
        actor=by,
        action="run_cancelled",
        subject=run.run_id,
        details={"schedule_id": run.schedule_id, "schedule_name": run.schedule_name},
    )


def tell_to_stop(system: System, run: Run, by: str) -> Run | None:
    """Leave the word for the run's holder; None if it has changed meanwhile."""
    asked = transitions.request_cancel(run, by, system.clock.now())
    try:
        return run_table.replace(run, asked, conditions.run_is_held(run), system.clock)
    except LostRace:
        return None


def _cancel_waiting(system: System, run: Run, by: str) -> Run | None:
    now = system.clock.now()
    settings = system.floor().settings
    if run.status is not RunStatus.QUEUED:
        return transitions.cancel(run, now, by)  # raises: it has ended
    return settling.end_waiting(system, run, transitions.cancel(run, now, by), settings, now)
