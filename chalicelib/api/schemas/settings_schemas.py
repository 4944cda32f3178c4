"""Settings, pressure and activity as clients write and see them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Strict
from chalicelib.domain.audits.notifications import NotificationKind

Kind = Annotated[NotificationKind, Field(strict=False)]


class RetentionIn(Strict):
    """For how many days runs and their logs are kept."""

    run_days: int = Field(ge=1, le=3650)
    log_days: int = Field(ge=1, le=3650)


class LimitsIn(Strict):
    """What each tenant may have at most."""

    schedules: int = Field(ge=1, le=100_000)
    definition_bytes: int = Field(ge=1024, le=256 * 1024)
    waiting_runs: int = Field(ge=1, le=100_000)
    waiting_runs_of_schedule: int = Field(ge=1, le=100_000)
    tokens: int = Field(ge=1, le=10_000)
    audits: int = Field(ge=1, le=10_000_000)
    pressure_sources: int = Field(ge=1, le=1000)
    forced_runs: int = Field(ge=0, le=1000)
    max_lease_seconds: int = Field(ge=10, le=86_400)
    max_run_seconds: int = Field(ge=1, le=86_400)
    max_token_days: int | None = Field(default=None, ge=1, le=36_500)


class SettingsIn(Strict):
    """The deployment's settings: how many runs work at once, and the defaults of schedules."""

    capacity: int = Field(ge=1, le=100)
    lease_seconds: int = Field(ge=10, le=86_400)
    pressure_delay_seconds: int = Field(ge=1, le=3600)
    pressure_max_seconds: int = Field(ge=0, le=86_400)
    batch_per_tenant: int = Field(ge=1, le=1000)
    retention: RetentionIn
    audit_review_days: int = Field(ge=1, le=3650)
    audit_deactivation_days: int = Field(ge=1, le=3650)
    topic_kinds: list[Kind]
    webhook_kinds: list[Kind]
    limits: LimitsIn

    @field_validator("audit_deactivation_days")
    @classmethod
    def _after_the_review(cls, days: int, info: ValidationInfo) -> int:
        if days < info.data.get("audit_review_days", days):
            raise ValueError("must not be less than audit_review_days")
        return days


class LimitOut(TypedDict):
    """One limit: how much there may be (null: any), and how much there is.

    What is in use is null where there is no sum of it: of what is limited for each schedule, run
    or token by itself.
    """

    limit: int | None
    used: int | None


class LimitsOut(TypedDict):
    """The limits of the tenant, by the names that they have in the settings."""

    limits: dict[str, LimitOut]


class PressureIn(Strict):
    """For how long the signal holds."""

    ttl_seconds: int = Field(ge=1, le=86_400)


class PressureOut(TypedDict):
    """A signal that somebody works interactively."""

    source: str
    until: datetime


class ActivityOut(TypedDict):
    """One activity: who did what to which resource, and what changed."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any] | None
