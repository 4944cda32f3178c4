"""Budgets suggested from schedules that do the same work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from chalicelib.domain.outlook.phrases import quoted
from chalicelib.domain.runs.report_rules import (
    MOST_COST,
    MOST_TOKENS,
    SMALLEST_COST,
    rounded_cost,
)
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.texts import say

#: The suggested budget is this many times the usual steps, so that only runaway runs reach it.
FACTOR: Final = 2
MOST_STEPS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The suggested budgets (None where there is nothing to go by), and the schedules behind them.

    Those that take the most steps come first.
    """

    max_steps: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    similar: Sequence[Schedule] = ()

    @property
    def explanation(self) -> str:
        """How the budget was found, as a sentence for people."""
        if self.max_steps is None and self.similar:
            return say(
                "{factor} times what the one of {count} with such a target that uses the most uses"
                " on average. None of them has counted steps yet.",
                "{factor}-mal das, was von {count} mit so einem Ziel im Mittel am meisten"
                " verbraucht wird. Schritte hat bisher keiner gezählt.",
                factor=FACTOR,
                count=len(self.similar),
            )
        if self.max_steps is None:
            return say(
                "No schedule with such a target has finished a run that counted steps yet.",
                "Kein Zeitplan mit so einem Ziel hat bisher einen Lauf mit Schritten beendet.",
            )
        most = self.similar[0]
        return say(
            "{factor} times the {steps} steps that {name} takes on average, the most of {count}"
            " with such a target. A run that takes more is stopped with the reason"
            " budget_exceeded.",
            "{factor}-mal die {steps} Schritte, die {name} im Mittel braucht, die meisten von"
            " {count} mit so einem Ziel. Ein Lauf, der mehr braucht, wird angehalten, mit dem Grund"
            " budget_exceeded.",
            factor=FACTOR,
            steps=f"{most.average_steps:g}",
            name=quoted(most.name),
            count=len(self.similar),
        )


def suggest(schedules: Iterable[Schedule]) -> Suggestion:
    """Budgets for a target, from the schedules whose targets do similar work.

    Only schedules whose runs have counted something have a say.
    """
    similar = [each for each in schedules if each.average_steps or _usage(each)]
    similar.sort(key=lambda each: (-(each.average_steps or 0), each.schedule_id))
    most_steps = max((each.average_steps or 0 for each in similar), default=0)
    most_tokens = max((each.average_tokens or 0 for each in similar), default=0)
    most_cost = max((each.average_cost or 0 for each in similar), default=0)
    return Suggestion(
        max_steps=min(rounded_up(most_steps * FACTOR), MOST_STEPS) if most_steps else None,
        max_tokens=min(rounded_up(most_tokens * FACTOR), MOST_TOKENS) if most_tokens else None,
        max_cost=_rounded_cost(most_cost * FACTOR) if most_cost else None,
        similar=similar,
    )


def _rounded_cost(cost: float) -> float:
    return min(rounded_cost(rounded_up(cost / SMALLEST_COST) * SMALLEST_COST), float(MOST_COST))


def _usage(schedule: Schedule) -> float:
    return (schedule.average_tokens or 0) + (schedule.average_cost or 0)


def rounded_up(count: float) -> int:
    """The count rounded up to two significant digits, as people would set it; at least 1."""
    whole = max(ceil(count), 1)
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return ceil(whole / unit) * unit
