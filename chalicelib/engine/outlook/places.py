"""The place of one waiting run: how many are served before it, and when it should start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.outlook.serving import Waiting, serve
from chalicelib.domain.outlook.workload import expected_duration
from chalicelib.domain.runs.queue_order import USUAL
from chalicelib.domain.runs.run import Place, Run, RunStatus
from chalicelib.engine.system import System
from chalicelib.store import surveys

#: With more than so many in the pool's queue, or in lines, nobody is told a place.
MOST_LOOKED_AT: Final = 200
_FOR_A_SLOT: Final = (Place.QUEUE, Place.LINE)


@dataclass(frozen=True, slots=True)
class Expected:
    """Which of those that wait for the pool it is, from 1 on, and when it should start.

    None where that is not known: of what does not wait for a slot, behind too many others, and
    behind a run of which nobody knows when it ends.
    """

    position: int | None = None
    start_at: datetime | None = None


def expected(system: System, run: Run, now: datetime) -> Expected:
    """The place of the run, if nothing else comes and all runs take as long as they usually do."""
    if run.status is not RunStatus.QUEUED or run.place not in _FOR_A_SLOT:
        return Expected()
    found = [surveys.standing(place, MOST_LOOKED_AT, run.pool) for place in _FOR_A_SLOT]
    if not all(each.is_complete for each in found):
        return Expected()
    keys = [standing.key for each in found for standing in each.found]
    runs = {**surveys.runs_at(keys), (run.tenant_id, run.run_id): run}
    schedules = surveys.schedules_at((each.tenant_id, each.schedule_id) for each in runs.values())
    waiting = []
    for each in runs.values():
        if each.status is RunStatus.QUEUED and each.place in _FOR_A_SLOT:
            schedule = schedules.get((each.tenant_id, each.schedule_id))
            waiting.append(Waiting(each, expected_duration(schedule) if schedule else USUAL))
    served = serve(system.floor(run.pool), waiting, now)
    for position, one in enumerate(served, start=1):
        if one.run.run_id == run.run_id and one.start_at is not None:
            return Expected(position, one.start_at)
    return Expected()
