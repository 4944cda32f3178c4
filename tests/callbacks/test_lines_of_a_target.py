"""Log lines that come with heartbeats: bounded as a job's own, and never on top of others."""

from typing import Any

from chalicelib.engine.running import log_lines
from chalicelib.store.dynamodb.models import shared_connection
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Target
from tests.harness import Stack

ROOM = log_lines.MOST_LINES - log_lines.LINES_OF_THE_RUNNER


def test_heartbeats_write_one_after_the_other(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    for number in range(3):
        target.say(run, "heartbeat", log=[f"{number} a", f"{number} b"])
    assert api.log(run)[-6:] == ["0 a", "0 b", "1 a", "1 b", "2 a", "2 b"]


def test_past_the_limit_one_line_says_how_many_were_dropped(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started()
    for _ in range(ROOM // 900 + 1):
        target.say(run, "heartbeat", log=["x"] * 900)
    target.say(run, "heartbeat", log=["one more"])
    before = api.get(f"/v1/runs/{run['id']}/log?after={50_000 + ROOM - 1}")["items"]
    assert [line["message"] for line in before] == [
        "x",
        f"{(ROOM // 900 + 1) * 900 + 1 - ROOM} further lines dropped",
    ]


def test_an_over_long_line_is_cut_visibly(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    target.say(run, "heartbeat", log="ü" * 5000)
    message = api.log(run)[-1]
    assert len(message.encode()) <= 4096
    assert message.endswith("…")


def test_what_a_second_attempt_says_comes_after_the_first(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started(retry={"max_attempts": 2, "delay_seconds": 1})
    target.say(run, "heartbeat", log="first")
    target.say(run, "fail", reason="error", message="")
    stack.run_for(60)
    target.say(run, "heartbeat", log="second")
    lines = [line for line in api.log(run) if line in ("first", "second")]
    assert lines == ["first", "second"]


def test_two_heartbeats_at_once_lose_no_line(caller: Caller, target: Target, api: Api) -> None:
    run = caller.started()
    hooks = shared_connection().client.meta.events

    def another_is_faster(**_: Any) -> None:
        hooks.unregister("before-call.dynamodb.UpdateItem", another_is_faster)
        target.say(run, "heartbeat", log=["second", "third"])

    hooks.register("before-call.dynamodb.UpdateItem", another_is_faster)
    target.say(run, "heartbeat", log=["first"])
    assert sorted(api.log(run)[-3:]) == ["first", "second", "third"]
