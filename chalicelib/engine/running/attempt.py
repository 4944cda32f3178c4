"""One attempt at work: its lease, its log, and whether it is to stop.

Every call of the job's context comes here. Where a supervisor works, its threads do too, so that
a job that blocks keeps its lease as well.
"""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import lease, transitions
from chalicelib.domain.runs.report_rules import guarded
from chalicelib.domain.runs.reports import Report
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.engine.running.log_lines import LogEntry, LogLines
from chalicelib.engine.system import System
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, Stop, TimedOut, stop_in
from chalicelib.platform import events
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.log_table import LogLine

#: Progress is stored at most this much later.
PROGRESS_EVERY: Final = timedelta(seconds=2)
#: Log lines are stored at most this much later, or this many at once. With the second that may
#: pass until the supervisor looks, that is within the three seconds a reader is promised.
FLUSH_EVERY: Final = timedelta(seconds=1.5)
MOST_BUFFERED: Final = 25
#: A cancellation is seen at most this much later.
CHECK_EVERY: Final = timedelta(seconds=3)
#: What a stop is recorded as by a holder that has to end its own process. (A cancelled run needs
#: no record: the request to cancel is on it.)
_VERDICTS: Final[dict[type[Stop], FailureReason]] = {
    TimedOut: FailureReason.TIMEOUT,
    BudgetExceeded: FailureReason.BUDGET_EXCEEDED,
    Cancelled: FailureReason.ABORTED,
}


