"""Cancelling runs: at once while they wait, by a word to the holder while they work."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.access.actors import OWNER, Actor
from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.system import System
from chalicelib.store import activity_items, run_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import retry_if_lost


def cancel(
    system: System, tenant_id: str, run_id: str, by: Actor, of_tenant: str | None = None
) -> Run:
    """Cancel a run; answers with it as it is then.

    `of_tenant` is the tenant of whoever asks, if it is not the run's: only owners may do that. The
    run's tenant gets to know that an owner did it, and no more.

    Raises `NotFound`, and `IllegalTransition` for a run that has ended.
    """
    is_own = of_tenant in (None, tenant_id)
    known_as = by if is_own else OWNER

    def once() -> Run:
        run = run_table.get(tenant_id, run_id)
        now = system.clock.now()
        activities = [_activity(tenant_id, run, known_as, now)]
        if of_tenant is not None and not is_own:
            activities.append(_activity(of_tenant, run, by, now))
        if run.for_caller and run.status is RunStatus.CLAIMED:
            return _cancel_unstarted(system, run, known_as, activities)
        if run.holds_slot:
            after = settling.tell_to_stop(system, run, known_as.name, activities)
        else:
            cancelled = transitions.cancel(run, now, known_as.name)  # raises if it has ended
            after = settling.end_waiting_on_record(system, run, cancelled, activities)
        if after is None:
            raise LostRace
        return after

    return retry_if_lost(once)


def _cancel_unstarted(system: System, run: Run, by: Actor, activities: Sequence[Activity]) -> Run:
    """End a run that its caller has not started: there is nobody to tell, and its slot is free."""
    cancelled = transitions.cancel(run, system.clock.now(), by.name)
    written = settling.end_unstarted(system, run, cancelled, activities)
    if written is None:
        raise LostRace
    claiming.hand_over(system, run, written)
    return written.run


def _activity(tenant_id: str, run: Run, by: Actor, now: datetime) -> Activity:
    """The record of who cancelled it, in the activity of that tenant."""
    details = {"schedule_id": run.schedule_id, "schedule_name": run.schedule_name}
    if tenant_id != run.tenant_id:
        details["tenant_id"] = run.tenant_id
    return activity_items.new_activity(
        tenant_id, now, actor=by, action="run_cancelled", subject=run.run_id, details=details
    )
