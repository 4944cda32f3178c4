"""What clients ask of runs."""

from typing import Any

from pydantic import Field

from chalicelib.api.schemas.base import Strict


class RunNowIn(Strict):
    """A run asked for by hand."""

    payload: dict[str, Any] | None = None
    max_steps: int | None = Field(default=None, ge=1, le=1_000_000)
