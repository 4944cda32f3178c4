"""How long records are kept. DynamoDB's TTL removes them: nothing ever scans for old items."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import Run


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


def _whole_seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
