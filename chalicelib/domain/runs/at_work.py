"""What a schedule knows of its runs at work: so many hold slots, and none overlaps another."""

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.runs.arming import disarm
from chalicelib.domain.runs.run import OWN_TRIGGERS, CountedAs, Run, Trigger
from chalicelib.domain.runs.schedule import Schedule


def would_overlap(schedule: Schedule, trigger: Trigger) -> bool:
    """Whether a run of the schedule would overlap one that is at work.

    Two unforced runs never overlap. A forced run keeps those waiting that the schedule makes by
    itself, and none that a person asks for.
    """
    if schedule.working_run_id is not None:
        return True
    return schedule.forced_at_work > 0 and trigger in OWN_TRIGGERS


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


def with_run_waiting(schedule: Schedule) -> Schedule:
    """The schedule as a run that somebody asked for is put in the queue."""
    return replace(schedule, waiting_by_hand=schedule.waiting_by_hand + 1)


def without_run_waiting(schedule: Schedule, before: Run, after: Run) -> Schedule:
    """The schedule as a run of it changes, which may have counted as waiting until now."""
    waits = [run.counted_as is CountedAs.WAITING for run in (before, after)]
    if waits != [True, False]:
        return schedule
    return replace(schedule, waiting_by_hand=max(schedule.waiting_by_hand - 1, 0))


def without_run_at_work(schedule: Schedule, run_id: str, *, forced: bool) -> Schedule:
    """The schedule as that run gives its slot back; as it was, if it did not know of the run."""
    if forced:
        return replace(schedule, forced_at_work=max(schedule.forced_at_work - 1, 0))
    if schedule.working_run_id != run_id:
        return schedule
    return replace(schedule, working_run_id=None)
