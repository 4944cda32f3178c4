"""One attempt at work: its lease, its log, and the word to stop.

The job touches it with every call of its context; where a supervisor thread runs, that touches it
too, so a job that blocks keeps its lease as well.
"""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.deployment import retention
from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.errors import LostRace
from chalicelib.domain.runs import lease, transitions
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.engine.running.log_lines import LogEntry, LogLines
from chalicelib.engine.system import System
from chalicelib.jobs.stops import BudgetExceeded, Cancelled, LeaseLost, Stop, TimedOut
from chalicelib.platform import events
from chalicelib.store import log_table, run_table
from chalicelib.store.dynamodb import conditions
from chalicelib.store.log_table import LogLine

#: Progress is stored at most this much later.
SHOW_EVERY: Final = timedelta(seconds=2)
#: Log lines are stored at most this much later, or this many at once. With the second that may
#: pass until somebody looks, that is within the three seconds a reader is promised.
FLUSH_EVERY: Final = timedelta(seconds=1.5)
MOST_BUFFERED: Final = 25
#: A word to stop is heard at most this much later.
LISTEN_EVERY: Final = timedelta(seconds=3)
#: What a stop is recorded as by a holder that has to end its own process. (A cancelled run needs
#: no record: the word to stop is on it.)
_VERDICTS: Final[dict[type[Stop], FailureReason]] = {
    TimedOut: FailureReason.TIMEOUT,
    BudgetExceeded: FailureReason.BUDGET_EXCEEDED,
    Cancelled: FailureReason.ABORTED,
}


class Attempt:
    """The lifeline between a working job and storage. Safe to touch from two threads."""

    def __init__(self, system: System, run: Run, deadline: datetime, settings: Settings) -> None:
        self.run = run  # as stored
        self.deadline = deadline
        self.stop: Stop | None = None
        self._system = system
        self._log = LogLines(run, retention.log_lines_until(settings, run.started_at or deadline))
        self._lock = threading.RLock()
        self._beaten_at = self._heard_at = run.started_at or deadline
        self._shown_at: datetime | None = None
        self._flushed_at: datetime | None = None
        self._buffer: list[LogLine] = []
        self._steps, self._progress = run.steps, run.progress

    @property
    def log_lines(self) -> int:
        """How many lines the run has by now, the dropped ones included."""
        return self._log.said

    def say(self, level: str, message: str, data: dict[str, Any]) -> None:
        """Add a line to the log; past the limit lines are counted and dropped."""
        with self._lock:
            self._keep(self._log.make(LogEntry(message, level, data), self._system.clock.now()))

    def touch(self, steps: int, progress: dict[str, int] | None) -> None:
        """A sign of life from the job. Raises `Stop` when the attempt is to end."""
        with self._lock:
            self._steps, self._progress = steps, progress
        self.tend()
        if self.stop is not None:
            raise self.stop

    def tend(self) -> None:
        """Do what is due: renew the lease, show progress, store lines, notice the end."""
        with self._lock:
            now = self._system.clock.now()
            if self.stop is None:
                self._tend_lease(now)
            full = len(self._buffer) >= MOST_BUFFERED
            if self._buffer and (full or _is_over(self._flushed_at, FLUSH_EVERY, now)):
                self._flush(now)

    def notice(self) -> None:
        """Notice deadline and lease end by the clock alone: unlike `tend`, this never waits."""
        now = self._system.clock.now()
        if self.stop is None:
            self.stop = self._time_is_up(now)

    def condemn(self) -> None:
        """Record why the work was stopped, and let the lease end soon: the process is to end now.

        The reaper then says what happened. Of a run whose target calls back nothing is recorded:
        that target may be at work.
        """
        verdict = _VERDICTS.get(type(self.stop)) if self.stop else None
        if verdict is None or self.run.calls_back or not self.holds_lease:
            return
        self.close()
        condemned = transitions.condemn(self._told(self.run), verdict, self._system.clock.now())
        condition = conditions.run_is_held(self.run)
        self.run = run_table.replace(self.run, condemned, condition, self._system.clock)

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
            self._keep(self._log.last(now))
            if self._buffer:
                self._flush(now)

    def _keep(self, line: LogLine | None) -> None:
        if line is not None:
            self._buffer.append(line)

    def _tend_lease(self, now: datetime) -> None:
        time_is_up = self._time_is_up(now)
        if time_is_up is not None:
            self.stop = time_is_up
        elif self._beat_is_due(now) or self._has_news(now):
            self._beat(now)
        elif now - self._heard_at >= LISTEN_EVERY:
            self._listen(now)

    def _time_is_up(self, now: datetime) -> Stop | None:
        ends_at = self.run.lease_expires_at
        if now >= self.deadline:
            return TimedOut(f"It took longer than {_seconds(self.deadline, self.run)} s.")
        if ends_at is None or lease.has_ended(ends_at, now):
            return LeaseLost()
        return None

    def _beat_is_due(self, now: datetime) -> bool:
        interval = lease.beat_interval(timedelta(seconds=self.run.lease_seconds))
        return now - self._beaten_at >= interval

    def _has_news(self, now: datetime) -> bool:
        told = not self.run.calls_back and self._progress != self.run.progress
        return told and _is_over(self._shown_at, SHOW_EVERY, now)

    def _beat(self, now: datetime) -> None:
        """Renew the lease and show steps and progress, in one write that demands our token."""
        after = transitions.renew(self._told(self.run), now)
        try:
            self.run = run_table.replace(
                self.run, after, conditions.run_is_held(self.run), self._system.clock
            )
        except LostRace:
            self.stop = LeaseLost()
            return
        except Exception:
            # The lease still has two thirds to go; the next touch tries again.
            events.error("heartbeat_failed", run_id=self.run.run_id)
            return
        self._beaten_at = self._shown_at = self._heard_at = now
        if self.run.cancel_requested_at is not None:
            self.stop = Cancelled()

    def _told(self, run: Run) -> Run:
        """The run with what the job tells of it; of a run that calls back, its target tells."""
        if run.calls_back:
            return run
        return replace(run, steps=self._steps, progress=self._progress, log_lines=self.log_lines)

    def _listen(self, now: datetime) -> None:
        """Look whether somebody has said stop: a read, far cheaper than a renewal."""
        try:
            stored = run_table.find(self.run.tenant_id, self.run.run_id)
        except Exception:
            events.error("listening_failed", run_id=self.run.run_id)
            return
        self._heard_at = now
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
