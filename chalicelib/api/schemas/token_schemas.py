"""API tokens as clients write and see them."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from chalicelib.api.schemas.base import Instant, Query, Strict, ValidationContext
from chalicelib.api.schemas.text_rules import OneLine
from chalicelib.domain.access.actors import name_fault
from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.domain.access.scopes import Scope

LONGEST_DAYS: Final = 3650


def _different(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must name each scope once")
    return scopes


def _of_nobody_else(name: str) -> str:
    """The name, under which records show what its bearer does. Raises `ValueError`."""
    fault = name_fault(name)
    if fault is not None:
        raise ValueError(fault)
    return name


class TokenIn(Strict):
    """A token to create: what it is for, and what its bearer may do.

    One of `expires_at` and `expires_in_days` may say when it expires; else it is good for as long
    as may be: no longer than the token it is made with, and the limit `max_token_days`.
    """

    name: Annotated[OneLine, AfterValidator(_of_nobody_else)] = Field(min_length=1, max_length=200)
    scopes: Annotated[list[Scope], AfterValidator(_different)] = Field(min_length=1)
    expires_at: Instant | None = Field(None, description="When it stops being valid.")
    expires_in_days: int | None = Field(
        None, ge=1, le=LONGEST_DAYS, description="The same, counted from now."
    )
    tenant_id: str | None = Field(
        None, pattern=TENANT, description="A tenant other than your own; for owners only."
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
    def _is_given_alone(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is not None and info.data.get("expires_at") is not None:
            raise ValueError("must not be given together with expires_at")
        return days

    def ends_at(self, now: datetime) -> datetime | None:
        """When the token stops being valid; None for never."""
        if self.expires_in_days is not None:
            return now + timedelta(days=self.expires_in_days)
        return self.expires_at


class RotateIn(Strict):
    """For how long the secret that a token has is still good."""

    overlap_seconds: int = Field(default=3600, ge=0, le=7 * 86_400)


class RevokeQuery(Query):
    """What goes with the token."""

    cascade: Literal["true", "false"] = Field(
        "false", description="All tokens that were made with it, too."
    )

    @property
    def is_cascade(self) -> bool:
        """Whether the tokens that were made with it are revoked as well."""
        return self.cascade == "true"


class TokenOut(TypedDict):
    """A token, without its secret. It is listed for 30 days after it has expired."""

    id: str
    tenant_id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    created_by_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(TypedDict):
    """A new token, and its secret: the text to send as the bearer token.

    The secret is shown this once. It is null in the answer to a repeated request.
    """

    token: TokenOut
    secret: str | None


class RotatedTokenOut(TypedDict):
    """A token with its new secret, shown this once, and when the one before stops being good."""

    token: TokenOut
    secret: str | None
    former_secret_ends_at: datetime
