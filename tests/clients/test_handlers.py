"""Lambda functions that are targets: Baton is told of all that becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import baton
from baton import NoRun
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function
from tests.clients.wire import Wire
from tests.harness import Stack


@dataclass
class Context:
    """What Lambda tells a handler of its invocation."""

    seconds: float = 900

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture(autouse=True)
def carried(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers make their connections themselves; here these lead to the stack."""

    class Carried(httpx.Client):
        def __init__(self, **given: Any) -> None:
            super().__init__(**{**given, "transport": wire})

    monkeypatch.setattr(httpx, "Client", Carried)


@baton.handler
def crawl(event: Mapping[str, Any], run: baton.Run) -> None:
    """What the functions of these tests do."""
    run.step()
    run.count(processed=len(event["pages"]))
    if event.get("fails"):
        raise ValueError("No such page")


def test_work_that_is_done_completes_its_run(caller: Caller, function: Function, api: Api) -> None:
    made = caller.started()
    answer = crawl({"pages": ["a", "b"], **function.events[-1]}, Context())
    assert answer == {"run_id": made["id"], "status": "completed"}
    ended = api.run(made)
    assert (ended["status"], ended["totals"]["processed"]) == ("succeeded", 2)


def test_work_that_fails_is_told_and_not_repeated_by_lambda(
    caller: Caller, function: Function, api: Api
) -> None:
    made = caller.started()
    event = {"pages": [], "fails": True, **function.events[-1]}
    assert crawl(event, Context())["status"] == "failed"
    assert api.run(made)["error_message"] == "ValueError: No such page"


def test_an_invocation_that_lambda_repeats_does_nothing(
    caller: Caller, function: Function, api: Api
) -> None:
    made = caller.started()
    event = {"pages": ["a"], **function.events[-1]}
    crawl(event, Context())
    ended = api.run(made)
    again = crawl(event, Context())
    assert again == {"run_id": made["id"], "status": "stopped", "reason": "lease_lost"}
    assert api.run(made) == ended


def test_a_cancelled_run_stops(caller: Caller, function: Function, stack: Stack, api: Api) -> None:
    made = caller.started()
    stack.http("POST", f"/v1/runs/{made['id']}/cancel", token=stack.operator)
    answer = crawl({"pages": [], **function.events[-1]}, Context())
    assert (answer["status"], answer["reason"]) == ("stopped", "cancelled")
    assert api.run(made)["status"] == "cancelled"


def test_a_function_goes_on_where_the_attempt_before_was(
    caller: Caller, function: Function, api: Api, stack: Stack
) -> None:
    @baton.handler
    def by_page(_event: Mapping[str, Any], run: baton.Run) -> None:
        page = (run.resumed_from or {"page": 0})["page"] + 1
        run.checkpoint({"page": page})
        if page == 1:
            raise ValueError("Not yet")

    made = caller.started(retry={"max_attempts": 2, "delay_seconds": 1})
    assert by_page(function.events[-1], Context())["status"] == "failed"
    stack.run_for(60)
    assert function.events[-1]["baton"]["checkpoint"] == {"page": 1}
    assert by_page(function.events[-1], Context())["status"] == "completed"
    assert api.run(made)["checkpoint"] == {"page": 2}


def test_an_end_is_said_no_longer_than_lambda_leaves_time(
    caller: Caller, function: Function, wire: Wire
) -> None:
    caller.started()

    @baton.handler
    def cut_off(_event: Mapping[str, Any], _run: baton.Run) -> None:
        wire.is_cut = True

    assert cut_off(function.events[-1], Context(seconds=1.2))["status"] == "unknown"


def test_an_event_of_no_run_is_an_error() -> None:
    with pytest.raises(NoRun):
        crawl({"pages": []}, Context())
