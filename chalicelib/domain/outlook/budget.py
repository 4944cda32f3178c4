"""A step budget suggested from schedules that do the same work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from chalicelib.domain.outlook.phrases import quoted
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.domain.texts import say

#: The suggested budget is this many times the usual steps, so that only runaway runs reach it.
FACTOR: Final = 2
MOST_STEPS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The suggested budget (None if there is nothing to go by), and the schedules it comes from.

    Those that take the most steps come first.
    """

    max_steps: int | None
    similar: Sequence[Schedule] = ()

    @property
    def explanation(self) -> str:
        """How the budget was found, as a sentence for people."""
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
    """A budget for a target, from the schedules whose targets do similar work.

    Only schedules whose runs have counted steps have a say.
    """
    similar = [each for each in schedules if each.average_steps]
    similar.sort(key=lambda each: (-(each.average_steps or 0), each.schedule_id))
    if not similar:
        return Suggestion(max_steps=None)
    most = similar[0].average_steps or 0
    return Suggestion(max_steps=min(rounded_up(most * FACTOR), MOST_STEPS), similar=similar)


def rounded_up(steps: float) -> int:
    """The steps rounded up to two significant digits, as people would set them; at least 1."""
    whole = max(ceil(steps), 1)
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return ceil(whole / unit) * unit
