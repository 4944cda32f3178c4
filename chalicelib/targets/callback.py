"""Targets that call back: the credentials they get for it, and starts that are not answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs import run_tokens
from chalicelib.domain.runs.run import Run
from chalicelib.domain.targets.target_label import calls_back
from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound.http_client import Broken, TookTooLong
from chalicelib.platform.clock import Countdown
from chalicelib.targets.base import Check, Target

#: A Lambda has 15 minutes. The last one is for what the runner does before and after the work.
LONGEST_RESPONSE_SECONDS: Final = 840
LONGEST_CALLBACK_SECONDS: Final = 86_400


class Unanswered(BatonError):
    """The target was asked to start, and did not answer: it may have started, or not."""

    message = "Nobody knows whether the target was started: it was asked, and no answer came."


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a target calls back, and the run token it needs for that. Never logged or stored."""

    url: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that bring both to an HTTP target."""
        return {"Baton-Callback-Url": self.url, "Baton-Run-Token": self.token}


@dataclass(frozen=True, slots=True)
class AskToStart:
    """An HTTP target that calls back. Running it only asks it to start."""

    target: Target

    def check(self, countdown: Countdown) -> list[Check]:
        """The checks of the HTTP target itself."""
        return self.target.check(countdown)

    def run(self, context: JobContext) -> None:
        """Ask it to start.

        Raises:
            Fail: it has not started.
            Unanswered: it may have started.
        """
        try:
            self.target.run(context)
        except Fail as failure:
            if _may_have_started(failure):
                raise Unanswered from failure
            raise


def _may_have_started(failure: Fail) -> bool:
    """Whether the request went out, and no readable answer came back."""
    error = failure.__cause__
    if not isinstance(error, TookTooLong | Broken) or error.__cause__ is None:
        return False
    return not isinstance(error.__cause__, NewConnectionError | ConnectTimeoutError | SSLError)


def new_callback(run: Run, public_url: str) -> Callback:
    """The callback for a run that was just claimed. Its token is new, and good for that claim."""
    return Callback(url_of(run, public_url), run_tokens.issue(run))


def url_of(run: Run, public_url: str) -> str:
    """Where whoever does the run's work calls back: `/heartbeat`, `/complete` or `/fail` below."""
    return f"{public_url}/v1/runs/{run.run_id}"


def wants_callback(target: Mapping[str, Any]) -> bool:
    """Whether the target ends its runs itself, by calling back."""
    return calls_back(target)


def run_as_json(run: Run, callback: Callback | None) -> dict[str, Any]:
    """The run as targets that take JSON get it, under the name `baton`."""
    fields = {
        "run_id": run.run_id,
        "schedule_id": run.schedule_id,
        "tenant_id": run.tenant_id,
        "fire_at": to_text(run.fire_at),
        "attempt": run.attempt,
        "checkpoint": None if run.checkpoint is None else dict(run.checkpoint),
    }
    if callback is None:
        return fields
    return {**fields, "callback_url": callback.url, "run_token": callback.token}


def timeout_fault(target: Mapping[str, Any], seconds: int) -> str | None:
    """Why the target cannot have that timeout; None if it can."""
    if wants_callback(target) or seconds <= LONGEST_RESPONSE_SECONDS:
        return None
    return f"may be {LONGEST_RESPONSE_SECONDS} at most, unless the target's completion is callback"
