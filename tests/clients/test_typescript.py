"""The client for TypeScript: its README works as written, and its run helper whatever befalls it.

`make typescript` builds it, which needs Node; without that these tests are left out.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import pytest

from infra.places import ROOT
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function
from tests.clients.server import Server
from tests.clients.wire import CUT, LOST
from tests.harness import PUBLIC_URL, Stack

PROJECT: Final = ROOT / "clients" / "typescript"
README: Final = (PROJECT / "README.md").read_text(encoding="utf-8")
NODE: Final = shutil.which("node") or "node"

pytestmark = pytest.mark.skipif(
    not (PROJECT / "dist" / "index.js").exists(), reason="make typescript builds it; it needs Node"
)

Json = dict[str, Any]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what the package has installed there, and nothing else."""
    directory = tmp_path_factory.mktemp("node")
    modules = directory / "node_modules"
    package = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
    for name in ("package.json", *package["files"]):
        target = modules / "baton-client" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        copy(PROJECT / name, target)
    for name in (*package["dependencies"], "openapi-typescript-helpers"):
        shutil.copytree(PROJECT / "node_modules" / name, modules / name)
    shutil.copy(Path(__file__).parent / "worker.mjs", directory)
    return directory


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    with Server(stack) as running:
        yield running


@pytest.fixture
def started(caller: Caller) -> Json:
    """A run whose target has been started, with a lease of two minutes."""
    return caller.started()


@pytest.fixture
def given(started: Json, function: Function, server: Server) -> Json:
    """What its target was given to call back, by way of the server."""
    event: Json = function.events[-1]["baton"]
    return {**event, "callback_url": event["callback_url"].replace(PUBLIC_URL, server.url)}


