"""Settings, pressure and activity as clients write and see them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Paging, Query, Strict
from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.audits.notifications import NotificationKind
from chalicelib.domain.deployment import pools

PoolName = Annotated[str, Field(pattern=pools.NAME)]
TenantName = Annotated[str, Field(pattern=TENANT)]
PoolTenant = Annotated[str, Field(pattern=rf"{TENANT}|^\*$")]
Weight = Annotated[int, Field(ge=1, le=pools.HEAVIEST)]
Kind = Annotated[NotificationKind, Field(strict=False)]


class RetentionIn(Strict):
    """For how many days runs and their logs are kept."""

    run_days: int = Field(ge=1, le=3650, description="How many days a run is kept after its end.")
    log_days: int = Field(
        ge=1, le=3650, description="How many days the log lines of a run that succeeded are kept."
    )


class LimitsIn(Strict):
    """What each tenant may have at most."""

    schedules: int = Field(ge=1, le=100_000, description="How many schedules a tenant may have.")
    definition_bytes: int = Field(
        ge=1024, le=256 * 1024, description="How large the definition of a schedule may be in all."
    )
    waiting_runs: int = Field(
        ge=1, le=100_000, description="How many runs that people asked for may wait for a slot."
    )
    waiting_runs_of_schedule: int = Field(
        ge=1, le=100_000, description="How many of those may be of one schedule."
    )
    tokens: int = Field(ge=1, le=10_000, description="How many API tokens a tenant may have.")
    audits: int = Field(ge=1, le=10_000_000, description="How many audits a tenant may have.")
    pressure_sources: int = Field(
        ge=1, le=1000, description="How many signals of interactive work may be up at a time."
    )
    forced_runs: int = Field(
        ge=0, le=1000, description="How many runs forced past the slots may work at a time."
    )
    max_lease_seconds: int = Field(
        ge=10, le=86_400, description="The longest lease that a schedule may name."
    )
    max_run_seconds: int = Field(
        ge=1, le=86_400, description="The longest timeout that a schedule may name."
    )
    max_token_days: int = Field(
        ge=1, le=3650, description="For how many days an API token is good at most."
    )


class PoolIn(Strict):
    """A pool: a set of slots that the schedules which name it share."""

    capacity: int = Field(
        default=1,
        ge=1,
        le=pools.MOST_SLOTS,
        description="How many runs may hold a slot of it at a time; with 1 it is a named lock.",
    )
    tenants: list[PoolTenant] = Field(
        default_factory=lambda: [pools.ANYBODY],
        min_length=1,
        max_length=100,
        description="The tenants whose schedules may name it; `*` stands for all.",
    )
    weights: dict[TenantName, Weight] = Field(
        default_factory=dict,
        max_length=100,
        description="How many turns in a row a tenant has while others wait; 1 for all others.",
    )


class SettingsIn(Strict):
    """The deployment's settings: how many runs work at once, and the defaults of schedules."""

    capacity: int = Field(
        ge=1,
        le=pools.MOST_SLOTS,
        description="How many runs may hold a slot of the pool `main` at a time.",
    )
    pools: dict[PoolName, PoolIn] = Field(
        max_length=pools.MOST_POOLS,
        description="The pools by name; `main`, which is there always, is that of all schedules"
        " that name none, and its capacity is `capacity`.",
    )
    lease_seconds: int = Field(
        ge=10,
        le=86_400,
        description=(
            "How long a run whose target calls back may go without a sign of life, unless its"
            " schedule names a lease; of other runs two minutes count, if this is not less."
        ),
    )
    pressure_delay_seconds: int = Field(
        ge=1,
        le=3600,
        description="How long a fire time is put off at once while somebody works interactively.",
    )
    pressure_max_seconds: int = Field(ge=0, le=86_400, description="How long it is put off in all.")
    batch_per_tenant: int = Field(
        ge=1,
        le=1000,
        description="How many waiting runs of one tenant one pass gives a slot while others wait.",
    )
    retention: RetentionIn
    audit_review_days: int = Field(
        ge=1, le=3650, description="After how many days people are asked whether to keep an audit."
    )
    audit_deactivation_days: int = Field(
        ge=1, le=3650, description="After how many days an audit that nobody kept is taken down."
    )
    topic_kinds: list[Kind] = Field(
        description="The kinds of notifications that are sent on to the SNS topic."
    )
    webhook_kinds: list[Kind] = Field(
        description="The kinds of notifications that are posted to the webhook."
    )
    limits: LimitsIn

    @field_validator("audit_deactivation_days")
    @classmethod
    def _after_the_review(cls, days: int, info: ValidationInfo) -> int:
        if days < info.data.get("audit_review_days", days):
            raise ValueError("must not be less than audit_review_days")
        return days


class LimitOut(TypedDict):
    """One limit: how much there may be, and how much there is.

    What is in use is null where there is no sum of it: of what is limited for each schedule, run
    or token by itself.
    """

    limit: int
    used: int | None


class LimitsOut(TypedDict):
    """The limits of the tenant, by the names that they have in the settings."""

    limits: dict[str, LimitOut]


class PressureIn(Strict):
    """For how long the signal holds."""

    ttl_seconds: int = Field(ge=1, le=86_400)


class PressureQuery(Query):
    """Whose firings the signal puts off."""

    deployment: Literal["true", "false"] = Field("false", description="All tenants'; for owners.")

    @property
    def is_for_all(self) -> bool:
        """Whether the signal is for the whole deployment."""
        return self.deployment == "true"


class PressureOut(TypedDict):
    """A signal that somebody works interactively: of the tenant, or of the whole deployment."""

    source: str
    until: datetime
    deployment: bool


class ActivityQuery(Paging):
    """Which activities to list."""

    subject: str | None = Field(
        None, min_length=1, max_length=200, description="The id of what was changed."
    )
    actor: str | None = Field(
        None, min_length=1, max_length=500, description="Who did it: a name, or an actor's id."
    )
    action: str | None = Field(
        None, min_length=1, max_length=100, description="What was done, as `schedule_updated`."
    )

    @property
    def has_filters(self) -> bool:
        """Whether the query asks for some of the activities only."""
        return (self.subject, self.actor, self.action) != (None, None, None)


class ActivityOut(TypedDict):
    """One activity: who did what to which resource, and what changed.

    `actor` is a name; `actor_id` stays the same and nobody can choose it. Old activities have none.
    """

    id: str
    at: datetime
    actor: str
    actor_id: str | None
    action: str
    subject: str
    details: dict[str, Any] | None
