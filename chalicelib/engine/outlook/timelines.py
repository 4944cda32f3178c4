"""Runs of a tenant over a time, read within bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.domain.outlook.timeline import Row
from chalicelib.store import surveys

#: How many runs are read at most: for rows, and for sums.
MOST_ROWS: Final = 1_000
MOST_SUMMED: Final = 5_000
#: Of those due before the window, how many are looked at, and how long before it they were due.
_MOST_BEFORE: Final = 100
_BEFORE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The runs due in a window, and those due before that reach into it; newest first.

    If it is not complete, those due before `complete_from` are missing.
    """

    due: Sequence[Row]
    reaching: Sequence[Row]
    complete_from: datetime
    is_complete: bool


def timeline(
    tenant_id: str,
    since: datetime,
    until: datetime,
    schedule_id: str | None = None,
    *,
    for_sums: bool = False,
) -> Timeline:
    """The tenant's runs that overlap the time from `since` until before `until`.

    Those that are `for_sums` are more, and need not have more than what is summed up.
    """
    rows_of_runs = partial(surveys.rows_of_runs, schedule_id=schedule_id, for_sums=for_sums)
    found = rows_of_runs(tenant_id, since, until, MOST_SUMMED if for_sums else MOST_ROWS)
    due = found.found
    if not found.is_complete:
        complete_from = due[-1].due_at if due else until
        return Timeline(due=due, reaching=[], complete_from=complete_from, is_complete=False)
    before = rows_of_runs(tenant_id, since - _BEFORE, since, _MOST_BEFORE)
    reaching = [row for row in before.found if row.reaches(since)]
    return Timeline(due=due, reaching=reaching, complete_from=since, is_complete=True)
