"""A watch outside AWS hears of each tick, over https, and cannot hold one up or fail it."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme

from chalicelib.engine.scheduling import pings
from chalicelib.engine.system import System, use
from chalicelib.platform import config
from infra.template import additions
from tests.engine.conftest import Lines
from tests.harness import Stack
from tests.targets.attempts import LOOPBACK, resolving
from tests.targets.peer import OK, Peer, Script, answers, peer, response, silence
from tests.targets.tls import proving, trusting


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA) -> ssl.SSLContext:
    return trusting(authority)


@pytest.fixture
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    return proving(authority, "watch.example")


@pytest.fixture
def watch(server_side: ssl.SSLContext) -> Iterator[Peer]:
    """A watch that takes every ping."""
    with peer(answers(OK), server_side) as found:
        yield found


def told_to(found: Peer, system: System) -> System:
    """The system, whose ticks tell that watch."""
    url = f"https://watch.example:{found.port}/ping/a-secret-id"
    with_url = replace(system.config, ping_url=url, allow_targets=LOOPBACK)
    return replace(system, config=with_url, lookup=resolving(["127.0.0.1"]))


def asked_for(found: Peer) -> list[str]:
    return [request.split(b"\r\n")[0].decode() for request in found.requests]


def test_a_watch_hears_that_work_begins_and_has_ended(
    stack: Stack, watch: Peer, trusted: ssl.SSLContext, lines: Lines
) -> None:
    with pings.telling(told_to(watch, stack.system), trusted):
        pass

    assert asked_for(watch) == [
        "POST /ping/a-secret-id/start HTTP/1.1",
        "POST /ping/a-secret-id HTTP/1.1",
    ]
    assert lines.texts() == []


def test_a_watch_hears_that_work_has_failed(
    stack: Stack, watch: Peer, trusted: ssl.SSLContext
) -> None:
    def fail() -> None:
        with pings.telling(told_to(watch, stack.system), trusted):
            raise ValueError("the pass is lost")

    with pytest.raises(ValueError, match="the pass is lost"):
        fail()
    assert asked_for(watch)[-1] == "POST /ping/a-secret-id/fail HTTP/1.1"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (silence, "TookTooLong"),
        (answers(response(404)), "answered with 404"),
        (answers(response(302, Location="http://169.254.169.254/")), "Refused"),
        (answers(b""), "Broken"),
    ],
)
def test_a_watch_that_does_not_take_a_ping_fails_nothing_and_is_logged(  # noqa: PLR0917  # fixtures
    stack: Stack,
    server_side: ssl.SSLContext,
    trusted: ssl.SSLContext,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    script: Script,
    why: str,
) -> None:
    monkeypatch.setattr(pings, "LONGEST_SECONDS", 0.5)
    with peer(script, server_side) as found, pings.telling(told_to(found, stack.system), trusted):
        pass

    told = lines.written("ping_not_sent")
    assert [line["what"] for line in told] == ["/start", ""]
    assert all(why in line["why"] for line in told), told
    assert "a-secret-id" not in "".join(lines.texts())


def test_a_watch_is_held_to_its_certificate(stack: Stack, watch: Peer, lines: Lines) -> None:
    with pings.telling(told_to(watch, stack.system)):
        pass
    assert watch.requests == []
    assert all("TLS failed" in line["why"] for line in lines.written("ping_not_sent"))


def test_a_watch_inside_is_not_asked(
    stack: Stack, watch: Peer, trusted: ssl.SSLContext, lines: Lines
) -> None:
    """What HTTP targets may not reach, pings may not either."""
    system = told_to(watch, stack.system)
    guarded = replace(system, config=replace(system.config, allow_targets=()))
    with pings.telling(guarded, trusted):
        pass
    assert watch.requests == []
    assert [line["why"].split(":")[0] for line in lines.written("ping_not_sent")] == ["Refused"] * 2


def test_a_tick_tells_its_watch_and_a_wake_does_not(stack: Stack, lines: Lines) -> None:
    """Here the watch has a certificate that nobody knows, so each ping is a line."""
    with peer(silence) as found:
        port = found.port
    nobody = replace(stack.system.config, ping_url=f"https://127.0.0.1:{port}/x")
    use(replace(stack.system, config=nobody))
    stack.run_for(1)

    assert len(lines.of("tick_done")) == 1
    told = lines.written("ping_not_sent")
    assert sorted(line["what"] for line in told) == ["", "/start"]
    assert {line["request_id"] for line in told} == {lines.written("tick_done")[0]["request_id"]}


def test_without_a_watch_nothing_is_sent(stack: Stack, lines: Lines) -> None:
    assert stack.system.config.ping_url == ""
    stack.run_for(1)
    assert lines.of("ping_not_sent") == []


@pytest.mark.parametrize("url", ["http://watch.example/x", "watch.example", "ftp://x"])
def test_pings_go_over_https_only(url: str, lines: Lines) -> None:
    assert config.from_environment({"BATON_PING_URL": url}).ping_url == ""
    (told,) = lines.of("config_invalid")
    assert told["variable"] == "BATON_PING_URL"
    assert url not in "".join(lines.texts())


def test_only_the_tick_is_told_the_url() -> None:
    resources: dict[str, Any] = additions()["Resources"]
    told = {
        name
        for name, resource in resources.items()
        if "BATON_PING_URL" in str(resource.get("Properties", {}).get("Environment", {}))
    }
    assert told == {"Tick"}
    parameter = additions()["Parameters"]["HeartbeatUrl"]
    assert parameter["NoEcho"]
    assert parameter["AllowedPattern"].startswith("^(https://")
