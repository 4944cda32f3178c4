"""A step budget suggested from schedules that do the same work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.domain.runs.schedule import Schedule

#: A budget should stop what runs wild and nothing else: this many times the usual is allowed.
FACTOR: Final = 2
MOST_STEPS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The suggested budget, and what it was taken from, the most demanding first."""

    max_steps: int | None
    similar: Sequence[Schedule] = ()

    @property
    def explanation(self) -> str:
        if self.max_steps is None:
            return "No schedule with such a target has finished a run that counted steps yet."
        most = self.similar[0]
        return (
            f"{FACTOR} times the {most.average_steps:g} steps that “{most.name}” takes on average,"
            f" the most of {len(self.similar)} with such a target. A run that takes more is stopped"
            " with the reason budget_exceeded."
        )


def kind_of(target: Mapping[str, Any]) -> tuple[str, str]:
    """What makes targets alike: the function, the host, or whatever resource they name."""
    kind = str(target.get("type"))
    if kind == "http":
        return kind, urlsplit(str(target.get("url", ""))).hostname or ""
    named = ("name", "function_arn", "state_machine_arn")
    return kind, next((str(target[name]) for name in named if name in target), "")


def suggest(schedules: Iterable[Schedule], kind: tuple[str, str]) -> Suggestion:
    """A budget from the schedules of that kind that have an average of steps."""
    similar = [each for each in schedules if each.average_steps and kind_of(each.target) == kind]
    similar.sort(key=lambda each: (-(each.average_steps or 0), each.schedule_id))
    if not similar:
        return Suggestion(max_steps=None)
    most = similar[0].average_steps or 0
    return Suggestion(max_steps=min(rounded_up(most * FACTOR), MOST_STEPS), similar=similar)


def rounded_up(steps: float) -> int:
    """The steps as people set them: to two significant digits, never less."""
    whole = max(ceil(steps), 1)
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return ceil(whole / unit) * unit
