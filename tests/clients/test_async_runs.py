"""Runs that call back, in asynchronous programs."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

import baton
from baton import AsyncClient, Stopped
from tests.api_client import Api
from tests.callbacks.conftest import Caller, Function
from tests.clients.wire import Wire
from tests.harness import Stack

Json = dict[str, Any]


@pytest.fixture
def started(caller: Caller) -> Json:
    return caller.started()


@pytest.fixture
def event(started: Json, function: Function) -> Json:
    return function.events[-1]


@pytest.fixture
def external(api: Api) -> Json:
    return api.create(target={"type": "external"}, cadence={"type": "manual"})


def test_it_reports_as_the_other_one_does(event: Json, wire: Wire, api: Api, started: Json) -> None:
    async def work() -> None:
        async with baton.async_run(event, steps_within=0.0, transport=wire) as run:
            assert run.resumed_from is None and run.run_id == started["id"]
            await asyncio.gather(*(run.step(tokens=10, cost=0.5) for _ in range(3)))
            await run.checkpoint({"page": 3})
            run.log("Three pages")
            run.progress(3, 3)
            run.count(processed=3)
            run.summary = "Three"

    asyncio.run(work())
    ended = api.run(started)
    assert (ended["status"], ended["summary"], ended["steps"]) == ("succeeded", "Three", 3)
    assert ended["usage"] == {"tokens": 30, "cost": 1.5}
    assert ended["checkpoint"] == {"page": 3}
    assert ended["progress"] == {"done": 3, "total": 3}


def test_it_stops_when_it_is_cancelled(
    event: Json, wire: Wire, api: Api, started: Json, stack: Stack
) -> None:
    async def work() -> None:
        async with baton.async_run(event, steps_within=0.0, transport=wire) as run:
            stack.http("POST", f"/v1/runs/{started['id']}/cancel", token=stack.operator)
            await run.step()

    with pytest.raises(Stopped, match="cancelled"):
        asyncio.run(work())
    assert api.run(started)["status"] == "cancelled"


def test_which_budget_is_used_up_is_known(
    caller: Caller, function: Function, wire: Wire, api: Api
) -> None:
    made = caller.started(max_cost=1.0)
    run = baton.async_run(function.events[-1], steps_within=0.0, transport=wire)

    async def work() -> None:
        async with run:
            for _ in range(5):
                await run.step(cost=0.6)

    with pytest.raises(Stopped, match="budget_exceeded"):
        asyncio.run(work())
    assert (run.reason, run.budget) == ("budget_exceeded", "cost")
    assert api.run(made)["exceeded_budget"] == "cost"


def test_a_task_that_is_cancelled_as_it_begins_leaves_nothing_behind(
    event: Json, wire: Wire, api: Api, started: Json
) -> None:
    async def work() -> None:
        async with baton.async_run(event, transport=wire):
            pytest.fail("it was cancelled")

    async def cancelled() -> None:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)  # It begins,
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert "baton-heartbeat" not in {each.name for each in threading.enumerate()}
    assert api.run(started)["failure_reason"] == "aborted"


def test_sigterm_is_told_before_the_process_ends(
    event: Json, wire: Wire, api: Api, started: Json
) -> None:
    async def work() -> None:
        async with baton.async_run(event, transport=wire):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

    former = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as ended:
            asyncio.run(work())
        assert ended.value.code == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, former)
    run = api.run(started)
    assert (run["failure_reason"], run["error_message"]) == ("aborted", "It was stopped: signal.")


def test_a_slot_is_taken_waited_for_and_given_up(
    asynchronous: AsyncClient, wire: Wire, api: Api, external: Json
) -> None:
    waits = asyncio.Event()

    async def wait_for_it(loop: asyncio.AbstractEventLoop) -> None:
        def waiting(_run: Any) -> None:
            loop.call_soon_threadsafe(waits.set)

        await asynchronous.external(external["id"], waiting=waiting, transport=wire)

    async def work() -> None:
        async with await asynchronous.external(external["id"], transport=wire) as run:
            coming: Coroutine[Any, Any, None] = wait_for_it(asyncio.get_running_loop())
            second = asyncio.ensure_future(coming)
            await waits.wait()
            second.cancel()
            with suppress(asyncio.CancelledError):
                await second
            assert run.reason is None

    asyncio.run(work())
    assert {each["status"] for each in api.runs(external)} == {"succeeded", "cancelled"}
