"""Targets that call back: they keep their run's lease, report their work, and end it.

Each call proves itself by the run token of one claim; every write demands that this claim is still
in force, so a late or doubled call changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.deployment import retention
from chalicelib.domain.errors import BadRunToken, ClaimOver, LostRace, Unavailable
from chalicelib.domain.runs import reports, run_tokens
from chalicelib.domain.runs.reports import Report, ReportedEnd
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.moves import settling
from chalicelib.engine.moves.claiming import hand_over
from chalicelib.engine.running.log_lines import LogEntry, LogLines
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.transaction import retry_if_lost


@dataclass(frozen=True, slots=True)
class HeartbeatReply:
    """The answer to a heartbeat: the run as it is now, and why it is to stop (None: it goes on)."""

    run: Run
    reason: str | None


def heartbeat(
    system: System, token: str, run_id: str, report: Report, entries: Sequence[LogEntry]
) -> HeartbeatReply:
    """Renew the lease and keep what the target reports.

    Raises `BadRunToken`, `ClaimOver`, and `Unavailable` if others write the run all the time.
    """
    try:
        return retry_if_lost(lambda: _heartbeat(system, token, run_id, report, entries))
    except LostRace as error:
        raise Unavailable from error


def _heartbeat(
    system: System, token: str, run_id: str, report: Report, entries: Sequence[LogEntry]
) -> HeartbeatReply:
    run, now = _proven(token, run_id), system.clock.now()
    after = reports.after_heartbeat(run, report, len(entries), now)
    # Two heartbeats at once must not take the same numbers for their lines.
    condition = conditions.run_is_held(run) & conditions.log_is_unchanged(run)
    kept = run_table.replace(run, after, condition, system.clock)
    _store_lines(system, run, entries, now)
    return HeartbeatReply(kept, reports.reason_to_stop(kept, now))


def end(system: System, token: str, run_id: str, report: Report, reported_end: ReportedEnd) -> Run:
    """End the attempt as its target reports. Raises `BadRunToken`, `ClaimOver`."""
    run, now = _proven(token, run_id), system.clock.now()
    outcome = reports.outcome_of_end(run, report, reported_end, now)
    written = settling.finish(system, run, outcome, system.settings(), now)
    if written is None:
        raise ClaimOver
    ended = written.run
    with events.bound(**events.of_run(run)):
        events.info("run_called_back", run_id=run_id, token=run.token, status=ended.status)
    hand_over(system, run, written)
    return ended


def _proven(token: str, run_id: str) -> Run:
    """The run, if this token was given out for it and its claim is in force."""
    subject = run_tokens.read(token)
    if subject is None or subject.run_id != run_id:
        raise BadRunToken
    run = run_table.find(subject.tenant_id, run_id)
    if run is None or not run_tokens.proves(token, subject, run):
        raise BadRunToken
    if run.status is not RunStatus.RUNNING or run.token != subject.claim:
        raise ClaimOver
    return run


def _store_lines(system: System, run: Run, entries: Sequence[LogEntry], now: datetime) -> None:
    """Store the lines of a heartbeat, whose numbers are taken already."""
    if not entries:
        return
    until = retention.log_lines_until(system.settings(), now)
    lines = LogLines(run, until, of_target=True)
    made = [lines.make(entry, now) for entry in entries]
    log_table.append([line for line in [*made, lines.last(now)] if line is not None])
