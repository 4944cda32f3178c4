"""On the artefact: a program that calls back by the Python client, and what may befall it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest

from chalicelib.domain.runs import lease
from infra.places import ROOT
from tests.e2e.cable import Cable, cable_to
from tests.e2e.client import Client, wait_for
from tests.e2e.conftest import Deployment
from tests.e2e.listener import listening

LEASE_SECONDS = 10  # the shortest there is


class Worker:
    """The process that does a run's work."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdin and process.stdout
        self._told: IO[str] = process.stdin
        self._said: IO[str] = process.stdout

    def step(self, name: str) -> None:
        """Have it take a step, and wait until it has."""
        self.tell(name)
        assert self.says().startswith("step ")

    def tell(self, name: str) -> None:
        """Have it take a step."""
        print(name, file=self._told, flush=True)

    def says(self) -> str:
        """What it says next."""
        return self._said.readline().strip()

    def end(self) -> None:
        """Have it end its work."""
        self._told.close()

    def finish(self) -> str:
        """Have it end its work; what it says last."""
        self.end()
        return self.says()


@pytest.fixture
def client(local_stack: Deployment) -> Client:
    return Client(local_stack)


@pytest.fixture
def cable(local_stack: Deployment) -> Iterator[Cable]:
    with cable_to(local_stack.url) as cable:
        yield cable


@pytest.fixture
def run(client: Client) -> Iterator[dict[str, Any]]:
    """A run whose target has been asked to start; under `given`, what it was given to call back."""
    with listening() as listener:
        schedule = client.create(
            name="Worker",
            target={"type": "http", "url": f"{listener.url}/start", "completion": "callback"},
            lease_seconds=LEASE_SECONDS,
            retry={"max_attempts": 1},
        )
        started = client.start(schedule, "?when_busy=queue")
        wait_for("it is asked to start", lambda: listener.requests, within=60)
        headers = listener.requests[0].headers
        client.until(started, "running", within=30)
    names = {"baton-callback-url": "BATON_CALLBACK_URL", "baton-run-token": "BATON_RUN_TOKEN"}
    yield {**started, "given": {name: headers[header] for header, name in names.items()}}
    client.ask("POST", f"/v1/runs/{started['id']}/cancel")


@pytest.fixture
def worker(run: dict[str, Any], cable: Cable) -> Iterator[Worker]:
    """The worker of that run, which reaches the API by the cable."""
    given = {name: cable.through(each) for name, each in run["given"].items()}
    paths = [str(ROOT / "clients" / "python"), *filter(None, sys.path)]
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, str(ROOT / "tests" / "e2e" / "worker.py")],
        env={**given, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    working = Worker(process)
    with process:
        assert working.says() == "began"
        yield working
        process.kill()


def test_a_program_reports_and_completes_its_run(
    client: Client, run: dict[str, Any], worker: Worker
) -> None:
    for page in ("a", "b", "c"):
        worker.step(page)
    assert worker.finish() == "done"
    ended = client.run(run)
    assert (ended["status"], ended["steps"]) == ("succeeded", 3)
    assert ended["usage"] == {"tokens": 30, "cost": 0.0}
    assert ended["totals"] == {"processed": 3, "skipped": 0, "errors": 0}
    assert [line["message"] for line in client.log(run)][-3:] == ["a", "b", "c"]


def test_the_thread_keeps_the_lease_while_the_work_says_nothing(
    client: Client, run: dict[str, Any], worker: Worker
) -> None:
    first = client.run(run)["lease_expires_at"]
    wait_for("it is renewed", lambda: client.run(run)["lease_expires_at"] > first, within=30)
    assert worker.finish() == "done"
    assert client.run(run)["status"] == "succeeded"


def test_one_that_is_killed_leaves_its_run_to_the_lease(
    client: Client, run: dict[str, Any], worker: Worker
) -> None:
    worker.step("a")
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait()

    def reaped() -> dict[str, Any] | None:
        client.tick()
        now = client.run(run)
        return now if now["status"] == "failed" else None

    within = LEASE_SECONDS + lease.SKEW_MARGIN.total_seconds() + 30
    ended = wait_for("its lease ends", reaped, within, every=1.0)
    assert (ended["failure_reason"], ended["steps"]) == ("lease_expired", 1)


def test_one_that_is_asked_to_end_says_so_first(
    client: Client, run: dict[str, Any], worker: Worker
) -> None:
    worker.step("a")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(timeout=30) == 128 + signal.SIGTERM
    ended = client.run(run)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "aborted")
    assert ended["totals"]["processed"] == 1


def test_one_that_is_cancelled_stops(client: Client, run: dict[str, Any], worker: Worker) -> None:
    worker.step("a")
    client.call("POST", f"/v1/runs/{run['id']}/cancel", expect=202)
    worker.tell("b")
    said = worker.says()
    assert said == "stopped: cancelled"
    assert worker.process.wait(timeout=30) == 3
    assert client.run(run)["status"] == "cancelled"


def test_a_network_that_is_cut_for_a_while_costs_nothing(
    client: Client, run: dict[str, Any], worker: Worker, cable: Cable
) -> None:
    worker.step("a")
    cable.cut()
    for page in ("b", "c"):
        worker.step(page)
    assert client.run(run)["steps"] == 1
    refused = cable.refused
    worker.end()
    wait_for("it has tried to say its end", lambda: cable.refused > refused, within=30)
    cable.mend()
    assert worker.says() == "done"
    ended = client.run(run)
    assert (ended["status"], ended["steps"]) == ("succeeded", 3)
    assert ended["totals"]["processed"] == 3
