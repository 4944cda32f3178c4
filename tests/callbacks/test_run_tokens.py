"""A run token opens one claim of one run. Everything else is turned away, and changes nothing."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs import run_tokens
from chalicelib.domain.runs.run import RunStatus
from tests.api_client import Api
from tests.builders import a_run_that_is
from tests.callbacks.conftest import Caller, Target
from tests.harness import Stack

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("heartbeat", {"steps": 1, "log": ["x"]}),
    ("complete", {}),
    ("fail", {"reason": "error", "message": "x"}),
]
RUN = a_run_that_is(RunStatus.RUNNING, run_id="0" * 26)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[0],
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: token.removeprefix("brt_"),
        lambda token: token.partition(".")[0] + ".",
        lambda token: token.partition(".")[0] + "." + "A" * 43,
        lambda token: token[:4] + "W10.x",
        lambda token: token[:4] + "W" * 5000 + ".x",
    ],
)
def test_a_spoilt_token_is_nobodys(
    caller: Caller, target: Target, api: Api, call: tuple[str, dict[str, Any]], spoil: Any
) -> None:
    what, body = call
    run = caller.started()
    before = api.run(run)
    answer = target.call(run, what, token=spoil(target.token), **body)
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert api.run(run) == before


@pytest.mark.parametrize(("what", "body"), CALLS)
def test_an_api_token_opens_no_run(
    caller: Caller, target: Target, stack: Stack, what: str, body: dict[str, Any]
) -> None:
    run = caller.started()
    assert target.call(run, what, token=stack.owner, **body).status == 401


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/slot", "/v1/schedules", "/v1/settings"])
def test_a_run_token_opens_nothing_else(
    caller: Caller, target: Target, stack: Stack, path: str
) -> None:
    caller.started()
    assert stack.http("GET", path, token=target.token).status == 401


def test_a_token_of_another_run_tells_nothing_of_this_one(
    caller: Caller, target: Target, api: Api, stack: Stack
) -> None:
    run = caller.started()
    target.say(run, "complete")
    other = caller.started()
    known = target.call(run, "heartbeat")
    unknown = target.call({"id": "0" * 26}, "heartbeat")
    assert (known.status, known.json) == (unknown.status, unknown.json) == (401, known.json)
    assert api.run(other)["heard_at"] is None


def test_a_token_that_speaks_of_a_run_that_is_not_there_opens_nothing(
    caller: Caller, target: Target, stack: Stack
) -> None:
    caller.started()
    forged = run_tokens.issue(RUN)
    assert target.call({"id": RUN.run_id}, "complete", token=forged).status == 401


def test_without_a_token_nothing_is_read(caller: Caller, stack: Stack) -> None:
    run = caller.started()
    with stack.counting() as requests:
        answer = stack.http("POST", f"/v1/runs/{run['id']}/complete", {"nonsense": 1}, token="brt_")
    assert (answer.status, requests.total()) == (401, 0)


def test_wrong_fields_are_named_to_whoever_has_the_token(caller: Caller, target: Target) -> None:
    answer = target.call(caller.started(), "fail", reason="bored", totals={"errors": -1})
    assert answer.status == 422
    fields = {error["field"] for error in answer.json["errors"]}
    assert fields == {"reason", "message", "totals.errors"}


def test_a_token_proves_the_claim_it_was_given_out_for() -> None:
    token = run_tokens.issue(RUN)
    claimed = run_tokens.read(token)
    assert claimed is not None
    assert (claimed.tenant_id, claimed.run_id, claimed.claim) == (RUN.tenant_id, RUN.run_id, 1)
    kept = a_run_that_is(
        RunStatus.RUNNING, callback_hashes={"1": run_tokens.hash_of(token)}, run_id=RUN.run_id
    )
    assert run_tokens.proves(token, claimed, kept)
    assert not run_tokens.proves(run_tokens.issue(RUN), claimed, kept)
    assert not run_tokens.proves(token, claimed, RUN)


@given(st.text(max_size=200) | st.text(string.printable).map(lambda text: f"brt_{text}.x"))
def test_no_text_makes_reading_fail(text: str) -> None:
    claimed = run_tokens.read(text)
    assert claimed is None or claimed.tenant_id
