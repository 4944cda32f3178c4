"""Where a waiting run stands: at most one of each schedule stands in the queue of its pool.

That one is the schedule's *head*; the others stand in the schedule's own *line* and come forward
one by one. So whoever hands out a slot never meets the crowd of one busy schedule: what stands in a
queue may start at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.runs.at_work import would_overlap
from chalicelib.domain.runs.run import Place, Run, RunStatus, Trigger, order_of
from chalicelib.domain.runs.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Entered:
    """A run that has begun to wait, its schedule, and the head that goes into the line for it."""

    schedule: Schedule
    run: Run
    displaced: Run | None = None


def enter(
    schedule: Schedule, run: Run, head: Run | None, now: datetime, *, head_may_go_back: bool = True
) -> Entered:
    """Put a queued run where it waits. `head` is the schedule's head, if it has one that waits."""
    run = replace(run, pool=schedule.pool)
    if run.forced:
        return Entered(schedule, replace(run, place=Place.FORCED))
    if run.not_before is not None and run.not_before > now:
        return Entered(schedule, replace(run, place=Place.REST))
    if head is None and not would_overlap(schedule, run.trigger):
        after = replace(schedule, head_run_id=run.run_id)
        return Entered(after, replace(run, place=Place.QUEUE))
    if head is not None and head_may_go_back and order_of(run) < order_of(head):
        after = replace(_lengthened(schedule), head_run_id=run.run_id)
        return Entered(after, replace(run, place=Place.QUEUE), displaced=head)
    after = replace(schedule, head_run_id=None if head is None else head.run_id)
    return Entered(_lengthened(after), replace(run, place=Place.LINE))


def leave(schedule: Schedule, run: Run) -> Schedule:
    """The schedule as a waiting run of it waits no more, or no more where it did."""
    if run.status is not RunStatus.QUEUED:
        return schedule
    if schedule.head_run_id == run.run_id:
        return replace(schedule, head_run_id=None)
    return _shortened(schedule) if run.place is Place.LINE else schedule


def come_forward(schedule: Schedule, run: Run) -> tuple[Schedule, Run]:
    """The first of a schedule's line becomes its head."""
    after = replace(_shortened(schedule), head_run_id=run.run_id)
    return after, replace(run, place=Place.QUEUE, pool=schedule.pool)


def step_back(schedule: Schedule, head: Run) -> tuple[Schedule, Run]:
    """A head that may not start goes into the line: what keeps it is at work."""
    after = replace(_lengthened(schedule), head_run_id=None)
    return after, replace(head, place=Place.LINE)


def has_room_ahead(schedule: Schedule) -> bool:
    """Whether somebody should come forward: there is no head, and nothing of it is at work."""
    return bool(schedule.in_line) and not schedule.head_run_id and not schedule.working_run_id


def with_end_of_wait(run: Run, schedule: Schedule, now: datetime) -> Run:
    """The run as it starts to wait, with the end of its wait if it has one.

    A catch-up run may wait for ever: many of them are queued at once and wait for each other, so a
    limit counted from then would only leave the first few.
    """
    limit = schedule.queue_limit_seconds
    if limit is None or run.trigger is Trigger.CATCH_UP:
        return run
    return replace(run, queue_expires_at=now + timedelta(seconds=limit))


def _lengthened(schedule: Schedule) -> Schedule:
    return replace(schedule, in_line=schedule.in_line + 1)


def _shortened(schedule: Schedule) -> Schedule:
    return replace(schedule, in_line=max(schedule.in_line - 1, 0))
