"""How long records are kept. DynamoDB's TTL removes them: nothing ever scans for old items."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import Run

#: For how long a run with a large payload may wait.
LONGEST_WAIT: Final = timedelta(days=30)


def keep(run: Run, settings: Settings, now: datetime) -> Run:
    """The run with the instant of its removal, if it is final; else unchanged."""
    if not run.is_final:
        return run
    return replace(run, expires_at=_whole_seconds(now + timedelta(days=settings.run_days)))


def log_lines_until(settings: Settings, now: datetime) -> datetime:
    """When a log line written now expires: as late as its run, which may still fail.

    The lines of runs that succeeded are removed earlier, after `log_days`, by the `cleanup-logs`
    job.
    """
    return _whole_seconds(now + timedelta(days=settings.run_days))


def payload_until(settings: Settings, now: datetime) -> datetime:
    """When the large payload of a run that is asked for now expires.

    Nothing is written to it when its run ends, which would cost as much as writing it again. So it
    has to outlast the run's wait and its record: a run that waits for longer than `LONGEST_WAIT`
    can lose its payload, and then does not start.
    """
    return _whole_seconds(now + LONGEST_WAIT + timedelta(days=settings.run_days))


def _whole_seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
