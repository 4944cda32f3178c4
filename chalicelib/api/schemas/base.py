"""What all shapes of requests share. Strict: no silent conversion, every error at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from chalicelib.domain.errors import FieldError
from chalicelib.domain.time.cadences import Cadence
from chalicelib.domain.time.instants import to_milliseconds
from chalicelib.engine.system import System

#: Ids sort by time since then.
EARLIEST_YEAR: Final = 1970
MOST_ITEMS: Final = 200
_LONGEST_NUMBER: Final = 16


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


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """What some fields are judged by: the deployment, the instant, and what they were before.

    A cadence that stays as it was is not judged again: an instant that has passed since is no
    reason to refuse a new name.
    """

    system: System
    now: datetime
    cadence_before: Cadence | None = None


class WrongFields(ValueError):
    """What a validator found wrong, by full paths; `validation` tells each by itself."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.field_errors = tuple(errors)
        super().__init__("; ".join(error.message for error in errors))


class Strict(BaseModel):
    """Base of all request models."""

    # Built when first needed: most Lambdas import the API and never answer a request.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def _whole_number(text: Any) -> Any:
    if isinstance(text, str):
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
            raise ValueError("must be a whole number")
        return int(text)
    return text


#: A number of the query, where all values are text.
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]


class Query(BaseModel):
    """Base of all queries: what stands behind the `?`. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class NoQuery(Query):
    """Nothing stands behind the `?`."""


class Paging(Query):
    """Which part of a list."""

    limit: WholeNumber = Field(50, ge=1, le=MOST_ITEMS, description="How many items at most.")
    cursor: str | None = Field(None, max_length=4096, description="`next_cursor` of a page before.")


class NoBody(Strict):
    """Nothing is asked for in the body; an empty one and `{}` are the same."""
