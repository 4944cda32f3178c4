"""Whether an HTTP target could run now, without running it."""

from typing import Any

from chalicelib.outbound.guard import Guard
from chalicelib.platform.clock import Countdown
from chalicelib.targets.base import CHECK_SECONDS, Check
from tests.targets.attempts import LOOPBACK, Attempt, SecretsInHand, resolving
from tests.targets.peer import answers, peer, response


def checked(
    target: dict[str, Any], guard: Guard, seconds: float = CHECK_SECONDS, **secrets: str
) -> list[Check]:
    return Attempt(target, guard=guard, secrets=SecretsInHand(**secrets)).target.check(
        Countdown(seconds)
    )


def test_a_public_host_is_ready() -> None:
    guard = Guard((), resolving(["8.8.8.8", "1.1.1.1"]))
    [address] = checked({"url": "https://example.com/"}, guard)
    assert address == Check("address", True, "example.com is at 1.1.1.1, 8.8.8.8")


def test_a_host_inside_is_not() -> None:
    [address] = checked({"url": "https://example.com/"}, Guard((), resolving(["10.0.0.1"])))
    assert address == Check("address", False, "example.com leads to what is not a public address")


def test_a_host_that_is_not_found_is_not() -> None:
    [address] = checked({"url": "https://example.com/"}, Guard((), resolving([])))
    assert address == Check("address", False, "example.com has no address")


def test_every_secret_has_to_be_there() -> None:
    target = {
        "url": "https://example.com/",
        "headers": {"A": {"secret": "crm"}, "B": {"secret": "gone"}, "C": "text"},
        "signing_secret": {"secret": "key"},
    }
    checks = checked(target, Guard((), resolving(["8.8.8.8"])), crm="s3cret", key="k3y")
    assert [(check.name, check.ok) for check in checks] == [
        ("address", True),
        ("secret crm", True),
        ("secret gone", False),
        ("secret key", True),
    ]
    assert "s3cret" not in repr(checks)


def test_a_probe_is_sent_if_it_is_asked_for() -> None:
    with peer(answers(response(405))) as found:
        target = {"url": found.url, "headers": {"A": {"secret": "crm"}}}
        assert len(checked(target, Guard(LOOPBACK), crm="s3cret")) == 2
        assert found.requests == []
        checks = checked({**target, "probe": True}, Guard(LOOPBACK), crm="s3cret")
    assert checks[-1] == Check("probe", True, "it answers; HEAD without credentials gave 405")
    assert found.requests[0].startswith(b"HEAD /hook ")
    assert b"s3cret" not in found.requests[0]


def test_a_probe_that_gets_no_answer_is_a_reason_not_to_be_ready() -> None:
    with peer(answers(b"")) as found:
        [_, probe] = checked({"url": found.url, "probe": True}, Guard(LOOPBACK))
    assert probe == Check("probe", False, "it closed the connection without an answer")


def test_a_probe_follows_no_redirect() -> None:
    with peer(answers(response(302, Location="/next"))) as found:
        [_, probe] = checked({"url": found.url, "probe": True}, Guard(LOOPBACK))
    assert probe.ok
    assert len(found.requests) == 1
