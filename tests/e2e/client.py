"""What the end-to-end tests do over HTTP, and how they wait for what comes of it."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from urllib3.exceptions import HTTPError

from chalicelib.platform.clock import SystemClock
from infra.stack import Answer
from tests.e2e.conftest import Deployment

T = TypeVar("T")

CLOCK: Final = SystemClock()
FINAL: Final = frozenset({"succeeded", "failed", "skipped", "cancelled"})
MOST_TRIES: Final = 12
#: Nothing is given up sooner, in seconds: a busy machine starts a function that slowly.
LEAST_PATIENCE: Final = 60.0


def at(text: str) -> datetime:
    """The instant that the API wrote so."""
    return datetime.fromisoformat(text)


def wait_for(what: str, look: Callable[[], T | None], within: float, every: float = 0.25) -> T:
    """Look until there is something; fails when the time is up.

    `within` is how long it may take in itself; no test demands that it is as quick as that.
    """
    patience = max(within, LEAST_PATIENCE)
    deadline = CLOCK.now().timestamp() + patience
    while not (found := look()):
        assert CLOCK.now().timestamp() < deadline, f"within {patience:g} s: {what}"
        CLOCK.sleep(every)
    return found


class Client:
    """A caller of the API who does not take a broken connection or a 5xx for an answer."""

    def __init__(self, deployment: Deployment, token: str = "") -> None:
        self._deployment, self._token = deployment, token

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """The first answer that is one. A call that broke may have had its effect before."""
        for _ in range(MOST_TRIES):
            try:
                answer = self._deployment.http(method, path, body, token=self._token)
            except HTTPError:
                CLOCK.sleep(0.5)
                continue
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            CLOCK.sleep(0.5)
        raise AssertionError(f"{method} {path} was never answered")

    def call(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        """The answer's JSON; fails if its status is another."""
        answer = self.ask(method, path, body)
        assert answer.status == expect, (method, path, answer.status, answer.body)
        return answer.json

    def create(self, **changes: Any) -> dict[str, Any]:
        """A new schedule: manual and a one-step drill, unless told otherwise."""
        body = {"name": "Probe", "cadence": {"type": "manual"}, "target": drill(), **changes}
        schedule: dict[str, Any] = self.call("POST", "/v1/schedules", body, 201)["schedule"]
        return schedule

    def start(self, schedule: dict[str, Any], query: str = "") -> dict[str, Any]:
        """A run of it, now."""
        run: dict[str, Any] = self.call(
            "POST", f"/v1/schedules/{schedule['id']}/runs{query}", {}, 202
        )
        return run

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        """The run as it is now."""
        now: dict[str, Any] = self.call("GET", f"/v1/runs/{run['id']}")
        return now

    def until(self, run: dict[str, Any], *statuses: str, within: float) -> dict[str, Any]:
        """The run once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            now = self.run(run)
            return now if now["status"] in statuses else None

        return wait_for(f"the run is {' or '.join(statuses)}", look, within)

    def until_ended(self, run: dict[str, Any], within: float) -> dict[str, Any]:
        """The run once it has ended."""
        return self.until(run, *FINAL, within=within)

    def runs(self, path: str = "/v1/runs") -> list[dict[str, Any]]:
        """All runs of the tenant, or of what the path names; oldest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            page = self.call("GET", f"{path}?limit=200{more}")
            found += page["items"]
            cursor = page["next_cursor"]
        return found[::-1]

    def first_run_of(self, schedule: dict[str, Any], within: float) -> dict[str, Any]:
        """The schedule's first run, once there is one."""
        path = f"/v1/schedules/{schedule['id']}/runs"
        return wait_for("the schedule has fired", lambda: self.runs(path), within)[0]

    def log(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines of a run's log."""
        lines: list[dict[str, Any]] = self.call("GET", f"/v1/runs/{run['id']}/log")["items"]
        return lines

    def holders(self) -> list[dict[str, Any]]:
        """Who holds a slot."""
        holders: list[dict[str, Any]] = self.call("GET", "/v1/slot")["holders"]
        return holders

    def tick(self) -> dict[str, Any]:
        """A pass, now."""
        summary: dict[str, Any] = self.call("POST", "/v1/tick", {})
        return summary


def drill(**params: Any) -> dict[str, Any]:
    """A drill as a target."""
    return {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0, **params}}
