"""The runner: starts a claimed run's target once, sees it through, and frees the slot."""

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import run_tokens, transitions
from chalicelib.domain.runs.report_rules import guarded
from chalicelib.domain.runs.reports import Report
from chalicelib.domain.runs.run import FailureReason, Run, RunStatus, Totals
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.running.attempt import Attempt
from chalicelib.engine.running.failures import Failure, failure_of
from chalicelib.engine.running.supervisor import supervised
from chalicelib.engine.system import System
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.stops import Cancelled, LeaseLost, TimedOut
from chalicelib.platform import events
from chalicelib.platform.queues import WARM_UP, RunMessage
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.targets import resolve
from chalicelib.targets.callback import Callback, Unanswered, new_callback, wants_callback

#: What is left of a Lambda's time when its run must be over: for the last writes.
MARGIN = timedelta(seconds=20)
#: How long a target that calls back may take to answer that it was asked.
LONGEST_ASKING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that was started: its schedule (None: deleted), payload, and way of calling back."""

    run: Run
    schedule: WholeSchedule | None
    payload: Mapping[str, Any] | None = None
    callback: Callback | None = None


def run_message(system: System, message: RunMessage, remaining: timedelta) -> None:
    """Work off one message of the run queue; `remaining` is what the Lambda's time leaves.

    A message whose claim is not in force any more (started before, reaped, ended) does nothing.
    """
    if message == WARM_UP:
        system.settings()  # So the first request of this process has been made, too.
        return
    with events.bound(tenant_id=message.tenant_id, run_id=message.run_id):
        work = _start(system, message)
        if work is None:
            events.info("start_lost", run_id=message.run_id, token=message.token)
            return
        with events.bound(**events.of_run(work.run)):
            settings = system.settings()
            if not _see_through(system, work, settings, remaining):
                events.warn("finish_lost", run_id=work.run.run_id, token=work.run.token)


def _start(system: System, message: RunMessage) -> StartedRun | None:
    run = run_table.find(message.tenant_id, message.run_id)
    if run is None or run.status is not RunStatus.CLAIMED or run.token != message.token:
        return None
    schedule = schedule_table.find_whole(run.tenant_id, run.schedule_id)
    payload = run_table.with_payload(run).payload_at_hand
    now = system.clock.now()
    started = transitions.start(run, uuid.uuid4().hex[:12], now)
    callback = None
    if schedule is not None and wants_callback(schedule.target):
        callback = new_callback(run, system.config.public_url)
        timeout = timedelta(seconds=schedule.timeout_seconds)
        started = transitions.await_callback(
            started, run_tokens.hash_of(callback.token), timeout, now
        )
    written = _write(system, run, started)
    return StartedRun(written, schedule, payload, callback) if written else None


def _write(system: System, claimed: Run, started: Run) -> Run | None:
    condition = conditions.run_is_claimed(claimed.token)
    try:
        return run_table.replace(claimed, started, condition, system.clock)
    except LostRace:
        return _if_mine(started)


def _if_mine(started: Run) -> Run | None:
    """The run, if it was this very invocation that started it.

    The answer to the write may get lost on the way; the client's own second try then finds the
    run started.
    """
    stored = run_table.find(started.tenant_id, started.run_id)
    if stored is None or stored.status is not RunStatus.RUNNING:
        return None
    same = (stored.token, stored.started_by) == (started.token, started.started_by)
    return stored if same else None


def _see_through(
    system: System, work: StartedRun, settings: Settings, remaining: timedelta
) -> bool:
    """Work until the run has ended or its target has it. Returns False if the claim was lost."""
    run, schedule = work.run, work.schedule
    if schedule is None or run.cancel_requested_at is not None:
        return _settle(system, work, run, Outcome(cancelled=True), settings)
    now = system.clock.now()
    longest = timedelta(seconds=schedule.timeout_seconds)
    if work.callback is not None:
        longest = min(longest, LONGEST_ASKING)
    deadline = now + min(longest, remaining - MARGIN)
    attempt = Attempt(system, run, deadline, settings)
    context = JobContext(run, deadline, system.clock, attempt)
    outcome = _perform(system, work, attempt, context)
    attempt.close()
    if outcome is None or (work.callback and _is_with_target(attempt, outcome)):
        events.info("run_handed_over", run_id=run.run_id, token=run.token)
        return True
    if isinstance(attempt.stop, LeaseLost):
        return False
    return _settle(system, work, attempt.run, outcome, settings)


def _is_with_target(attempt: Attempt, outcome: Outcome) -> bool:
    """Whether a target that calls back has the run, or may have it; then its lease decides.

    Only a target that is known not to have started gives the slot back at once.
    """
    return outcome.reason is None or attempt.stop is not None


def _settle(
    system: System, work: StartedRun, run: Run, outcome: Outcome, settings: Settings
) -> bool:
    """End the attempt and hand its slot on.

    False if the claim is lost, or its target has called back meanwhile.
    """
    demand = conditions.target_is_unheard() if work.callback else None
    now = system.clock.now()
    written = settling.finish(system, run, outcome, settings, now, demand=demand)
    if written is None:
        return False
    claiming.hand_over(system, run, written)
    return True


def _perform(
    system: System, work: StartedRun, attempt: Attempt, context: JobContext
) -> Outcome | None:
    """Run the target, and return how that ended, whatever it raises.

    None means that it was asked to start, and nobody knows whether it has.
    """
    assert work.schedule is not None
    failure = None
    try:
        with supervised(attempt) if system.supervised else nullcontext():
            asked = replace(work.run, payload=work.payload)
            resolve(system, work.schedule, asked, work.callback).run(context)
            attempt.maintain()
    except system.simulated_kills:
        raise
    except Unanswered as unknown:
        attempt.add_line("warning", str(unknown), {})
        return None
    except BaseException as error:
        failure = failure_of(error, attempt)
    return _outcome(attempt, context, failure)


def _report(attempt: Attempt, context: JobContext) -> Report:
    """What the job reported; nothing, if it has made its context unreadable."""
    report = guarded(context.report, None)
    if report is None:
        attempt.add_line("warning", "What it reported cannot be read; left out", {})
    return report or Report()


def _outcome(attempt: Attempt, context: JobContext, failure: Failure | None) -> Outcome:
    report = _report(attempt, context)
    totals = report.totals or Totals()
    if failure is None and isinstance(attempt.stop, TimedOut):
        failure = Failure(FailureReason.TIMEOUT, str(attempt.stop))
    if failure is None and totals.errors:
        message = f"It ended with errors in {totals.errors} items."
        failure = Failure(FailureReason.ITEM_ERRORS, message)
    outcome = Outcome(
        cancelled=isinstance(attempt.stop, Cancelled),
        totals=totals,
        steps=report.steps or 0,
        progress=report.progress,
        usage=report.usage,
        summary=report.summary,
        checkpoint=report.checkpoint,
        log_lines=attempt.log_lines,
    )
    if failure is None:
        return outcome
    return replace(
        outcome,
        reason=failure.reason,
        message=failure.message,
        retry_after=failure.retry_after,
    )
