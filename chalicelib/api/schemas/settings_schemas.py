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

    @field_validator("audit_deactivation_days")
    @classmethod
    def _after_the_review(cls, days: int, info: ValidationInfo) -> int:
        if days < info.data.get("audit_review_days", days):
            raise ValueError("must not be less than audit_review_days")
        return days


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
