"""The named transitions between a run's states, each with the states it leads from.

Nobody writes a status; they call the transition.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs import lease
from chalicelib.domain.runs.run import (
    AttemptRecord,
    CountedAs,
    FailureReason,
    Run,
    RunStatus,
    SkipReason,
    Totals,
)
from chalicelib.domain.time.instants import milliseconds_between

#: How many tokens one claim has at most.
MOST_RUN_TOKENS: Final = 5
#: What a run keeps of the message of an attempt that was followed by another.
_KEPT_OF_A_MESSAGE: Final = 500


class IllegalTransition(BatonError):
    """A run cannot make this transition from the state it is in."""

    message = "A run cannot make this transition from the state it is in."


def claim(run: Run, slot: str, token: int, now: datetime, concurrent: int) -> Run:
    """queued → claimed: it gets a slot, and a short lease until it is started."""
    _require(run, RunStatus.QUEUED)
    return replace(
        run,
        status=RunStatus.CLAIMED,
        slot=slot,
        token=token,
        claimed_at=now,
        place=None,
        not_before=None,
        lease_expires_at=lease.until(now, lease.ARRIVAL if run.for_caller else lease.DELIVERY),
        slot_wait_ms=milliseconds_between(run.not_before or run.queued_at, now),
        concurrent_runs=concurrent,
        counted_as=None if run.counted_as is CountedAs.WAITING else run.counted_as,
    )


def start(run: Run, started_by: str, now: datetime) -> Run:
    """claimed → running: the one moment an attempt's target may be started."""
    _require(run, RunStatus.CLAIMED)
    return replace(
        run,
        status=RunStatus.RUNNING,
        started_at=now,
        started_by=started_by,
        unstarted_claims=0,
        lease_expires_at=lease.until(now, timedelta(seconds=run.lease_seconds)),
    )


def await_callback(run: Run, token_hash: str, timeout: timedelta, now: datetime) -> Run:
    """running, to be ended by its target, which proves itself by the token of this claim."""
    _require(run, RunStatus.RUNNING)
    hashes = {**run.callback_hashes, str(run.token): token_hash}
    return renew(replace(run, callback_hashes=hashes, deadline_at=now + timeout), now)


def also_await(run: Run, token_hash: str) -> Run:
    """running, with one more token for the same claim: the answer with the first one was lost.

    Raises `IllegalTransition` for a claim that has as many as it may have.
    """
    _require(run, RunStatus.RUNNING)
    claim = str(run.token)
    hashes = run.callback_hashes.get(claim, "").split()
    if len(hashes) >= MOST_RUN_TOKENS:
        raise IllegalTransition(f"run {run.run_id} has {MOST_RUN_TOKENS} run tokens already")
    kept = " ".join([*hashes, token_hash])
    return replace(run, callback_hashes={**run.callback_hashes, claim: kept})


def renew(run: Run, now: datetime) -> Run:
    """running, its lease counted from now. A lease never outlasts the run's deadline."""
    _require(run, RunStatus.RUNNING)
    ends_at = lease.until(now, timedelta(seconds=run.lease_seconds))
    return replace(run, lease_expires_at=min(ends_at, run.deadline_at or ends_at))


def condemn(run: Run, verdict: FailureReason, now: datetime) -> Run:
    """running, its holder about to end its own process: the reaper ends the run, and soon."""
    _require(run, RunStatus.RUNNING)
    return replace(run, verdict=verdict, lease_expires_at=lease.until(now, lease.LAST_BREATH))


def unclaim(run: Run) -> Run:
    """claimed → queued: nobody started it in time, it goes back to its place in the queue."""
    _require(run, RunStatus.CLAIMED)
    return replace(
        _without_slot(run),
        status=RunStatus.QUEUED,
        claimed_at=None,
        unstarted_claims=run.unstarted_claims + 1,
    )


def retry_later(
    run: Run, reason: FailureReason, message: str | None, not_before: datetime, now: datetime
) -> Run:
    """running → queued: the attempt failed, another follows; the slot is free meanwhile."""
    _require(run, RunStatus.RUNNING)
    return replace(
        _without_slot(run),
        status=RunStatus.QUEUED,
        attempt=run.attempt + 1,
        attempts=(*run.attempts, _failed_attempt(run, reason, message, now)),
        not_before=not_before,
        claimed_at=None,
        started_at=None,
        heard_at=None,
        progress=None,
        usage=None,
        steps=0,
        totals=Totals(),
        summary=None,
        failure_reason=reason,
        error_message=message,
    )


def succeed(run: Run, now: datetime) -> Run:
    """running → succeeded."""
    _require(run, RunStatus.RUNNING)
    ended = _ended(run, RunStatus.SUCCEEDED, now)
    return replace(ended, failure_reason=None, error_message=None)


def fail(run: Run, reason: FailureReason, message: str | None, now: datetime) -> Run:
    """claimed, running → failed."""
    _require(run, RunStatus.CLAIMED, RunStatus.RUNNING)
    ended = _ended(run, RunStatus.FAILED, now)
    return replace(ended, failure_reason=reason, error_message=message)


def skip(run: Run, reason: SkipReason, now: datetime) -> Run:
    """queued, claimed → skipped: it will not run."""
    _require(run, RunStatus.QUEUED, RunStatus.CLAIMED)
    ended = _ended(run, RunStatus.SKIPPED, now)
    return replace(ended, skip_reason=reason, failure_reason=None, error_message=None)


def cancel(run: Run, now: datetime, by: str | None = None) -> Run:
    """queued, claimed, running → cancelled; `by` is who asked for it, unless the run knows."""
    _require(run, RunStatus.QUEUED, RunStatus.CLAIMED, RunStatus.RUNNING)
    ended = _ended(run, RunStatus.CANCELLED, now)
    return replace(
        ended, failure_reason=None, error_message=None, cancelled_by=run.cancelled_by or by
    )


def take_in(run: Run, other: Run) -> Run:
    """queued, with the fire times of a run of its schedule that waited as well counted on it."""
    _require(run, RunStatus.QUEUED)
    return replace(run, covers=run.covers + other.covers)


def request_cancel(run: Run, by: str, now: datetime) -> Run:
    """Tell the holder of a claimed or running run to stop; the state stays until it has."""
    _require(run, RunStatus.CLAIMED, RunStatus.RUNNING)
    return replace(run, cancel_requested_at=now, cancelled_by=by)


def _ended(run: Run, status: RunStatus, now: datetime) -> Run:
    duration = milliseconds_between(run.started_at, now) if run.started_at else None
    return replace(
        _without_slot(run),
        status=status,
        finished_at=now,
        not_before=None,
        duration_ms=duration,
        counted_as=None,
    )


def _without_slot(run: Run) -> Run:
    return replace(
        run,
        place=None,
        slot=None,
        lease_expires_at=None,
        started_by=None,
        deadline_at=None,
        verdict=None,
    )


def _require(run: Run, *legal: RunStatus) -> None:
    if run.status not in legal:
        raise IllegalTransition(f"run {run.run_id} is {run.status}, not {' or '.join(legal)}")


def _failed_attempt(
    run: Run, reason: FailureReason, message: str | None, now: datetime
) -> AttemptRecord:
    return AttemptRecord(
        number=run.attempt,
        claimed_at=run.claimed_at,
        started_at=run.started_at,
        ended_at=now,
        reason=reason,
        message=None if message is None else message[:_KEPT_OF_A_MESSAGE],
    )
