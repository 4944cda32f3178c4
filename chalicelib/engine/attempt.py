"""One attempt at work: its lease, its log, and the word to stop.

The job touches it with every call of its context; where a supervisor thread runs, that touches it
too, so a job that blocks keeps its lease as well.
"""

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import events
from chalicelib.domain import lease, retention
from chalicelib.domain.run import Run
from chalicelib.domain.slots import Settings
from chalicelib.errors import LostRace
from chalicelib.jobs.stops import Cancelled, LeaseLost, Stop, TimedOut
from chalicelib.store import conditions
from chalicelib.store import logs as stored_logs
from chalicelib.store import runs as stored_runs
from chalicelib.store.logs import LogLine
from chalicelib.system import System

#: Log lines and progress are stored at most this much later, or this many lines at once.
SHOW_EVERY: Final = timedelta(seconds=2)
#: A word to stop is heard at most this much later.
LISTEN_EVERY: Final = timedelta(seconds=3)
MOST_BUFFERED: Final = 25
MOST_LINES: Final = 10_000
MOST_LINE_BYTES: Final = 4096
#: Each attempt numbers its lines from its own base: one that lost its lease cannot overwrite
#: the lines of the next.
LINES_PER_ATTEMPT: Final = 100_000


class Attempt:
    """The lifeline between a working job and storage. Safe to touch from two threads."""

    def __init__(self, system: System, run: Run, deadline: datetime, settings: Settings) -> None:
        self.run = run  # as stored
        self.deadline = deadline
        self.stop: Stop | None = None
        self._system = system
        self._keep_lines_until = retention.log_lines_until(settings, run.started_at or deadline)
        self._lock = threading.RLock()
        self._beaten_at = self._heard_at = run.started_at or deadline
        self._shown_at: datetime | None = None
        self._flushed_at: datetime | None = None
        self._lines: list[LogLine] = []
        self._said = 0
        self._steps, self._progress = run.steps, run.progress

    def say(self, level: str, message: str, data: dict[str, Any]) -> None:
        """Add a line to the log; past the limit lines are counted and dropped."""
        with self._lock:
            self._said += 1
            if self._said <= MOST_LINES:
                self._lines.append(self._line(level, message, data or None))

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
            if self._lines and (
                _is_over(self._flushed_at, now) or len(self._lines) >= MOST_BUFFERED
            ):
                self._flush(now)

    def notice(self) -> None:
        """Notice deadline and lease end by the clock alone: unlike `tend`, this never waits."""
        now = self._system.clock.now()
        if self.stop is None:
            self.stop = self._time_is_up(now)

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
            dropped = self._said - MOST_LINES
            if dropped > 0:
                self._lines.append(self._line("warning", f"{dropped} further lines dropped", None))
            if self._lines:
                self._flush(self._system.clock.now())

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
        return self._progress != self.run.progress and _is_over(self._shown_at, now)

    def _beat(self, now: datetime) -> None:
        """Renew the lease and show steps and progress, in one write that demands our token."""
        after = replace(
            self.run,
            lease_expires_at=lease.until(now, timedelta(seconds=self.run.lease_seconds)),
            steps=self._steps,
            progress=self._progress,
        )
        try:
            self.run = stored_runs.replace(
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

    def _listen(self, now: datetime) -> None:
        """Look whether somebody has said stop: a read, far cheaper than a renewal."""
        try:
            stored = stored_runs.find(self.run.tenant_id, self.run.run_id)
        except Exception:
            events.error("listening_failed", run_id=self.run.run_id)
            return
        self._heard_at = now
        if stored is None or (stored.status, stored.token) != (self.run.status, self.run.token):
            self.stop = LeaseLost()
        elif stored.cancel_requested_at is not None:
            self.stop = Cancelled()

    def _line(self, level: str, message: str, data: dict[str, Any] | None) -> LogLine:
        return LogLine(
            run_id=self.run.run_id,
            sequence=(self.run.attempt - 1) * LINES_PER_ATTEMPT + min(self._said, MOST_LINES + 1),
            at=self._system.clock.now(),
            level=level,
            message=_shortened(message),
            data=_storable(data),
            expires_at=self._keep_lines_until,
        )

    def _flush(self, now: datetime) -> None:
        self._flushed_at = now
        lines = list(self._lines)
        try:
            stored_logs.append(lines)
        except Exception:
            # They stay in the buffer; stored twice, a line only replaces itself.
            events.error("log_write_failed", run_id=self.run.run_id, lines=len(lines))
            return
        del self._lines[: len(lines)]


def _is_over(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last >= SHOW_EVERY


def _seconds(deadline: datetime, run: Run) -> int:
    return round((deadline - (run.started_at or deadline)).total_seconds())


def _storable(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The data as it can be kept: whatever JSON does not know as text, and no more than a line.

    One line that cannot be stored would keep all later ones from being stored with it.
    """
    if data is None:
        return None
    text = json.dumps(data, default=str)
    if len(text.encode()) > MOST_LINE_BYTES:
        return {"shortened": _shortened(text)}
    kept: dict[str, Any] = json.loads(text)
    return kept


def _shortened(message: str) -> str:
    raw = message.encode("utf-8", "replace")
    if len(raw) <= MOST_LINE_BYTES:
        return raw.decode()
    return raw[: MOST_LINE_BYTES - 3].decode("utf-8", "ignore") + "…"