class Attempt:
    """What ties a working job to storage. Its methods may be called from any thread."""

    def __init__(self, system: System, run: Run, deadline: datetime, settings: Settings) -> None:
        self.run = run  # as stored
        self.deadline = deadline
        self.stop: Stop | None = None
        self._system = system
        self._log = LogLines(run, retention.log_lines_until(settings, run.started_at or deadline))
        self._lock = threading.RLock()
        self._renewed_at = self._checked_at = run.started_at or deadline
        self._progress_stored_at: datetime | None = None
        self._flushed_at: datetime | None = None
        self._buffer: list[LogLine] = []
        self._reported = Report(steps=run.steps, progress=run.progress)

    @property
    def log_lines(self) -> int:
        """How many lines the run has by now, the dropped ones included."""
        return self._log.count

    def add_line(self, level: str, message: str, data: dict[str, Any]) -> None:
        """Add a line to the log; past the limit lines are counted and dropped."""
        with self._lock:
            entry = LogEntry(message, level, data)
            self._buffer_line(self._log.make(entry, self._system.clock.now()))

    def check_in(self, report: Report) -> None:
        """Take what the job reports, and do what is due. Raises `Stop` when it is to end now."""
        with self._lock:
            self._reported = report
        self.maintain()
        if self.stop is not None:
            raise self.stop

    def maintain(self) -> None:
        """Do what is due: renew the lease, store progress and lines, see whether to stop."""
        with self._lock:
            now = self._system.clock.now()
            if self.stop is None:
                self._maintain_lease(now)
            full = len(self._buffer) >= MOST_BUFFERED
            if self._buffer and (full or _is_over(self._flushed_at, FLUSH_EVERY, now)):
                self._flush(now)

    def check_time(self) -> None:
        """Stop at the deadline and at the lease's end; unlike `maintain`, this never waits."""
        now = self._system.clock.now()
        if self.stop is None:
            self.stop = self._time_is_up(now)

    def accept_stop(self, error: BaseException | None) -> None:
        """Take over a stop that the work itself raised, as it does when its step budget is used up.

        A lost lease is not taken over: only the clock and storage say that.
        """
        stop = guarded(lambda: stop_in(error), None)
        if stop is not None and self.stop is None and not isinstance(stop, LeaseLost):
            self.stop = stop

    def record_verdict(self) -> None:
        """Record why the work was stopped, and let the lease end soon: the process is to end now.

        The reaper then ends the run for that reason. Of a run whose target calls back nothing is
        recorded: that target may be at work.
        """
        verdict = _VERDICTS.get(type(self.stop)) if self.stop else None
        if verdict is None or self.run.calls_back or not self.holds_lease:
            return
        self.close()
        now = self._system.clock.now()
        after = transitions.condemn(self._with_reports(self.run), verdict, now)
        condition = conditions.run_is_held(self.run)
        self.run = run_table.replace(self.run, after, condition, self._system.clock)

    @property
    def holds_lease(self) -> bool:
        """Whether the slot is still this attempt's, as far as it knows."""
        if isinstance(self.stop, LeaseLost):
            return False
        ends_at = self.run.lease_expires_at
        return ends_at is not None and not lease.has_ended(ends_at, self._system.clock.now())

    def close(self) -> None:
        """Store the lines that are left, and how many were dropped."""
        with self._lock:
            now = self._system.clock.now()
            self._buffer_line(self._log.last(now))
            if self._buffer:
                self._flush(now)

    def _buffer_line(self, line: LogLine | None) -> None:
        if line is not None:
            self._buffer.append(line)

    def _maintain_lease(self, now: datetime) -> None:
        time_is_up = self._time_is_up(now)
        if time_is_up is not None:
            self.stop = time_is_up
        elif self._renewal_is_due(now) or self._has_news(now):
            self._renew(now)
        elif now - self._checked_at >= CHECK_EVERY:
            self._check_for_stop(now)

    def _time_is_up(self, now: datetime) -> Stop | None:
        ends_at = self.run.lease_expires_at
        if now >= self.deadline:
            return TimedOut(f"It took longer than {_seconds(self.deadline, self.run)} s.")
        if ends_at is None or lease.has_ended(ends_at, now):
            return LeaseLost()
        return None

    def _renewal_is_due(self, now: datetime) -> bool:
        interval = lease.beat_interval(timedelta(seconds=self.run.lease_seconds))
        return now - self._renewed_at >= interval

    def _has_news(self, now: datetime) -> bool:
        """Whether the job has reported progress or a checkpoint that is not stored, for so long."""
        run, after = self.run, self._with_reports(self.run)
        is_new = (after.progress, after.checkpoint) != (run.progress, run.checkpoint)
        return is_new and _is_over(self._progress_stored_at, PROGRESS_EVERY, now)

    def _renew(self, now: datetime) -> None:
        """Renew the lease and store steps and progress, in one write that demands our token."""
        after = transitions.renew(self._with_reports(self.run), now)
        try:
            self.run = run_table.replace(
                self.run, after, conditions.run_is_held(self.run), self._system.clock
            )
        except LostRace:
            self.stop = LeaseLost()
            return
        except Exception:
            # The lease still has two thirds to go; the next call tries again.
            events.error("heartbeat_failed", run_id=self.run.run_id)
            return
        self._renewed_at = self._progress_stored_at = self._checked_at = now
        if self.run.cancel_requested_at is not None:
            self.stop = Cancelled()

    def _with_reports(self, run: Run) -> Run:
        """The run with what the job reports; of a run that calls back, its target reports."""
        if run.calls_back:
            return run
        reported = self._reported
        return replace(
            run,
            steps=reported.steps or 0,
            progress=reported.progress,
            checkpoint=run.checkpoint if reported.checkpoint is None else reported.checkpoint,
            log_lines=self.log_lines,
        )

    def _check_for_stop(self, now: datetime) -> None:
        """Read whether somebody cancelled the run or took it: far cheaper than a renewal."""
        try:
            stored = run_table.find(self.run.tenant_id, self.run.run_id)
        except Exception:
            events.error("listening_failed", run_id=self.run.run_id)
            return
        self._checked_at = now
        if stored is None or (stored.status, stored.token) != (self.run.status, self.run.token):
            self.stop = LeaseLost()
        elif stored.cancel_requested_at is not None:
            self.stop = Cancelled()

    def _flush(self, now: datetime) -> None:
        self._flushed_at = now
        lines = list(self._buffer)
        try:
            log_table.append(lines)
        except Exception:
            # They stay in the buffer; stored twice, a line only replaces itself.
            events.error("log_write_failed", run_id=self.run.run_id, lines=len(lines))
            return
        del self._buffer[: len(lines)]


def _is_over(last: datetime | None, interval: timedelta, now: datetime) -> bool:
    return last is None or now - last >= interval


def _seconds(deadline: datetime, run: Run) -> int:
    return round((deadline - (run.started_at or deadline)).total_seconds())
