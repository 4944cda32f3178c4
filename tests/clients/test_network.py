"""The Python client over real connections, to peers that misbehave."""

import asyncio
from collections.abc import Iterator
from socket import create_server

import httpx
import pytest

from baton import AsyncClient, Call, Client, Redirected, Unreachable
from tests.api_client import Api
from tests.clients.server import Server
from tests.harness import Stack

SHORT = httpx.Timeout(0.5, connect=2.0)


@pytest.fixture
def server(stack: Stack) -> Iterator[Server]:
    with Server(stack) as running:
        yield running


@pytest.fixture
def client(stack: Stack, server: Server) -> Iterator[Client]:
    with Client(server.url, stack.operator, timeout=SHORT, sleep=lambda _: None) as client:
        yield client


def test_a_list_over_one_connection(client: Client, api: Api) -> None:
    ids = [api.create()["id"] for _ in range(3)]
    assert [each["id"] for each in client.list_schedules(limit=1)] == ids[::-1]


def test_asynchronous_programs_ask_side_by_side(stack: Stack, server: Server) -> None:
    async def work() -> list[int]:
        async with AsyncClient(server.url, stack.viewer) as client:
            slots = await asyncio.gather(*(client.get_slot() for _ in range(5)))
            return [slot["capacity"] for slot in slots]

    assert asyncio.run(work()) == [1] * 5


def test_nobody_there_is_told_so(stack: Stack) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        pytest.raises(Unreachable, match="refused"),
        Client(f"http://127.0.0.1:{port}", "t", sleep=lambda _: None) as client,
    ):
        client.get_slot()


def test_a_silent_peer_is_given_up_on(stack: Stack) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            pytest.raises(Unreachable, match="timed out"),
            Client(url, "t", timeout=SHORT, sleep=lambda _: None) as client,
        ):
            client.call(Call("POST", "/v1/slot"))


def test_an_answer_cut_short_is_none(client: Client, server: Server) -> None:
    with pytest.raises(Unreachable):
        client.call(Call("POST", "/cut"))
    assert server.asked == ["POST /cut"]


def test_no_redirect_carries_the_token_elsewhere(client: Client, server: Server) -> None:
    with pytest.raises(Redirected, match="/v1/slot"):
        client.call(Call("GET", "/moved"))
    assert server.asked == ["GET /moved"]


def test_a_packed_answer_is_unpacked(client: Client) -> None:
    assert client.call(Call("GET", "/packed")).json == {"a": 1}
