"""The Python client's README works as written, from an environment with nothing else in it."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.places import ROOT
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function
from tests.clients.server import Server
from tests.harness import PUBLIC_URL, Stack

PROJECT: Final = ROOT / "clients" / "python"
README: Final = (PROJECT / "README.md").read_text(encoding="utf-8")
#: What httpx needs, and nothing else.
NEEDED: Final = ("httpx", "httpcore", "h11", "certifi", "idna", "anyio", "typing_extensions")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the client as a wheel has it, and with its one dependency."""
    built = tmp_path_factory.mktemp("built")
    source = shutil.copytree(
        PROJECT, built / "source", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
    )
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(  # noqa: S603  # our own project
        [*command, "--no-build-isolation", f"--wheel-dir={built}", str(source)], check=True
    )
    [wheel] = built.glob("baton_client-*.whl")
    installed = built / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    for name in NEEDED:
        for file in importlib.metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (installed / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), installed / file)
    return installed


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    with Server(stack) as running:
        yield running


def run(environment: Path, program: str, **variables: str) -> str:
    """What a program says, in a Python that has nothing but what is in that directory."""
    begin = f"import sys; sys.path.insert(0, {str(environment)!r})\n"
    done = subprocess.run(  # noqa: S603  # our own page
        [sys.executable, "-I", "-S", "-W", "error", "-c", begin + program],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_types_and_one_dependency(environment: Path) -> None:
    assert (environment / "baton" / "py.typed").exists()
    [metadata] = environment.glob("baton_client-*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert re.findall(r"^Requires-Dist: (.*)$", text, re.MULTILINE) == ["httpx<1,>=0.27"]
    assert "Requires-Python: >=3.10" in text


def test_its_examples_of_the_api_work_one_after_the_other(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    given = {"BATON_URL": server.url, "BATON_TOKEN": stack.operator}
    api.start(api.create(name="Holder"))
    stack.advance(1)  # What comes next is newer.
    said = [run(environment, block, **given) for block in blocks("python")]
    [schedule] = api.get("/v1/schedules?q=Nightly")["items"]
    assert "Nightly crawl" in said[0]
    assert api.schedule(schedule)["priority"] == 8
    assert "queued Nightly crawl" in said[2]


def test_its_example_of_a_run_works(
    environment: Path, server: Server, caller: Caller, function: Function, api: Api
) -> None:
    [program] = blocks("python run")
    made = caller.started()
    given = function.events[-1]["baton"]
    url = given["callback_url"].replace(PUBLIC_URL, server.url)
    run(environment, program, BATON_CALLBACK_URL=url, BATON_RUN_TOKEN=given["run_token"])
    ended = api.run(made)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 3)
    assert ended["progress"] == {"done": 3, "total": 3}
    assert api.log(made)[-3:] == ["Crawled a", "Crawled b", "Crawled c"]


def test_its_example_of_a_checkpoint_goes_on_where_it_was(
    environment: Path, server: Server, caller: Caller, function: Function, api: Api
) -> None:
    [program] = blocks("python checkpoint")
    made = caller.started()
    given = function.events[-1]["baton"]
    url = given["callback_url"].replace(PUBLIC_URL, server.url)
    variables = {"BATON_CALLBACK_URL": url, "BATON_RUN_TOKEN": given["run_token"]}
    report = {"checkpoint": {"done": 1}}
    path = f"/v1/runs/{made['id']}/heartbeat"
    assert api.stack.http("POST", path, report, token=given["run_token"]).status == 200
    run(environment, program, **variables)
    ended = api.run(made)
    assert (ended["totals"]["processed"], ended["checkpoint"]) == (2, {"done": 3})


def test_its_example_of_an_asynchronous_run_works(
    environment: Path, server: Server, caller: Caller, function: Function, api: Api
) -> None:
    [program] = blocks("python asynchronous")
    made = caller.started()
    given = function.events[-1]["baton"]
    url = given["callback_url"].replace(PUBLIC_URL, server.url)
    run(environment, program, BATON_CALLBACK_URL=url, BATON_RUN_TOKEN=given["run_token"])
    ended = api.run(made)
    assert (ended["status"], ended["checkpoint"]) == ("succeeded", {"done": 1})


def test_its_example_of_work_elsewhere_works(
    environment: Path, stack: Stack, server: Server, api: Api
) -> None:
    [program] = blocks("python external")
    api.create(target={"type": "external"}, cadence={"type": "manual"})
    run(environment, program, BATON_URL=server.url, BATON_TOKEN=stack.operator)
    [ended] = api.runs()
    assert (ended["status"], ended["usage"]["tokens"]) == ("succeeded", 5200)


def test_its_example_of_a_function_works(
    environment: Path, server: Server, caller: Caller, function: Function, api: Api
) -> None:
    [program] = blocks("python handler")
    made = caller.started()
    event = function.events[-1]
    event["baton"]["callback_url"] = event["baton"]["callback_url"].replace(PUBLIC_URL, server.url)
    context = "type('Context', (), {'get_remaining_time_in_millis': lambda self: 900_000})()"
    invoked = f"{program}\nprint(crawl({ {**event, 'pages': ['a', 'b']}!r}, {context})['status'])"
    assert run(environment, invoked) == "completed\n"
    assert api.run(made)["totals"]["processed"] == 2


def test_it_names_what_the_run_helper_has() -> None:
    named = set(re.findall(r"baton\.(\w+)", README))
    exported = re.findall(r'"(\w+)"', (PROJECT / "baton" / "__init__.py").read_text("utf-8"))
    assert named <= {*exported, "types"}
