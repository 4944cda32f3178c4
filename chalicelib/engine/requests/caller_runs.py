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
from chalicelib.domain.runs.settle import Outcome
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


def caller_id(tenant_id: str, key: str | None) -> str:
    """Who a caller is, by the idempotency key that it repeats its requests with.

    Without a key it is somebody else each time.
    """
    if key is None:
        return secrets.token_hex(6)
    return hashlib.sha256(f"{tenant_id}\n{key}".encode()).hexdigest()[:24]


def start(system: System, tenant_id: str, run_id: str, caller: str) -> CallerRun:
    """Start the run for its caller, if it has its slot by now.

    Who has started it before, and has not got the answer, gets another token for it. Raises
    `NotFound`, and `Conflict` for a run that is not for its caller, has ended, was cancelled
    meanwhile, or was started by another one.
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
        if run.status is RunStatus.CLAIMED and run.cancel_requested_at is not None:
            _cancel(system, run)
            continue
        try:
            return _start(system, run, caller)
        except LostRace:
            continue
    raise LostRace("The run changes all the time.")


def _cancel(system: System, run: Run) -> None:
    """End a run that was cancelled between its claim and its start, and hand its slot on."""
    outcome, now = Outcome(cancelled=True), system.clock.now()
    written = settling.finish(system, run, outcome, system.settings(), now)
    if written is not None:
        claiming.hand_over(system, run, written)


def _start(system: System, run: Run, caller: str) -> CallerRun:
    token, now = run_tokens.issue(run), system.clock.now()
    if run.status is RunStatus.RUNNING:
        after = transitions.also_await(run, run_tokens.hash_of(token))
        condition = conditions.run_is_held(run)
    else:
        schedule = schedule_table.get(run.tenant_id, run.schedule_id)
        timeout = timedelta(seconds=schedule.timeout_seconds)
        started = transitions.start(run, caller, now)
        after = transitions.await_callback(started, run_tokens.hash_of(token), timeout, now)
        condition = conditions.run_is_claimed(run.token)
    written = run_table.replace(run, after, condition, system.clock)
    events.info("run_started_by_caller", run_id=run.run_id, schedule_id=run.schedule_id)
    return CallerRun(written, token)
