"""Targets that call back: they keep their run's lease, tell of their work, and end it.

Each call proves itself by the run token of one claim; every write demands that this claim is still
in force, so a late or doubled call changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import BadRunToken, ClaimOver, LostRace, Unavailable
from chalicelib.domain.runs import reports, run_tokens
from chalicelib.domain.runs.reports import Report, ReportedEnd
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.engine.moves import settling
from chalicelib.engine.moves.claiming import hand_over_slots
from chalicelib.engine.running.log_lines import LogEntry, LogLines
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb import conditions

_MOST_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class HeartbeatReply:
    """The answer to a heartbeat: whether to go on, why not, and until when the lease is."""

    run: Run
    reason: str | None


def heartbeat(
    system: System, token: str, run_id: str, report: Report, said: Sequence[LogEntry]
) -> HeartbeatReply:
    """Renew the lease and keep what the target tells. Raises `BadRunToken`, `ClaimOver`."""
    for _ in range(_MOST_TRIES):
        run, now = _claimed(token, run_id), system.clock.now()
        after = reports.after_heartbeat(run, report, len(said), now)
        # Two heartbeats at once must not take the same numbers for their lines.
        condition = conditions.run_is_held(run) & conditions.log_is_unchanged(run)
        try:
            kept = run_table.replace(run, after, condition, system.clock)
        except LostRace:
            continue
        _write_down(system, run, said, now)
        return HeartbeatReply(kept, reports.reason_to_stop(kept, now))
    raise Unavailable


def end(system: System, token: str, run_id: str, report: Report, verdict: ReportedEnd) -> Run:
    """End the attempt as its target says. Raises `BadRunToken`, `ClaimOver`."""
    run, now = _claimed(token, run_id), system.clock.now()
    outcome = reports.outcome_of_end(run, report, verdict, now)
    settings = _settings(system)
    ended = settling.finish(system, run, outcome, settings, now)
    if ended is None:
        raise ClaimOver
    events.info("run_called_back", run_id=run_id, token=run.token, status=ended.status)
    hand_over_slots(system)
    return ended


def _claimed(token: str, run_id: str) -> Run:
    """The run, if this token was given out for it and its claim is in force."""
    claimed = run_tokens.read(token)
    if claimed is None or claimed.run_id != run_id:
        raise BadRunToken
    run = run_table.find(claimed.tenant_id, run_id)
    if run is None or not run_tokens.proves(token, claimed, run):
        raise BadRunToken
    if run.status is not RunStatus.RUNNING or run.token != claimed.claim:
        raise ClaimOver
    return run


def _write_down(system: System, run: Run, said: Sequence[LogEntry], now: datetime) -> None:
    """Store the lines of a heartbeat, whose numbers are taken already."""
    if not said:
        return
    lines = LogLines(run, retention.log_lines_until(_settings(system), now), of_target=True)
    made = [lines.make(each, now) for each in said]
    log_table.append([line for line in [*made, lines.last(now)] if line is not None])


def _settings(system: System) -> Settings:
    return system.floor().settings