def said(environment: Path, program: str, **variables: str) -> str:
    """What a program says."""
    done = subprocess.run(  # noqa: S603  # our own page
        [NODE, "--input-type=module", "--eval", program],
        cwd=environment,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# The README


def test_its_example_of_the_api_works(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    [program] = blocks("js")
    text = said(environment, program, BATON_URL=server.url, BATON_TOKEN=stack.operator)
    [schedule] = api.get("/v1/schedules")["items"]
    assert text == f"{schedule['id']} Nightly crawl\n"
    assert schedule["priority"] == 8


def test_its_example_of_a_run_works(
    environment: Path, started: Json, given: Json, api: Api
) -> None:
    [program] = blocks("js run")
    named = {"BATON_CALLBACK_URL": given["callback_url"], "BATON_RUN_TOKEN": given["run_token"]}
    said(environment, program, **named)
    ended = api.run(started)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 3)
    assert ended["progress"] == {"done": 3, "total": 3}
    assert api.log(started)[-3:] == ["Crawled a", "Crawled b", "Crawled c"]


def test_its_example_of_a_function_works(
    environment: Path, started: Json, given: Json, api: Api
) -> None:
    [program] = blocks("js handler")
    event = json.dumps({"baton": given, "pages": ["a", "b"]})
    context = "{ getRemainingTimeInMillis: () => 900_000 }"
    invoked = f"{program}\nconsole.log((await crawl({event}, {context})).status);"
    assert said(environment, invoked) == "completed\n"
    assert api.run(started)["totals"]["processed"] == 2
    again = said(environment, invoked)
    assert again == "stopped\n"


# The API


def test_it_knows_what_creates_something() -> None:
    source = (PROJECT / "src" / "client.ts").read_text(encoding="utf-8")
    [pattern] = re.findall(r"const CREATES =\s+/(.*)/;", source)
    described = json.loads((ROOT / "clients" / "openapi.json").read_text(encoding="utf-8"))
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, methods in described["paths"].items():
        creates = key in methods.get("post", {}).get("parameters", [])
        asked = re.sub(r"{\w+}", "01M7WHPSW972H8YH4X4HQ4HA30", f"/api{path}")
        assert bool(re.search(pattern.replace("\\/", "/"), asked)) is creates, path


def ask(environment: Path, stack: Stack, server: Server, program: str) -> Any:
    """What a program gives to `tell`."""
    head = (
        'import { createBaton, items, Problem, Unreachable } from "baton-client";\n'
        "const tell = (value) => console.log(JSON.stringify(value));\n"
        "const baton = createBaton({ sleep: async () => {} });\n"
    )
    named = {"BATON_URL": server.url, "BATON_TOKEN": stack.operator}
    return json.loads(said(environment, head + program, **named))


def test_a_run_whose_answer_was_lost_is_started_once(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    schedule = api.create()
    server.faults = [LOST, CUT]
    run = ask(
        environment,
        stack,
        server,
        'const { data } = await baton.POST("/v1/schedules/{schedule_id}/runs",'
        f' {{ params: {{ path: {{ schedule_id: "{schedule["id"]}" }} }} }}); tell(data);',
    )
    assert [each["id"] for each in api.runs(schedule)] == [run["id"]]
    assert len(server.asked) == 3


def test_lists_come_whole_and_problems_name_every_field(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    ids = [api.create()["id"] for _ in range(3)]
    found = ask(
        environment,
        stack,
        server,
        """
        const listed = [];
        for await (const each of items(baton, "/v1/schedules", { query: { limit: 2 } })) {
          listed.push(each.id);
        }
        const refused = await baton
          .POST("/v1/schedules", { body: { name: "x", priority: 99 } })
          .catch((error) => [error instanceof Problem, error.status, error.code,
            error.errors.map((each) => each.field).sort()]);
        tell({ listed, refused });
        """,
    )
    assert found["listed"] == ids[::-1]
    assert found["refused"] == [True, 422, "invalid_fields", ["cadence", "priority", "target"]]


def test_a_change_whose_answer_was_lost_is_not_sent_again(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    schedule = api.create()
    server.faults = [LOST]
    was_lost = ask(
        environment,
        stack,
        server,
        'await baton.POST("/v1/schedules/{schedule_id}/pause",'
        f' {{ params: {{ path: {{ schedule_id: "{schedule["id"]}" }} }} }})'
        ".catch((error) => tell(error instanceof Unreachable));",
    )
    assert was_lost is True
    assert len(server.asked) == 1


# The run helper


class Worker:
    """The process that does a run's work."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdin and process.stdout
        self._told: IO[str] = process.stdin
        self._said: IO[str] = process.stdout

    def tell(self, name: str) -> str:
        """Have it take a step; what it says then."""
        print(name, file=self._told, flush=True)
        return self.says()

    def says(self) -> str:
        return self._said.readline().strip()

    def finish(self) -> str:
        """Have it end its work; what it says last."""
        self._told.close()
        return self.says()


@pytest.fixture
def worker(environment: Path, given: Json) -> Iterator[Worker]:
    named = {"BATON_CALLBACK_URL": given["callback_url"], "BATON_RUN_TOKEN": given["run_token"]}
    process = subprocess.Popen(  # noqa: S603  # our own program
        [NODE, "worker.mjs"],
        cwd=environment,
        env={"PATH": os.environ["PATH"], **named},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    working = Worker(process)
    with process:
        assert working.says() == "began"
        yield working
        process.kill()


def cancel(stack: Stack, run: Json) -> None:
    answer = stack.http("POST", f"/v1/runs/{run['id']}/cancel", token=stack.operator)
    assert answer.status == 202


def test_a_program_reports_and_completes_its_run(worker: Worker, started: Json, api: Api) -> None:
    assert [worker.tell(page) for page in ("a", "b")] == ["step 1", "step 2"]
    assert worker.finish() == "done"
    ended = api.run(started)
    assert (ended["status"], ended["steps"]) == ("succeeded", 2)
    assert ended["usage"] == {"tokens": 20, "cost": 0}
    assert api.log(started)[-2:] == ["a", "b"]


@pytest.mark.parametrize("fault", [LOST, CUT])
def test_an_answer_that_is_lost_costs_nothing(
    worker: Worker, started: Json, api: Api, server: Server, fault: str
) -> None:
    server.faults = [fault]
    assert worker.tell("a") == "step 1"
    server.faults = [None, fault]  # The line, and then the end.
    assert worker.finish() == "done"
    ended = api.run(started)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 1)


@pytest.mark.parametrize("line", ["b", "stubborn"])
def test_a_cancelled_run_stops_though_its_job_catches_it(
    worker: Worker, started: Json, api: Api, stack: Stack, line: str
) -> None:
    worker.tell("a")
    cancel(stack, started)
    assert worker.tell(line) == "stopped: cancelled"
    worker.process.wait(timeout=30)
    assert api.run(started)["status"] == "cancelled"


def test_a_run_that_another_has_stops(
    worker: Worker, started: Json, api: Api, stack: Stack
) -> None:
    worker.tell("a")
    stack.run_for(300)
    before = api.run(started)
    assert before["failure_reason"] == "lease_expired"
    assert worker.tell("b") == "stopped: lease_lost"
    assert api.run(started) == before


def test_one_that_is_killed_leaves_its_run_to_the_lease(
    worker: Worker, started: Json, api: Api, stack: Stack
) -> None:
    worker.tell("a")
    worker.process.kill()
    worker.process.wait()
    stack.run_for(300)
    ended = api.run(started)
    assert (ended["failure_reason"], ended["steps"]) == ("lease_expired", 1)


def test_one_that_is_asked_to_end_says_so_first(worker: Worker, started: Json, api: Api) -> None:
    worker.tell("a")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.tell("b") == "stopped: signal"
    assert worker.process.wait(timeout=30) == -signal.SIGTERM
    ended = api.run(started)
    assert (ended["failure_reason"], ended["error_message"]) == (
        "aborted",
        "It was stopped: signal.",
    )
