"""Explanations held against what then happens, in random worlds.

Runs are started by hand, queued and forced, schedules are paused and resumed, people work
interactively, runs fail, are retried and cancelled; explanations are asked for at random instants.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from chalicelib.domain.outlook.phrases import ANOTHER_RUN, ANOTHER_TENANT, quoted
from chalicelib.domain.outlook.situation import Reason
from chalicelib.domain.runs.run import OWN_TRIGGERS, Run, RunStatus, SkipReason
from chalicelib.domain.runs.schedule import Schedule
from chalicelib.engine.outlook.explanation import Explanation, explain
from infra import template
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.engine.outlook.played_world import MIDNIGHT, World, people
from tests.harness import STACK, Stack

SEEDS = (15, 24, 28, 32, 33, 37, 42, 45)
LENGTH = timedelta(minutes=40)
#: A promise about the future is looked at only if this much time was left for it.
ROOM = timedelta(minutes=6)


@dataclass
class Witness:
    """Asks for explanations, checks what can be checked at once, and remembers the rest."""

    seen: Counter[str] = field(default_factory=Counter)
    #: What was promised: when, of which schedule, and the explanation.
    promised: list[tuple[datetime, Schedule, Explanation]] = field(default_factory=list)

    def acts(self, world: World) -> None:
        people(world)
        for key in world.keys:
            schedule, now = world.schedule(key), world.stack.now
            explanation = explain(world.stack.system, schedule, now)
            by_code = {reason.code: reason for reason in explanation.reasons}
            self.seen.update(by_code.keys())
            self.seen.update(each.code for each in explanation.history)
            self.seen.update(code for each in explanation.history for code in each.also)
            check_slots(world, schedule, by_code)
            check_runs(world, schedule, by_code)
            check_history(world, schedule, explanation)
            self.promised.append((now, schedule, explanation))


def check_slots(world: World, schedule: Schedule, by_code: dict[str, Reason]) -> None:
    """Who holds the slots, by name, as their own, or as another tenant's."""
    floor = world.stack.system.floor()
    own = [slot for slot in floor.holders if slot.schedule_id == schedule.schedule_id]
    if "slot_free" in by_code:
        assert floor.free and not own
    if "own_run_at_work" in by_code:
        assert own
    taken = by_code.get("slots_taken")
    if taken is None or taken.message.startswith("A slot is free"):
        return
    assert not floor.free
    foreign = [slot for slot in floor.holders if slot.tenant_id != schedule.tenant_id]
    assert (ANOTHER_TENANT in taken.message) is bool(foreign) or "more" in taken.message
    assert not any(quoted(slot.schedule_name or "") in taken.message for slot in foreign)


def check_runs(world: World, schedule: Schedule, by_code: dict[str, Reason]) -> None:
    """What is on its way is on its way, and a streak is made of failures of its own."""
    expected = {
        "run_under_way": (RunStatus.CLAIMED, RunStatus.RUNNING),
        "run_waiting": (RunStatus.QUEUED,),
        "retry_set": (RunStatus.QUEUED,),
    }
    records = world.records((schedule.tenant_id, schedule.schedule_id))
    runs = {run.run_id: run for run in records}
    for code, statuses in expected.items():
        if code in by_code:
            assert runs[by_code[code].run_id or ""].status in statuses
    broken = by_code.get("broken")
    if broken is not None:
        named = [runs[run_id] for run_id in broken.data["run_ids"]]
        assert len(named) == schedule.failure_streak
        assert all(run.status is RunStatus.FAILED and run.trigger in OWN_TRIGGERS for run in named)
        assert "1 failures" not in broken.message


def check_history(world: World, schedule: Schedule, explanation: Explanation) -> None:
    """The last ten fire times are what their records are, and waited behind who was at work."""
    records = world.records((schedule.tenant_id, schedule.schedule_id))
    own = [run for run in records if run.trigger in OWN_TRIGGERS]
    assert [each.run_id for each in explanation.history] == [run.run_id for run in own[:10]]
    for outcome, run in zip(explanation.history, own, strict=False):
        assert outcome.fire_at == run.fire_at
        assert outcome.code in _CODES[run.skip_reason or run.status], outcome
        assert ("deferred" in outcome.also) is run.deferred_by_pressure
        if run.status is RunStatus.CANCELLED and run.cancelled_by:
            assert f"by {run.cancelled_by}" in outcome.message
        if outcome.data:
            check_behind(world, run, outcome.message, outcome.data)
        if run.skip_reason is SkipReason.COALESCED:
            check_counted_on(own, run, outcome.message)


def check_behind(world: World, run: Run, message: str, data: dict[str, Any]) -> None:
    """Those it names held a slot when it began to wait, or while it waited."""
    until = run.claimed_at or run.finished_at or world.stack.now
    at_work = {
        each.run.run_id
        for each in world.held
        if each.since <= until and (each.until is None or each.until >= run.queued_at)
    }
    assert {each["run_id"] for each in data["behind"]} <= at_work, message
    foreign = any(
        each.run.tenant_id != run.tenant_id
        for each in world.held
        if each.since <= run.queued_at and (each.until is None or each.until >= run.queued_at)
    )
    if data["behind_another_tenant"]:
        assert foreign, message
    if run.attempt == 1:
        assert ANOTHER_RUN not in message.replace(ANOTHER_TENANT, ""), message


