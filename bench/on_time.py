"""How late runs start, and how long a slot is free in between: the package on MiniStack.

Run: python -m bench.on_time

Schedules come due at odd instants, one after the other: with functions that are at hand, and each
with none, as after a quiet hour. Then jobs wait in a row for the one slot that there is. What is
told is what the runs' own records say; the machine's processors are shared with MiniStack itself.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bench.deployment import as_text
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import SystemClock
from infra import package
from infra.ministack import free_port
from infra.stack import LocalStack

CLOCK: Final = SystemClock()
WARM: Final = 60
COLD: Final = 6
HAND_OVERS: Final = 50
#: Fire times are so far apart, at some fraction of a second.
APART: Final = timedelta(seconds=1.37)
#: So many are created at once, all within the minute for which nobody waits for a tick.
AT_ONCE: Final = 30
#: So many runs come due before, until functions are at hand.
UNTIL_WARM: Final = 8
#: Time to create them before the first one is due.
AHEAD: Final = timedelta(seconds=15)
#: A fire time with cold functions comes so long after its schedule was made, and these are ended
#: so many seconds after that.
AHEAD_IF_COLD: Final = timedelta(seconds=8.73)
ENDED_AFTER: Final = 2.0
PATIENCE: Final = 120
#: The functions between a fire time and the start of a run.
FUNCTIONS: Final = ("Wake", "Runner")


class Deployment:
    """The package, deployed on a MiniStack of its own; `ask` calls its API as the owner."""

    def __init__(self, directory: Path) -> None:
        self._stack = LocalStack(directory / "state", free_port())
        self._package = package.build(directory / "package", package.Machine.here())
        self._token = ""

    def __enter__(self) -> "Deployment":
        self._stack.start()
        self._stack.deploy(self._package, {"Capacity": "10"})
        self._stack.wait_until_healthy()
        self._token = self._stack.issue_token(tenant="default", scopes="owner", name="bench")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.stop()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON."""
        answer = self._stack.http(method, path, body, token=self._token)
        assert answer.status < 300, (method, path, answer.status, answer.body)  # noqa: PLR2004
        return answer.json

    def create(self, name: str, seconds: float, cadence: dict[str, Any]) -> str:
        """A schedule of a job that takes so long; answers with its id."""
        target = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": seconds}}
        body = {"name": name, "cadence": cadence, "target": target}
        made: str = self.ask("POST", "/v1/schedules", body)["schedule"]["id"]
        return made

    def succeeded(self, schedule_ids: Sequence[str]) -> list[dict[str, Any]]:
        """The one run of each of these schedules, once all have succeeded."""
        wanted = set(schedule_ids)
        runs: dict[str, dict[str, Any]] = {}
        deadline = time.monotonic() + PATIENCE
        while runs.keys() != wanted:
            assert time.monotonic() < deadline, f"{len(wanted - runs.keys())} have not succeeded"
            CLOCK.sleep(1)
            found = self.ask("GET", "/v1/runs?limit=200&status=succeeded")["items"]
            runs = {run["schedule_id"]: run for run in found if run["schedule_id"] in wanted}
        return list(runs.values())

    def end_functions(self) -> None:
        """End the processes of the functions, which are MiniStack's children: the next are cold."""
        asked = ["ps", "axeww", "-o", "pid=,ppid=,command="]
        listed = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
        for line in listed.stdout.splitlines():
            pid, parent = line.split()[:2]
            names = [f"AWS_LAMBDA_FUNCTION_NAME={self._stack.name}-{one}-" for one in FUNCTIONS]
            if int(parent) == self._stack.ministack.pid and any(name in line for name in names):
                os.kill(int(pid), signal.SIGKILL)


def lateness(deployment: Deployment, count: int) -> dict[str, float]:
    """How late so many runs start that come due one after the other, with functions at hand."""
    _in_a_row(deployment, UNTIL_WARM)
    late: list[float] = []
    while len(late) < count:
        late += _in_a_row(deployment, AT_ONCE)
    return _spread(late)


def _in_a_row(deployment: Deployment, count: int) -> list[float]:
    """How late each of so many runs started that came due one after the other."""
    first = CLOCK.now() + AHEAD
    made = [_once(deployment, first + number * APART) for number in range(count)]
    CLOCK.sleep((first + count * APART - CLOCK.now()).total_seconds())
    return [_late(run) for run in deployment.succeeded(made)]


def lateness_if_cold(deployment: Deployment, count: int) -> dict[str, float]:
    """The same with each function begun anew, in turns: the last run is over before the next."""
    late = []
    for _ in range(count):
        made = _once(deployment, CLOCK.now() + AHEAD_IF_COLD)
        CLOCK.sleep(ENDED_AFTER)
        deployment.end_functions()
        late += [_late(run) for run in deployment.succeeded([made])]
    return _spread(late)


def _once(deployment: Deployment, at: datetime) -> str:
    return deployment.create("Odd", 0, {"type": "once", "at": to_text(at)})


def _late(run: dict[str, Any]) -> float:
    return _gap(run["fire_at"], run["started_at"])


def hand_overs(deployment: Deployment, count: int) -> dict[str, float]:
    """How long the one slot is free between a run and the next of those that wait for it."""
    deployment.ask("PATCH", "/v1/settings", {"capacity": 1})
    made = [deployment.create(f"{at}", 0.2, {"type": "manual"}) for at in range(count + 1)]
    for schedule_id in made:
        deployment.ask("POST", f"/v1/schedules/{schedule_id}/runs?when_busy=queue", {})
    runs = sorted(deployment.succeeded(made), key=lambda run: str(run["started_at"]))
    gaps = [_gap(one["finished_at"], then["started_at"]) for one, then in pairwise(runs)]
    return _spread(gaps)


def everything() -> dict[str, Any]:
    """All figures."""
    with (
        tempfile.TemporaryDirectory(prefix="baton-bench-") as temporary,
        Deployment(Path(temporary)) as deployment,
    ):
        rows = {
            "warm": lateness(deployment, WARM),
            "cold": lateness_if_cold(deployment, COLD),
            "hand-over": hand_overs(deployment, HAND_OVERS),
        }
    return {"rows": rows, "processors": os.cpu_count(), "load": round(os.getloadavg()[1], 1)}


def _gap(start: str, end: str) -> float:
    """Milliseconds from one instant, as the API writes it, to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "p50_ms": round(statistics.median(ordered)),
        "p90_ms": round(ordered[int(len(ordered) * 0.9)]),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)]),
        "worst_ms": round(ordered[-1]),
    }


def main() -> None:
    """The command line."""
    print(as_text(everything()))


if __name__ == "__main__":
    main()
