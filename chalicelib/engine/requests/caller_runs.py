"""Runs whose work is done by whoever asked for them: they start them, and call back.

A run that got its slot at once is started at once. One that had to wait is started by its caller,
who asks again until it has its slot. A caller that does not come back for its slot loses it soon.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain.errors import Conflict, LostRace
from chalicelib.domain.runs import run_tokens, transitions
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import ScheduleStatus
from chalicelib.domain.runs.settle import off_reason
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import MOST_TRIES


@dataclass(frozen=True, slots=True)
class CallerRun:
    """A run, and the token that its caller calls back with: None while the run still waits."""

    run: Run
    token: str | None


def caller_id(key: str | None) -> str:
    """Who a caller is, by the idempotency key that it repeats its requests with.

    Without a key it is somebody else each time.
    """
    if key is None:
        return secrets.token_hex(6)
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def start(system: System, tenant_id: str, run_id: str, caller: str) -> CallerRun:
    """Start the run for its caller, if it has its slot by now.

    Who has started it before, and has not got the answer, gets another token for it. Raises
    `NotFound`, and `Conflict` for a run that is not for its caller, has ended, was started by
    another one, or may not start any more as its schedule is off.
    """
    for _ in range(MOST_TRIES):
        run = run_table.get(tenant_id, run_id)
        if not run.for_caller:
            raise Conflict("The run is not one whose caller does the work.")
        if run.is_final:
            raise Conflict(f"The run has ended: {run.skip_reason or run.status}.")
        if run.status is RunStatus.QUEUED:
            return CallerRun(run, None)
        if run.status is RunStatus.RUNNING and run.started_by != caller:
            raise Conflict("Somebody else has started the run.")
        try:
            return _start(system, run, caller)
        except LostRace:
            continue
    raise LostRace("The run changes all the time.")


def _end_unstarted(system: System, run: Run, after: Run) -> None:
    """End a run that has its slot and does not start, and hand that slot on."""
    written = settling.end_unstarted(system, run, after)
    if written is not None:
        claiming.hand_over(system, run, written)


def _start(system: System, run: Run, caller: str) -> CallerRun:
    token, now = run_tokens.issue(run), system.clock.now()
    if run.status is RunStatus.RUNNING:
        after = transitions.also_await(run, run_tokens.hash_of(token))
        condition = conditions.run_is_held(run) & conditions.tokens_are_unchanged(run)
    else:
        schedule = schedule_table.get(run.tenant_id, run.schedule_id)
        if schedule.status is not ScheduleStatus.ACTIVE:
            _end_unstarted(system, run, transitions.skip(run, off_reason(schedule), now))
            raise Conflict(f"The run has ended: {off_reason(schedule)}.")
        timeout = timedelta(seconds=schedule.timeout_seconds)
        started = transitions.start(run, caller, now)
        after = transitions.await_callback(started, run_tokens.hash_of(token), timeout, now)
        condition = conditions.run_is_claimed(run.token)
    written = run_table.replace(run, after, condition, system.clock)
    events.info("run_started_by_caller", run_id=run.run_id, schedule_id=run.schedule_id)
    return CallerRun(written, token)
