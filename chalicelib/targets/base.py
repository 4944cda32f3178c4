"""What every kind of target has in common: the runnable target, its checks, and its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import Registry
from chalicelib.platform.aws import Clients
from chalicelib.platform.config import Config
from chalicelib.platform.secrets import Secrets

#: The target as a schedule defines it: its `type`, and the fields of that type.
Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One readiness check: its name, whether it passed, and what it found."""

    name: str
    ok: bool
    detail: str


class Target(Protocol):
    """Something that can be run."""

    def check(self) -> list[Check]:
        """Whether it could run now, without running it."""
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
