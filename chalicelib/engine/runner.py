"""The runner: starts a claimed run's target once, sees it through, and frees the slot."""

import traceback
import uuid
from contextlib import nullcontext
from datetime import timedelta

from chalicelib import events
from chalicelib.domain import run as runs
from chalicelib.domain.run import FailureReason, Run
from chalicelib.domain.schedule import Schedule
from chalicelib.domain.settle import Outcome
from chalicelib.domain.slots import Settings
from chalicelib.engine import claims, settling
from chalicelib.engine.attempt import Attempt
from chalicelib.engine.supervisor import supervised
from chalicelib.errors import LostRace
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, TimedOut
from chalicelib.queues import RunMessage
from chalicelib.store import conditions
from chalicelib.store import floor as stored_floor
from chalicelib.store import runs as stored_runs
from chalicelib.store import schedules as stored_schedules
from chalicelib.system import System
from chalicelib.targets import resolve

#: What is left of a Lambda's time when its run must be over: for the last writes.
MARGIN = timedelta(seconds=20)


def run_message(system: System, message: RunMessage, remaining: timedelta) -> None:
    """Work off one message of the run queue; `remaining` is what the Lambda's time leaves.

    A message whose claim is not in force any more (started before, reaped, ended) does nothing.
    """
    run = _start(system, message)
    if run is None:
        events.info("start_lost", run_id=message.run_id, token=message.token)
        return
    settings = stored_floor.read(system.config.capacity).settings
    ended = _work(system, run, settings, remaining)
    if ended is None:
        events.warn("finish_lost", run_id=run.run_id, token=run.token)
    hand_on(system)


def hand_on(system: System) -> None:
    """Give the slot that has just become free to whoever waits, at once."""
    floor = stored_floor.read(system.config.capacity)
    claims.claim_waiting(system, floor, system.clock.now())


def _start(system: System, message: RunMessage) -> Run | None:
    run = stored_runs.find(message.tenant_id, message.run_id)
    if run is None or run.status is not runs.RunStatus.CLAIMED or run.token != message.token:
        return None
    started = runs.start(run, uuid.uuid4().hex[:12], system.clock.now())
    try:
        return stored_runs.replace(
            run, started, conditions.run_is_claimed(message.token), system.clock
        )
    except LostRace:
        return _if_mine(started)


def _if_mine(started: Run) -> Run | None:
    """The run, if it was this very invocation that started it.

    The answer to the write may have got lost on the way, and the client's own second try then
    finds the run started: by us.
    """
    stored = stored_runs.find(started.tenant_id, started.run_id)
    if stored is None or stored.status is not runs.RunStatus.RUNNING:
        return None
    same = (stored.token, stored.started_by) == (started.token, started.started_by)
    return stored if same else None


def _work(system: System, run: Run, settings: Settings, remaining: timedelta) -> Run | None:
    schedule = stored_schedules.find(run.tenant_id, run.schedule_id)
    if schedule is None:
        outcome = Outcome(cancelled=True, message="Its schedule was deleted.")
        return settling.finish(system, run, outcome, settings, system.clock.now())
    now = system.clock.now()
    deadline = now + min(timedelta(seconds=schedule.timeout_seconds), remaining - MARGIN)
    attempt = Attempt(system, run, deadline, settings)
    context = JobContext(run, deadline, system.clock, attempt)
    outcome = _perform(system, schedule, attempt, context)
    attempt.close()
    if isinstance(attempt.stop, LeaseLost):
        return None
    return settling.finish(system, attempt.run, outcome, settings, system.clock.now())


def _perform(system: System, schedule: Schedule, attempt: Attempt, context: JobContext) -> Outcome:
    """Run the target and say how it ended. What it raises never gets past this point."""
    reason: FailureReason | None = None
    message: str | None = None
    retry_after = None
    try:
        with supervised(attempt) if system.supervised else nullcontext():
            resolve(system, schedule, attempt.run).run(context)
            attempt.tend()
    except (Cancelled, LeaseLost):
        pass
    except TimedOut as stop:
        reason, message = FailureReason.TIMEOUT, str(stop)
    except BudgetExceeded as stop:
        reason, message = FailureReason.BUDGET_EXCEEDED, str(stop)
    except Fail as failure:
        reason, message, retry_after = failure.reason, str(failure), failure.retry_after
    except (Exception, SystemExit) as error:
        reason, message = FailureReason.ERROR, f"{type(error).__name__}: {error}"
        attempt.say("error", message, {"traceback": traceback.format_exc(limit=-20)})
    return _outcome(attempt, context, reason, message, retry_after)


def _outcome(
    attempt: Attempt,
    context: JobContext,
    reason: FailureReason | None,
    message: str | None,
    retry_after: timedelta | None,
) -> Outcome:
    if reason is None and isinstance(attempt.stop, TimedOut):
        reason, message = FailureReason.TIMEOUT, str(attempt.stop)
    if reason is None and context.totals.errors:
        reason = FailureReason.ITEM_ERRORS
        message = f"It ended with errors in {context.totals.errors} items."
    return Outcome(
        reason=reason,
        message=message,
        cancelled=isinstance(attempt.stop, Cancelled),
        totals=context.totals.frozen(),
        steps=context.steps,
        progress=context.last_progress,
        summary=context.summary,
        retry_after=retry_after,
    )
