"""Settings and pressure as clients write them."""

from pydantic import Field

from chalicelib.api.schemas.base import Strict


class RetentionIn(Strict):
    """How many days records are kept."""

    run_days: int | None = Field(default=None, ge=1, le=3650)
    log_days: int | None = Field(default=None, ge=1, le=3650)


class SettingsIn(Strict):
    """The settings to change."""

    capacity: int | None = Field(default=None, ge=1, le=100)
    lease_seconds: int | None = Field(default=None, ge=10, le=86_400)
    pressure_delay_seconds: int | None = Field(default=None, ge=1, le=3600)
    pressure_max_seconds: int | None = Field(default=None, ge=0, le=86_400)
    batch_per_tenant: int | None = Field(default=None, ge=1, le=1000)
    retention: RetentionIn = Field(default_factory=RetentionIn)

    def changes(self) -> dict[str, int]:
        """What was given, by the names of the domain's settings."""
        flat = {**self.model_dump(exclude={"retention"}), **self.retention.model_dump()}
        return {name: value for name, value in flat.items() if value is not None}


class PressureIn(Strict):
    """How long the signal holds."""

    ttl_seconds: int = Field(ge=1, le=86_400)
