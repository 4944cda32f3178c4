"""The command line over real connections."""

from collections.abc import Iterator
from socket import create_server

import pytest

from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.clients.server import Server
from tests.harness import Stack


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    with Server(stack) as running:
        yield running


@pytest.fixture
def networked(cli: Cli, server: Server) -> Cli:
    """The command line with a real connection to the stack."""
    cli.is_wired = False
    cli.env["BATON_URL"] = server.url
    return cli


def test_a_schedule_from_its_making_to_its_end(networked: Cli, api: Api) -> None:
    made = networked.json(
        "schedules", "create", "--name", "Übung", "--manual", "--function", "drill"
    )["schedule"]
    assert networked.json("schedules", "get", "Übung")["id"] == made["id"]
    networked.naps.meanwhile.append(networked.stack.deliver)
    assert networked.run("run-now", "Übung", "--wait").exit_code == 0
    networked.ok("schedules", "delete", "Übung", "--yes")
    assert networked.run("schedules", "get", "Übung").exit_code == 3


def test_nobody_there_has_its_own_exit_code(networked: Cli) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = networked.run("slot", BATON_URL=f"http://127.0.0.1:{port}")
    assert result.exit_code == 6
    assert f"No answer from http://127.0.0.1:{port}: " in result.stderr
    assert "refused" in result.stderr and "object at" not in result.stderr
