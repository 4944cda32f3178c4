"""What the models of all requests share. They are strict: nothing is converted silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
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

#: Ids sort by the time since this year began.
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
        pass  # Refused below, as any other text that is no such instant.
    raise ValueError("must be an RFC 3339 instant as 2026-12-24T18:00:00Z")


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """What validators go by besides the data: deployment, instant, tenant, and the values before.

    A cadence or start that stays as it was is not checked again: a time that has passed since then
    is no reason to refuse a new name.
    """

    system: System
    now: datetime
    cadence_before: Cadence | None = None
    starts_at_before: datetime | None = None
    tenant_id: str = ""
    target_before: Mapping[str, Any] = field(default_factory=dict)
    pool_before: str | None = None

    def admits_to(self, pool: str) -> bool:
        """Whether the tenant's schedules may name the pool, by the settings as they are now."""
        known = self.system.settings().pool(pool).admits(self.tenant_id)
        return known or self.system.floor().settings.pool(pool).admits(self.tenant_id)


class WrongFields(ValueError):
    """Several wrong fields that one validator found; each gets its own entry in the answer."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.field_errors = tuple(errors)
        super().__init__("; ".join(error.message for error in errors))


class Strict(BaseModel):
    """Base of the models of all bodies: unknown fields are refused, nothing is converted."""

    # Models are built when first needed: most Lambdas import the API and answer no request.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def _whole_number(text: Any) -> Any:
    if isinstance(text, str):
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
            raise ValueError("must be a whole number")
        return int(text)
    return text


#: A number in the query, where all values are text.
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]


def listed(kind: type[StrEnum]) -> BeforeValidator:
    """What a sequence of these values in the query is read by: they have commas between them."""

    def each(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        names = text.split(",")
        if not set(names) <= set(kind):
            raise ValueError(f"must be of {', '.join(kind)}, with commas between them")
        return tuple(map(kind, names))

    return BeforeValidator(each)


class Query(BaseModel):
    """Base of the models of all queries. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class NoQuery(Query):
    """A query without parameters."""


class Paging(Query):
    """Which page of a list."""

    limit: WholeNumber = Field(50, ge=1, le=MOST_ITEMS, description="How many items at most.")
    cursor: str | None = Field(
        None, max_length=4096, description="`next_cursor` of the page before."
    )


class NoBody(Strict):
    """A body without fields: it may be empty, or `{}`."""
