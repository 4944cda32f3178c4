"""Name servers that give one answer to the first look-up, and another one to the next."""

import ipaddress
from typing import Any

import pytest

from chalicelib.jobs.context import Fail
from chalicelib.outbound import guard as guards
from chalicelib.outbound.addresses import Refused
from chalicelib.outbound.guard import Guard, Unresolvable
from chalicelib.platform.clock import Countdown
from tests.targets.attempts import LOOPBACK, Attempt, resolving
from tests.targets.peer import OK, answers, peer


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    looked_up: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        looked_up.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(looked_up) == 1 else "10.0.0.1", port))]

    with peer(answers(OK)) as found:
        url = f"http://rebinding.example:{found.port}/"
        Attempt({"url": url}, guard=Guard(LOOPBACK, lookup)).run()
    assert looked_up == ["rebinding.example"]
    assert found.headers["host"] == f"rebinding.example:{found.port}"


def test_the_second_answer_is_judged_like_the_first() -> None:
    guard = Guard(LOOPBACK, resolving(["127.0.0.1"], ["10.0.0.1"]))
    with peer(
        answers(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    ) as found:
        url = f"http://rebinding.example:{found.port}/"
        with pytest.raises(Fail, match="not a public address"):
            Attempt({"url": url}, guard=guard).run()
    assert len(found.requests) == 1


@pytest.mark.parametrize(
    "found",
    [
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
    ],
)
def test_one_address_inside_spoils_all(found: list[str]) -> None:
    with pytest.raises(Refused):
        Guard((), resolving(found)).addresses("mixed.example", 80, Countdown(1))


def test_no_address_is_nowhere_to_go() -> None:
    with pytest.raises(Unresolvable):
        Guard((), resolving([])).addresses("empty.example", 80, Countdown(1))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "a.localhost"])
def test_localhost_is_this_machine_whatever_a_name_server_says(host: str) -> None:
    with pytest.raises(Refused):
        Guard((), resolving(["8.8.8.8"])).addresses(host, 80, Countdown(1))
    both = (*LOOPBACK, ipaddress.ip_network("::1/128"))
    assert Guard(both, resolving(["8.8.8.8"])).addresses(host, 80, Countdown(1)) == [
        "127.0.0.1",
        "::1",
    ]


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    with peer(answers(OK)) as found:
        guard = Guard(LOOPBACK, resolving(["127.0.0.2", "127.0.0.1"]))
        Attempt({"url": f"http://two.example:{found.port}/"}, guard=guard).run()
    assert len(found.requests) == 1


def test_the_bare_client_is_guarded_too() -> None:
    with peer(answers(OK)) as found:
        with pytest.raises(Refused):
            guards.client([]).request("GET", found.url, timeout=5)
        assert found.requests == []
        assert guards.client(LOOPBACK).request("GET", found.url, timeout=5).status == 200
