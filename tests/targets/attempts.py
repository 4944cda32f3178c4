"""HTTP targets run without a runner: what they log, and how their attempts end."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

from chalicelib.domain.runs.reports import Report
from chalicelib.jobs.context import JobContext
from chalicelib.jobs.stops import Stop
from chalicelib.outbound.guard import Guard
from chalicelib.outbound.lookups import Lookup
from chalicelib.platform.secrets import NoSuchSecret, Secrets
from chalicelib.targets.http_target import HttpTarget
from tests.builders import NOON, a_run
from tests.harness import SetClock

LOOPBACK: Final = (ip_network("127.0.0.0/8"),)


@dataclass(slots=True)
class Lifeline:
    """Keeps the lines of the log; never stops the attempt."""

    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    stop: Stop | None = None

    def add_line(self, _level: str, message: str, data: dict[str, Any]) -> None:
        self.lines.append((message, data))

    def check_in(self, _report: Report) -> None:
        """A sign of life; nobody listens."""


class SecretsInHand(Secrets):
    """Secrets of a tenant as a test hands them out; counts how often each was fetched."""

    def __init__(self, **values: str) -> None:
        super().__init__()
        self.values = values
        self.fetched: list[str] = []

    def fetch(self, tenant_id: str, name: str) -> str:
        self.fetched.append(name)
        if tenant_id != "acme" or name not in self.values:
            raise NoSuchSecret(f"there is no secret {name}")
        return self.values[name]

    def look_for(self, tenant_id: str, name: str) -> None:
        self.fetch(tenant_id, name)


class Attempt:
    """One attempt of a run at an HTTP target, at noon, with its run's identity fixed."""

    def __init__(
        self,
        target: dict[str, Any],
        *,
        guard: Guard | None = None,
        secrets: Secrets | None = None,
        payload: Any = None,
        seconds: float = 10,
        credentials: dict[str, str] | None = None,
    ) -> None:
        self.lifeline = Lifeline()
        run = a_run()
        deadline = NOON + timedelta(seconds=seconds)
        self.context = JobContext(run, deadline, SetClock(NOON), self.lifeline)
        self.target = HttpTarget(
            target={"type": "http", **target},
            payload=payload,
            tenant_id=run.tenant_id,
            guard=guard or Guard(LOOPBACK),
            secrets=secrets or SecretsInHand(),
            credentials=credentials or {},
        )

    def run(self) -> "Attempt":
        self.target.run(self.context)
        return self

    @property
    def log(self) -> str:
        """The log as one text, messages and data."""
        return repr(self.lifeline.lines)


def resolving(*answers: Sequence[str]) -> Lookup:
    """A name server: each look-up gets the next of these lists of addresses, the last for ever."""
    left = list(answers)

    def lookup(_host: str, port: int, **_: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    return lookup
