"""What every kind of target has in common: the runnable target, its checks, and its kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import Registry
from chalicelib.outbound.lookups import Lookup
from chalicelib.platform.aws import Clients
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import Config
from chalicelib.platform.secrets import Secrets

#: The target as a schedule defines it: its `type`, and the fields of that type.
Definition = Mapping[str, Any]
#: How long the readiness checks of one request may take together.
CHECK_SECONDS: Final = 3.0
#: What a check says that there was no time for.
OUT_OF_TIME: Final = f"not found out in time: all checks together have {CHECK_SECONDS:g} seconds"


@dataclass(frozen=True, slots=True)
class Check:
    """One readiness check: its name, whether it passed, and what it found."""

    name: str
    ok: bool
    detail: str


def checked(name: str, countdown: Countdown, find: Callable[[], str]) -> Check:
    """The check of that name, passed with the sentence that `find` returns.

    It has not passed if `find` raises an error, which then says why, or if there is no time for it.
    """
    if not countdown.left:
        return Check(name, False, OUT_OF_TIME)
    try:
        return Check(name, True, find())
    except TimeoutError:
        return Check(name, False, OUT_OF_TIME)
    except Exception as error:
        return Check(name, False, str(error) or type(error).__name__)


class Target(Protocol):
    """Something that can be run."""

    def check(self, countdown: Countdown) -> list[Check]:
        """Whether it could run now, without running it, as far as it is found out in that time."""
        ...

    def run(self, context: JobContext) -> None:
        """Run it to its end. A failure is raised, as `Fail` if its reason is known."""
        ...


class Surroundings(Protocol):
    """The parts of a deployment that targets are made from; the engine's `System` has them."""

    @property
    def config(self) -> Config:
        """Which networks, functions and state machines targets may reach."""
        ...

    @property
    def jobs(self) -> Registry:
        """The registered functions."""
        ...

    @property
    def secrets(self) -> Secrets:
        """The tenants' secrets."""
        ...

    @property
    def clients(self) -> Clients:
        """Makes the clients that start targets in AWS."""
        ...

    @property
    def lookup(self) -> Lookup:
        """Looks up the hosts of HTTP targets."""
        ...
