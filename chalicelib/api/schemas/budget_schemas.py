"""What a run may use up, as clients limit it."""

from typing import Annotated, Final

from pydantic import Field

_MOST_TOKENS: Final = 1_000_000_000_000
_MOST_COST: Final = 1_000_000_000

MaxSteps = Annotated[int | None, Field(ge=1, le=1_000_000)]
MaxTokens = Annotated[
    int | None, Field(ge=1, le=_MOST_TOKENS, description="Of what its steps report as tokens.")
]
MaxCost = Annotated[
    float | None,
    Field(
        gt=0,
        le=_MOST_COST,
        allow_inf_nan=False,
        description="Of what its steps report as cost, in whatever currency they count.",
    ),
]
