"""How long records are kept. Removal is DynamoDB's TTL: nothing ever scans for old items."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.runs.run import Run


def keep(run: Run, settings: Settings, now: datetime) -> Run:
    """The run with the day of its removal, once it is final; before that it has none."""
    if not run.is_final:
        return run
    return replace(run, expires_at=_whole_seconds(now + timedelta(days=settings.run_days)))


def log_lines_until(settings: Settings, now: datetime) -> datetime:
    """When a line written now is removed: as late as its run, which may turn out to be a failure.

    The lines of successful runs go earlier, by the `cleanup-logs` job.
    """
    return _whole_seconds(now + timedelta(days=settings.run_days))


def _whole_seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
