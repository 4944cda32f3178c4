"""Targets as clients write them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.api.schemas.base import Strict


class FunctionIn(Strict):
    """A registered function."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=200)
    params: dict[str, Any] = Field(default_factory=dict)


class HttpIn(Strict):
    """An HTTP request."""

    type: Literal["http"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "POST"
    url: str = Field(min_length=1, max_length=2000)
    headers: dict[str, str] = Field(default_factory=dict, max_length=50)
    body: dict[str, Any] | list[Any] | str | None = None
    success_codes: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(
        default=None, min_length=1, max_length=50
    )


TargetIn = Annotated[FunctionIn | HttpIn, Field(discriminator="type")]
