"""The interface of all target kinds."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.jobs.context import JobContext


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
