"""Behind whom a run waited, or on whose account it was skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.outlook.phrases import (
    ANOTHER_RUN,
    ANOTHER_TENANT,
    OWN_RUN,
    counted,
    listed,
    quoted,
)
from chalicelib.domain.runs.run import Run, SkipReason
from chalicelib.domain.texts import say

#: A run at work is taken to go on for at least this much longer.
_A_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A run of the same tenant that held a slot."""

    run_id: str
    schedule_name: str
    #: Whether it was a run of the very same schedule.
    is_own: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """The runs that held the slots: those known, other tenants', and whether some are unknown."""

    known: tuple[Ahead, ...] = ()
    of_other_tenants: int = 0
    some_unknown: bool = False

    def __bool__(self) -> bool:
        return bool(self.known or self.of_other_tenants or self.some_unknown)

    def names(self) -> str:
        """All of these runs in words; empty if there is none."""
        names = [OWN_RUN if each.is_own else quoted(each.schedule_name) for each in self.known]
        if self.of_other_tenants == 1:
            names.append(ANOTHER_TENANT)
        elif self.of_other_tenants:
            names.append(
                say(
                    "{runs} of other tenants",
                    "{runs} anderer Mandanten",
                    runs=counted(self.of_other_tenants, "run"),
                )
            )
        if self.some_unknown:
            names.append(ANOTHER_RUN)
        return listed(list(dict.fromkeys(names)))

    def as_json(self) -> dict[str, Any]:
        """These runs for programs, as the data of a reason has them."""
        return {
            "behind": [
                {"run_id": each.run_id, "schedule_name": each.schedule_name} for each in self.known
            ],
            "behind_another_tenant": self.of_other_tenants > 0,
        }


def behind(run: Run, others: Sequence[Run], capacity: int, now: datetime) -> Behind:
    """The runs that it waited behind, as it remembers them or its tenant's other runs suggest."""
    if run.attempt == 1 and (run.behind or run.behind_others):
        known = [
            Ahead(each.run_id, each.schedule_name, each.schedule_id == run.schedule_id)
            for each in run.behind
        ]
        # Its own run is what it waited for, whatever else was at work.
        own = tuple(each for each in known if each.is_own)
        return Behind(own) if own else Behind(tuple(known), run.behind_others)
    return _guessed(run, others, capacity, now)


def _guessed(run: Run, others: Sequence[Run], capacity: int, now: datetime) -> Behind:
    """The runs whose work overlapped its wait, earliest first.

    If these are too few to fill the slots, a run that is not known held one as well.
    """
    since, until = _wait_of(run, now)
    worked = [each for each in others if each.run_id != run.run_id and each.claimed_at is not None]
    found = [each for each in sorted(worked, key=_claimed) if _overlaps(each, since, until, now)]
    at_first = [each for each in worked if _overlaps(each, since, since, now)]
    for_itself = any(each.schedule_id == run.schedule_id for each in at_first)
    are_all = for_itself or len(at_first) >= (run.concurrent_runs or capacity)
    known = [
        Ahead(each.run_id, each.schedule_name, each.schedule_id == run.schedule_id)
        for each in found
    ]
    return Behind(tuple(known), some_unknown=not are_all)


def _wait_of(run: Run, now: datetime) -> tuple[datetime, datetime]:
    if run.skip_reason is SkipReason.SLOT_BUSY:
        return run.queued_at, run.queued_at
    if run.claimed_at is not None:
        return run.claimed_at - timedelta(milliseconds=run.slot_wait_ms or 0), run.claimed_at
    return run.queued_at, run.finished_at or now


def _claimed(run: Run) -> datetime:
    return run.claimed_at or run.queued_at


def _overlaps(run: Run, since: datetime, until: datetime, now: datetime) -> bool:
    end = run.finished_at or (now + _A_MOMENT)
    return _claimed(run) <= until and end > since and (since == until or _claimed(run) < until)
