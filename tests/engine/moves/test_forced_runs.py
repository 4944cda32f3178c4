"""Forced stays forced: a run past the slots never falls back among the others."""

from typing import Any

from chalicelib.jobs.context import JobContext
from tests.api_client import Api
from tests.builders import UNDELIVERED
from tests.harness import Stack

FLAKY = {"type": "function", "name": "flaky"}


def tokens(stack: Stack) -> list[int]:
    """The fencing tokens of the messages that wait, with these messages dropped."""
    found = []
    for message in stack.messages():
        found.append(message.json["token"])
        stack.drop(message)
    return found


def test_one_whose_first_message_was_lost_is_handed_out_past_the_slots_again(
    api: Api, stack: Stack
) -> None:
    api.set_limits(max_lease_seconds=86_400)
    api.start(api.create(lease_seconds=86_400))
    forced = api.start(api.create(), "?when_busy=force")
    assert tokens(stack) == [1, 1]
    stack.advance(UNDELIVERED)
    stack.tick()
    again = api.run(forced)
    assert (again["status"], again["slot"]) == ("claimed", f"forced-{forced['id']}")


def test_its_retry_is_forced_too_and_leaves_the_numbered_slots_their_tokens(
    api: Api, stack: Stack
) -> None:
    def flaky(context: JobContext, _params: dict[str, Any]) -> None:
        if context.attempt == 1:
            raise RuntimeError("no luck")

    stack.register("flaky", flaky)
    given = []
    for _ in range(3):
        api.start(api.create())
        given += tokens(stack)
        stack.advance(UNDELIVERED)
        stack.tick()
        stack.deliver()
    retry = {"max_attempts": 2, "delay_seconds": 10}
    forced = api.start(api.create(target=FLAKY, retry=retry), "?when_busy=force")
    stack.run_for(120)
    assert api.run(forced)["status"] == "succeeded"
    assert api.get("/v1/slot")["holders"] == []

    api.start(api.create())
    assert tokens(stack)[0] > max(given)


def test_it_needs_no_free_slot_for_its_retry(api: Api, stack: Stack) -> None:
    def flaky(context: JobContext, _params: dict[str, Any]) -> None:
        if context.attempt == 1:
            raise RuntimeError("no luck")

    stack.register("flaky", flaky)
    api.set_limits(max_lease_seconds=86_400)
    api.start(api.create(lease_seconds=86_400, timeout_seconds=840))
    (message,) = stack.messages()
    stack.drop(message)
    retry = {"max_attempts": 2, "delay_seconds": 10}
    forced = api.start(api.create(target=FLAKY, retry=retry), "?when_busy=force")
    stack.deliver()
    assert api.run(forced)["status"] == "queued"
    stack.advance(12)
    stack.tick()
    stack.deliver()
    assert api.run(forced)["status"] == "succeeded"
