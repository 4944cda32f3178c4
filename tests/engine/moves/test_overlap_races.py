"""Two who start the same schedule at once, on different slots: the write itself keeps one away."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from chalicelib.store.dynamodb import conditions
from tests.api_client import Api
from tests.engine.seams import TRANSACTION, just_before
from tests.harness import Answer, Stack
from tests.simulation import without
from tests.simulation.without import swaps


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A deployment with two slots."""
    with Stack(capacity=2) as running:
        yield running


def both_start(api: Api, stack: Stack) -> tuple[Answer, list[Any]]:
    """One looks while the first slot is taken; it frees, and another starts on it meanwhile."""
    api.start(api.create())
    (message,) = stack.messages()
    stack.drop(message)
    schedule = api.create()

    def another_comes_first() -> None:
        stack.redeliver(message)
        api.start(schedule)

    with just_before(TRANSACTION, another_comes_first):
        answer = api.run_now(schedule)
    return answer, [holder["slot"] for holder in api.get("/v1/slot")["holders"]]


def test_the_second_is_refused_though_it_has_another_slot(api: Api, stack: Stack) -> None:
    answer, slots = both_start(api, stack)
    assert (answer.status, answer.json["code"]) == (429, "schedule_busy")
    assert slots == ["000"]


@pytest.mark.parametrize("guarded", [True, False])
def test_it_is_the_condition_on_the_schedule_that_does_it(
    api: Api, stack: Stack, guarded: bool
) -> None:
    swap = (conditions, "schedule_is_unchanged", without.schedule_whoever_works)
    with nullcontext() if guarded else swaps(swap)():
        _, slots = both_start(api, stack)
    assert len(slots) == (1 if guarded else 2)
