"""What an earlier release has queued in its way is found, placed and served by the present one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.run import UNPLACED, Place, Run, RunStatus
from chalicelib.store.dynamodb.codec import from_raw
from chalicelib.store.dynamodb.models import RunItem
from tests.releases import snapshots
from tests.releases.conftest import Kept, World, going_on, kept_by

#: The last release that knew no places: its queue was one partition, `ready`.
WITHOUT_PLACES = "0.1.0"


@pytest.fixture
def earlier() -> Kept:
    return kept_by(WITHOUT_PLACES)


@pytest.fixture
def world(earlier: Kept) -> Iterator[World]:
    with going_on(earlier) as running:
        yield running


def queued(snapshot: snapshots.Snapshot) -> list[Run]:
    runs = [from_raw(RunItem, Run, item) for item in snapshot["runs"]]
    return [run for run in runs if run.status is RunStatus.QUEUED]


def partitions(snapshot: snapshots.Snapshot) -> Counter[str]:
    return Counter(item["pool"]["S"] for item in snapshot["runs"] if "pool" in item)


def test_that_release_knew_no_places(earlier: Kept) -> None:
    """Else the tests below say nothing."""
    assert {run.place for run in queued(earlier.stored)} == {None}
    assert set(partitions(earlier.stored)) == {"ready", "delayed"}


def test_a_tick_gives_all_that_waits_its_place(world: World) -> None:
    there = {run.run_id for run in queued(world.kept.stored)}
    world.stack.tick()
    now = snapshots.take()
    assert UNPLACED not in partitions(now)
    waiting = [run for run in queued(now) if run.run_id in there]
    for run in waiting:
        rests = run.not_before is not None and run.not_before > world.stack.now
        assert rests or run.place in (Place.QUEUE, Place.LINE)


def test_a_retry_that_rested_is_served_after_its_rest(world: World) -> None:
    (rests,) = [run for run in queued(world.kept.stored) if run.not_before is not None]
    assert rests.not_before is not None
    wait = rests.not_before - world.stack.now + timedelta(seconds=61)
    world.stack.run_for(wait.total_seconds())
    assert world.api.run({"id": rests.run_id})["attempt"] > rests.attempt - 1
    assert world.api.run({"id": rests.run_id})["status"] != "queued" or _rests_again(world, rests)


def _rests_again(world: World, rests: Run) -> bool:
    return bool(world.api.run({"id": rests.run_id})["attempt"] > rests.attempt)


def copies(earlier: Kept, number: int) -> Kept:
    """The store with so many more runs of one schedule in the queue of that release."""
    (like, *_) = [item for item in earlier.stored["runs"] if item.get("pool") == {"S": "ready"}]
    more = []
    for each in range(number):
        run_id = f"01KJ{each:022d}"
        key = {"S": like["queue_key"]["S"].rpartition("#")[0] + "#" + run_id}
        more.append({**like, "run_id": {"S": run_id}, "queue_key": key})
    runs = [*earlier.stored["runs"], *more]
    return replace(earlier, stored={**earlier.stored, "runs": runs})


def test_of_a_schedule_with_many_one_stands_in_the_queue_and_the_others_in_its_line(
    earlier: Kept,
) -> None:
    with going_on(copies(earlier, 30)) as world:
        world.stack.lose_wakes()
        for message in world.stack.messages():
            world.stack.drop(message)
        world.stack.tick()
        places: dict[str, list[Any]] = {}
        for run in queued(snapshots.take()):
            if run.not_before is None:
                places.setdefault(run.schedule_id, []).append(run.place)
    assert max(map(len, places.values())) >= 30
    for of_one in places.values():
        assert of_one.count(Place.QUEUE) <= 1
        assert None not in of_one


@pytest.mark.parametrize("minutes", [1, 29])
def test_more_than_one_tick_places_are_placed_by_the_next(earlier: Kept, minutes: int) -> None:
    with going_on(copies(earlier, 450)) as world:
        left = []
        for _ in range(3):
            world.stack.tick()
            left.append(partitions(snapshots.take())[UNPLACED])
            world.stack.advance(minutes * 60)
        assert left[0] > left[1] > left[2] == 0
