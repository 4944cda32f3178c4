"""Limits: what one tenant may have at most, so that no tenant can use up what all share."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from chalicelib.domain.errors import Conflict
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.runs.schedule_edits import definition_as_json


class Limit(StrEnum):
    """What is limited, by the name it has in the settings."""

    SCHEDULES = "schedules"
    DEFINITION_BYTES = "definition_bytes"
    WAITING_RUNS = "waiting_runs"
    WAITING_RUNS_OF_SCHEDULE = "waiting_runs_of_schedule"
    TOKENS = "tokens"
    AUDITS = "audits"
    PRESSURE_SOURCES = "pressure_sources"
    FORCED_RUNS = "forced_runs"
    MAX_LEASE_SECONDS = "max_lease_seconds"
    MAX_RUN_SECONDS = "max_run_seconds"
    MAX_TOKEN_DAYS = "max_token_days"  # noqa: S105  # the name of a limit


#: What each limit counts or measures, in the words of `LimitExceeded`.
_WHAT: Final = {
    Limit.SCHEDULES: "schedules",
    Limit.DEFINITION_BYTES: "bytes of one schedule's definition",
    Limit.WAITING_RUNS: "waiting runs that people asked for",
    Limit.WAITING_RUNS_OF_SCHEDULE: "waiting runs of one schedule that people asked for",
    Limit.TOKENS: "tokens",
    Limit.AUDITS: "audits",
    Limit.PRESSURE_SOURCES: "sources of pressure",
    Limit.FORCED_RUNS: "forced runs at once",
    Limit.MAX_LEASE_SECONDS: "seconds of a lease",
    Limit.MAX_RUN_SECONDS: "seconds of a run",
    Limit.MAX_TOKEN_DAYS: "days of a token",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each tenant may have at most; owners set it for all tenants alike."""

    schedules: int = 1000
    definition_bytes: int = 64 * 1024
    waiting_runs: int = 1000
    waiting_runs_of_schedule: int = 20
    tokens: int = 100
    audits: int = 100_000
    pressure_sources: int = 20
    forced_runs: int = 2
    max_lease_seconds: int = 3600
    max_run_seconds: int = 86_400
    #: Counted from when the token was made.
    max_token_days: int = 365

    def most(self, limit: Limit) -> int:
        """The most that a tenant may have of what this limits."""
        found: int = asdict(self)[limit]
        return found


class LimitExceeded(Conflict):
    """A tenant asked for more than its limit: which one, how much it is, and what was wanted."""

    def __init__(self, limit: Limit, most: int, wanted: int) -> None:
        self.limit, self.most, self.wanted = limit, most, wanted
        super().__init__(f"There may be {most} {_WHAT[limit]} at most; this would make {wanted}.")


def demand_within(limits: Limits, before: WholeSchedule | None, after: WholeSchedule) -> None:
    """Raise `LimitExceeded` if a new or changed definition goes beyond a limit.

    A definition that was beyond a limit before may stay so, as long as it does not grow.
    """
    for limit, amount in _amounts(after).items():
        most = limits.most(limit)
        was = _amounts(before)[limit] if before is not None else 0
        if amount > max(most, was):
            raise LimitExceeded(limit, most, amount)


def _amounts(schedule: WholeSchedule) -> dict[Limit, int]:
    return {
        Limit.DEFINITION_BYTES: _bytes_of(schedule),
        Limit.MAX_LEASE_SECONDS: schedule.lease_seconds or 0,
        Limit.MAX_RUN_SECONDS: schedule.timeout_seconds,
    }


def _bytes_of(schedule: WholeSchedule) -> int:
    """How many bytes the schedule's definition has as compact JSON."""
    text = json.dumps(definition_as_json(schedule), separators=(",", ":"), ensure_ascii=False)
    return len(text.encode("utf-8", "surrogatepass"))


def tokens_in_use(by_last_day: Mapping[str, int], now: datetime) -> int:
    """How many of a tenant's tokens are good today, of those counted by the day of their end.

    Tokens end by themselves, and TTL removes them. Counted by day, they drop out of the count
    without anybody taking them off.
    """
    today = now.date().isoformat()
    return sum(count for day, count in by_last_day.items() if day == "" or day >= today)


def last_day(valid_until: datetime | None) -> str:
    """The day that a token's end is counted by; empty for one without an end."""
    return "" if valid_until is None else valid_until.date().isoformat()
