"""API tokens as clients write and see them."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Strict, ValidationContext
from chalicelib.api.schemas.text_rules import OneLine
from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.access.scopes import Scope

LONGEST_DAYS: Final = 3650


def _different(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must name each scope once")
    return scopes


class TokenIn(Strict):
    """A token to make: what it is for, and what its bearer may. Without an end it never expires."""

    name: OneLine = Field(min_length=1, max_length=200)
    scopes: Annotated[list[Scope], AfterValidator(_different)] = Field(min_length=1)
    expires_at: Instant | None = Field(None, description="When it stops being valid.")
    expires_in_days: int | None = Field(
        None, ge=1, le=LONGEST_DAYS, description="The same, counted from now."
    )
    tenant_id: str | None = Field(
        None, pattern=TENANT, description="Another tenant than one's own; for owners only."
    )

    @field_validator("expires_at")
    @classmethod
    def _is_ahead(cls, instant: datetime | None, info: ValidationInfo) -> datetime | None:
        context: ValidationContext | None = info.context
        if instant and context:
            if instant <= context.now:
                raise ValueError("must be in the future")
            if instant > context.now + timedelta(days=LONGEST_DAYS):
                raise ValueError(f"must be at most {LONGEST_DAYS} days ahead")
        return instant

    @field_validator("expires_in_days")
    @classmethod
    def _says_it_once(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is not None and info.data.get("expires_at") is not None:
            raise ValueError("must not be given together with expires_at")
        return days

    def ends_at(self, now: datetime) -> datetime | None:
        """When the token stops being valid; None for never."""
        if self.expires_in_days is not None:
            return now + timedelta(days=self.expires_in_days)
        return self.expires_at


class TokenOut(TypedDict):
    """A token; its secret is nowhere. An expired one is shown for 30 more days."""

    id: str
    tenant_id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(TypedDict):
    """A token that was made, and the bearer text that proves it.

    The text is shown this once: null in the answer to a repeated request.
    """

    token: TokenOut
    secret: str | None
