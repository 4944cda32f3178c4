"""The interface of all target kinds."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.jobs.context import JobContext
from chalicelib.jobs.registry import Registry
from chalicelib.platform.aws import Clients
from chalicelib.platform.config import Config
from chalicelib.platform.secrets import Secrets


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
        """Run it to its end. Raises `Fail` with its reason, or anything at all, for a failure."""
        ...


class Surroundings(Protocol):
    """What targets are made with; the engine's `System` has it, and so has whatever tests give."""

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
