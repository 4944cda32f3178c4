"""What all shapes of requests share. Strict: no silent conversion, every error at once."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
)

from chalicelib.domain.instants import to_milliseconds

#: Ids sort by time since then.
EARLIEST_YEAR: Final = 1970


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be an RFC 3339 instant as 2026-12-24T18:00:00Z")
    try:
        instant = datetime.fromisoformat(value)
        instant = to_milliseconds(instant.astimezone(UTC)) if instant.tzinfo else instant
        if instant.year >= EARLIEST_YEAR:
            return instant
    except (ValueError, OverflowError):
        pass  # Refused like anything else that is no instant of ours.
    raise ValueError("must be an RFC 3339 instant as 2026-12-24T18:00:00Z")


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


class Strict(BaseModel):
    """Base of all request models."""

    model_config = ConfigDict(extra="forbid", strict=True)
