"""What a run may use up, as clients limit it."""

from typing import Annotated

from pydantic import Field

from chalicelib.domain.runs.report_rules import MOST_COST, MOST_TOKENS, SMALLEST_COST

MaxSteps = Annotated[int | None, Field(ge=1, le=1_000_000)]
MaxTokens = Annotated[
    int | None, Field(ge=1, le=MOST_TOKENS, description="Of what its steps report as tokens.")
]
MaxCost = Annotated[
    float | None,
    Field(
        ge=SMALLEST_COST,
        le=MOST_COST,
        allow_inf_nan=False,
        description="Of what its steps report as cost, in whatever currency they count.",
    ),
]
