"""Whether a schedule's target could run now, found out without running it."""

from datetime import datetime
from typing import Final

from chalicelib import targets
from chalicelib.domain.runs.new_runs import new_run
from chalicelib.domain.runs.run import Trigger
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.engine.system import System
from chalicelib.platform.clock import Countdown
from chalicelib.targets import Check
from chalicelib.targets.base import CHECK_SECONDS

#: The id of the run that a check is made with, which is stored nowhere.
_TRIED_ON: Final = "readiness"


def check(system: System, schedule: WholeSchedule, now: datetime) -> list[Check]:
    """The target's checks. One that cannot be made, or is not done in time, has not passed."""
    tried_on = new_run(schedule, Trigger.MANUAL, now, run_id=_TRIED_ON, fire_at=now)
    try:
        return targets.resolve(system, schedule, tried_on).check(Countdown(CHECK_SECONDS))
    except Exception as error:
        return [Check("target", False, f"it cannot be checked: {type(error).__name__}: {error}")]
