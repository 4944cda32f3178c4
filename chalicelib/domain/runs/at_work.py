"""What a schedule knows of its runs at work: so many hold slots, and none overlaps another."""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.runs.arming import disarm
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.schedule import Schedule


def with_run_at_work(schedule: Schedule, run: Run, now: datetime) -> Schedule:
    """The schedule as this run takes a slot.

    The next fire time of an interval measured from completion goes: the end of the run sets it
    anew. A fire time that has come already, and only waits for its jitter, stays.
    """
    if run.forced:
        after = replace(schedule, forced_at_work=schedule.forced_at_work + 1)
    else:
        after = replace(schedule, working_run_id=run.run_id)
    is_ahead = after.fire_at is not None and after.fire_at > now
    return disarm(after) if after.measures_from_completion and is_ahead else after


def without_run_at_work(schedule: Schedule, run_id: str, *, forced: bool) -> Schedule:
    """The schedule as that run gives its slot back; as it was, if it did not know of the run."""
    if forced:
        return replace(schedule, forced_at_work=max(schedule.forced_at_work - 1, 0))
    if schedule.working_run_id != run_id:
        return schedule
    return replace(schedule, working_run_id=None)