def check_counted_on(own: list[Run], run: Run, message: str) -> None:
    if "an earlier fire time" in message:
        return
    (on,) = [each for each in own if f"{each.fire_at:%Y-%m-%d %H:%M:%S} UTC" in message]
    assert on.skip_reason not in (SkipReason.SLOT_BUSY, SkipReason.COALESCED, SkipReason.MISFIRE)
    assert on.queued_at <= run.queued_at <= (on.finished_at or run.queued_at)


_CODES: dict[str, tuple[str, ...]] = {
    RunStatus.QUEUED: ("waiting", "resting"),
    RunStatus.CLAIMED: ("starting",),
    RunStatus.RUNNING: ("running",),
    RunStatus.SUCCEEDED: ("ran",),
    RunStatus.FAILED: ("failed",),
    RunStatus.CANCELLED: ("cancelled",),
    SkipReason.SLOT_BUSY: ("skipped",),
    SkipReason.MISFIRE: ("missed",),
    SkipReason.COALESCED: ("coalesced",),
    SkipReason.QUEUE_EXPIRED: ("queue_expired",),
    SkipReason.SCHEDULE_PAUSED: ("schedule_paused",),
    SkipReason.SCHEDULE_BROKEN: ("schedule_broken",),
}


def check_promise(world: World, at: datetime, schedule: Schedule, explanation: Explanation) -> None:
    """What was to come came, unless somebody has changed the schedule since."""
    records = world.records((schedule.tenant_id, schedule.schedule_id))
    by_code = {reason.code: reason for reason in explanation.reasons}
    if "next_fire" in by_code:
        check_next_fire(world, at, schedule, by_code)
    retry = by_code.get("retry_set")
    if retry is not None and retry.at is not None:
        (run,) = [each for each in records if each.run_id == retry.run_id]
        assert run.claimed_at is None or run.claimed_at >= retry.at
    check_whether_it_ran(world, at, schedule, explanation.will_run)


def check_next_fire(
    world: World, at: datetime, schedule: Schedule, by_code: dict[str, Reason]
) -> None:
    """It fired at that fire time, as it was due; later only for interactive work."""
    coming = by_code["next_fire"]
    assert coming.at is not None
    is_over = coming.at + ROOM < world.stack.now
    if not is_over or world.was_changed(schedule.schedule_id, at, coming.at):
        return
    records = world.records((schedule.tenant_id, schedule.schedule_id))
    if schedule.measures_from_completion and _has_started(records, at, coming.at):
        return
    (record,) = [run for run in records if run.fire_at == coming.data["fire_at"]]
    if not record.deferred_by_pressure:
        assert record.queued_at == coming.at
        assert "deferred" not in by_code
    assert record.queued_at >= coming.at


def _has_started(records: list[Run], since: datetime, until: datetime) -> bool:
    """Whether a run started in between: the next fire time then counts from its end."""
    return any(run.claimed_at and since <= run.claimed_at <= until for run in records)


def check_whether_it_ran(world: World, at: datetime, schedule: Schedule, will_run: bool) -> None:
    """With a run to come there was one; without, nothing of its own started any more."""
    schedule_id, end = schedule.schedule_id, world.stack.now
    if world.was_changed(schedule_id, at, end):
        return
    since = [each for each in world.held if each.run.schedule_id == schedule_id]
    started = [each for each in since if each.since > at and each.run.trigger in OWN_TRIGGERS]
    if not will_run:
        assert not started
    elif at + 2 * ROOM < end:
        records = world.records((schedule.tenant_id, schedule_id))
        assert any((run.finished_at or end) > at for run in records)


@cache
def play(seed: int) -> Counter[str]:
    """Play a world and check all that is said in it; how often each code was met."""
    random = Random(seed)
    witness = Witness()
    with (
        Stack(capacity=random.choice((1, 1, 2, 3))) as stack,
        connected(InMemoryDynamoDB(template.tables(STACK))),
    ):
        world = World(stack, random)
        world.fill()
        world.go_on(MIDNIGHT + LENGTH, witness.acts)
        for at, schedule, explanation in witness.promised:
            check_promise(world, at, schedule, explanation)
    return witness.seen


@pytest.mark.parametrize("seed", SEEDS)
def test_what_an_explanation_says_is_so_or_comes_to_be_so(seed: int) -> None:
    play(seed)


def test_these_worlds_have_most_of_what_an_explanation_may_say() -> None:
    seen = sum(map(play, SEEDS), Counter[str]())
    assert set(seen) >= {
        *("active", "paused", "broken", "run_under_way", "run_waiting", "retry_set", "ended"),
        *("next_fire", "deferred", "pressure", "slot_free", "slots_taken", "own_run_at_work"),
        *("expected_wait", "skips_when_busy", "failure_streak"),
        *("ran", "failed", "cancelled", "waiting", "running", "resting", "skipped", "coalesced"),
        *("schedule_paused", "schedule_broken", "waited", "covers", "retried"),
    }, sorted(seen)
