"""Targets that call back: what they are given for it, and what may become of asking them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from chalicelib.domain.errors import BatonError
from chalicelib.domain.runs import run_tokens
from chalicelib.domain.runs.run import Run
from chalicelib.domain.time.instants import to_text
from chalicelib.jobs.context import Fail, JobContext
from chalicelib.outbound.http_client import Broken, TookTooLong
from chalicelib.targets.base import Check, Target

#: Within a Lambda's 15 minutes, so much is for the work and the rest for what is around it.
LONGEST_RESPONSE_SECONDS: Final = 840
LONGEST_CALLBACK_SECONDS: Final = 86_400


class Unanswered(BatonError):
    """Nobody knows whether the target was started: it was asked, and no answer came."""

    message = "Nobody knows whether the target was started: it was asked, and no answer came."


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a target calls back, and the token that proves it. Never logged, never stored."""

    url: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """For targets that are asked over HTTP."""
        return {"Baton-Callback-Url": self.url, "Baton-Run-Token": self.token}


@dataclass(frozen=True, slots=True)
class AskToStart:
    """An HTTP target that calls back: to run it is to ask it to start."""

    target: Target

    def check(self) -> list[Check]:
        """As the target itself."""
        return self.target.check()

    def run(self, context: JobContext) -> None:
        """Ask it. Raises `Fail` where it has not started, `Unanswered` where it may have."""
        try:
            self.target.run(context)
        except Fail as failure:
            if _may_have_started(failure):
                raise Unanswered from failure
            raise


def _may_have_started(failure: Fail) -> bool:
    """Whether it was asked, and then nothing sensible came back."""
    error = failure.__cause__
    if not isinstance(error, TookTooLong | Broken) or error.__cause__ is None:
        return False
    return not isinstance(error.__cause__, NewConnectionError | ConnectTimeoutError | SSLError)


def new_callback(run: Run, public_url: str) -> Callback:
    """A way of calling back for the claim the run is held by; its token is new."""
    return Callback(f"{public_url}/v1/runs/{run.run_id}", run_tokens.issue(run))


def wants_callback(target: Mapping[str, Any]) -> bool:
    """Whether the target ends its runs itself, by calling back."""
    return target.get("completion") == "callback"


def run_as_json(run: Run, callback: Callback | None) -> dict[str, Any]:
    """What a target that takes JSON is told of its run, under the name `baton`."""
    told = {
        "run_id": run.run_id,
        "schedule_id": run.schedule_id,
        "fire_at": to_text(run.fire_at),
        "attempt": run.attempt,
    }
    if callback is None:
        return told
    return {**told, "callback_url": callback.url, "run_token": callback.token}


def timeout_fault(target: Mapping[str, Any], seconds: int) -> str | None:
    """What is wrong with a timeout for this target; None if nothing."""
    if wants_callback(target) or seconds <= LONGEST_RESPONSE_SECONDS:
        return None
    return f"may be {LONGEST_RESPONSE_SECONDS} at most, unless the target's completion is callback"
