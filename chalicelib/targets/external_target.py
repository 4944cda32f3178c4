"""External targets: work that is done elsewhere, by whoever comes and starts a run.

No run of such a schedule reaches the runner. One that was queued for another target may, if its
schedule has become external meanwhile.
"""

from typing import Final

from chalicelib.domain.errors import FieldError
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.domain.targets.target_label import EXTERNAL
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.platform.clock import Countdown
from chalicelib.targets.base import Check, Definition, Surroundings
from chalicelib.targets.callback import Callback
from chalicelib.targets.target_kind import TargetKind


class ExternalTarget:
    """`{"type": "external"}`."""

    def check(self, _countdown: Countdown) -> list[Check]:
        """It is always ready: whether somebody comes is not for Baton to find out."""
        return [Check("external", True, "whoever starts a run does its work")]

    def run(self, _context: JobContext) -> None:
        """Refuse: Baton cannot do the work. Raises `Fail`."""
        message = "The work of this schedule is done elsewhere by now: start its runs from there."
        raise Fail(message, FailureReason.TARGET_NOT_FOUND)


def _faults(_system: Surroundings, _tenant_id: str, _target: Definition) -> list[FieldError]:
    return []


def _resolve(
    _system: Surroundings, _target: Definition, _run: Run, _callback: Callback | None
) -> ExternalTarget:
    return ExternalTarget()


KIND: Final = TargetKind(name=EXTERNAL, resolve=_resolve, faults=_faults)
