"""What a due fire time becomes: a run, a skip, or its place in one record for several."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.runs import firing, settle, transitions
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.firing import (
    LONGEST_COVER,
    MOST_CATCH_UP_RUNS,
    Deferral,
    Firing,
    Pressure,
    is_due,
)
from chalicelib.domain.runs.run import Run, RunStatus, SkipReason, Trigger
from chalicelib.domain.runs.schedule import (
    Misfire,
    MisfirePolicy,
    Retry,
    Schedule,
    ScheduleStatus,
    WhenBusy,
)
from chalicelib.domain.time.cadences import Cadence, Cron, Interval, Once, next_fire
from tests.builders import MILLISECOND, NOON, a_run_that_is, a_schedule, after

MINUTELY: Final = Interval(60, "grid")
AFTER_COMPLETION: Final = Interval(3600)
GRACE: Final = timedelta(seconds=300)
PRESSURE: Final = Pressure(delay=timedelta(seconds=30), most=timedelta(seconds=600))
QUEUED: Final = (RunStatus.QUEUED, None)
COALESCED: Final = (RunStatus.SKIPPED, SkipReason.COALESCED)
SLOT_BUSY: Final = (RunStatus.SKIPPED, SkipReason.SLOT_BUSY)
MISFIRE: Final = (RunStatus.SKIPPED, SkipReason.MISFIRE)


def due_at_noon(cadence: Cadence = MINUTELY, **changes: Any) -> Schedule:
    """A schedule whose next fire time is noon."""
    plain = a_schedule(cadence=cadence, **changes)
    return replace(plain, fire_at=NOON, next_fire_at=NOON + plain.jitter)


def with_policy(policy: MisfirePolicy, **changes: Any) -> Schedule:
    return due_at_noon(misfire=Misfire(policy, GRACE // timedelta(seconds=1)), **changes)


def decide(schedule: Schedule, now: datetime, *, free: bool, pending: Run | None) -> Firing:
    """The decision while nobody works interactively: a record, always."""
    decided = firing.decide(schedule, now, free=free, pending=pending)
    assert isinstance(decided, Firing)
    return decided


def fate(decided: Firing) -> tuple[RunStatus, SkipReason | None]:
    return decided.record.status, decided.record.skip_reason


def all_due(schedule: Schedule, now: datetime) -> list[Firing]:
    """Every decision of one pass, with a free slot and nothing pending."""
    decisions = []
    while is_due(schedule, now):
        decisions.append(decide(schedule, now, free=True, pending=None))
        schedule = decisions[-1].schedule
    return decisions


# Due


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (due_at_noon(), True),
        (replace(due_at_noon(), next_fire_at=NOON + MILLISECOND), False),
        (replace(due_at_noon(), next_fire_at=None), False),
        (due_at_noon(status=ScheduleStatus.PAUSED), False),
        (due_at_noon(status=ScheduleStatus.BROKEN), False),
    ],
)
def test_only_an_active_schedule_is_due_from_its_very_instant(
    schedule: Schedule, due: bool
) -> None:
    assert is_due(schedule, NOON) is due


# On time


@pytest.mark.parametrize("when_busy", WhenBusy)
@pytest.mark.parametrize("pending", [None, RunStatus.SUCCEEDED, RunStatus.SKIPPED])
def test_with_a_free_slot_and_nothing_on_its_way_it_makes_a_run(
    when_busy: WhenBusy, pending: RunStatus | None
) -> None:
    before = a_run_that_is(pending) if pending else None
    decided = decide(due_at_noon(when_busy=when_busy), NOON, free=True, pending=before)
    assert fate(decided) == QUEUED
    assert decided.record.trigger is Trigger.SCHEDULED


@pytest.mark.parametrize(
    ("free", "pending"),
    [
        (False, None),
        (False, RunStatus.SUCCEEDED),
        (False, RunStatus.RUNNING),
        (True, RunStatus.CLAIMED),
        (True, RunStatus.RUNNING),
    ],
)
@pytest.mark.parametrize(
    ("when_busy", "expected"), [(WhenBusy.QUEUE, QUEUED), (WhenBusy.SKIP, SLOT_BUSY)]
)
def test_while_busy_it_waits_or_is_skipped_as_the_schedule_says(
    free: bool, pending: RunStatus | None, when_busy: WhenBusy, expected: object
) -> None:
    before = a_run_that_is(pending) if pending else None
    assert fate(decide(due_at_noon(when_busy=when_busy), NOON, free=free, pending=before)) == (
        expected
    )


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("when_busy", WhenBusy)
def test_while_its_own_run_still_waits_it_is_counted_on_that(
    free: bool, when_busy: WhenBusy
) -> None:
    waiting = a_run_that_is(RunStatus.QUEUED, covers=2)
    decided = decide(due_at_noon(when_busy=when_busy), NOON, free=free, pending=waiting)
    assert fate(decided) == COALESCED
    assert decided.counted == 1


def test_what_makes_a_run_or_a_plain_skip_is_counted_on_nothing() -> None:
    schedule = due_at_noon(when_busy=WhenBusy.SKIP)
    assert decide(schedule, NOON, free=True, pending=None).counted == 0
    assert decide(schedule, NOON, free=False, pending=None).counted == 0


def test_the_run_carries_what_the_schedule_says_at_that_moment() -> None:
    schedule = due_at_noon(
        priority=7, retry=Retry(max_attempts=4), lease_seconds=90, max_steps=50, jitter_seconds=30
    )
    now = NOON + timedelta(seconds=31)
    run = decide(schedule, now, free=True, pending=None).record
    assert run.run_id == ids.scheduled_run_id("acme", "01SCHEDULE", NOON)
    assert (run.fire_at, run.queued_at) == (NOON, now)
    assert (run.priority, run.max_attempts, run.lease_seconds, run.max_steps) == (7, 4, 90, 50)
    assert (run.tenant_id, run.schedule_name) == ("acme", "Nightly crawl")
    assert (run.covers, run.covers_from, run.token, run.attempt) == (1, None, 0, 1)


def test_a_made_run_is_the_schedules_pending_one() -> None:
    decided = decide(due_at_noon(), NOON, free=True, pending=None)
    assert decided.schedule.pending_run_id == decided.record.run_id


def test_a_skip_leaves_the_pending_run_as_it_was() -> None:
    schedule = due_at_noon(pending_run_id="01WAITING")
    waiting = a_run_that_is(RunStatus.QUEUED)
    decided = decide(schedule, NOON, free=True, pending=waiting)
    assert decided.schedule.pending_run_id == "01WAITING"


def test_a_skip_is_final_from_the_start() -> None:
    schedule = due_at_noon(when_busy=WhenBusy.SKIP)
    record = decide(schedule, after(7), free=False, pending=None).record
    assert (record.is_final, record.finished_at, record.queue_key) == (True, after(7), None)


def test_the_schedule_moves_on_from_its_fire_time_and_not_from_now() -> None:
    decided = decide(due_at_noon(), after(90), free=True, pending=None)
    assert decided.schedule.fire_at == after(60)


# Intervals from completion


def test_an_interval_has_no_fire_time_until_its_run_ends() -> None:
    decided = decide(due_at_noon(AFTER_COMPLETION), NOON, free=True, pending=None)
    assert fate(decided) == QUEUED
    assert (decided.schedule.fire_at, decided.schedule.next_fire_at) == (None, None)


def test_an_interval_counted_on_its_waiting_run_leaves_the_rest_to_that() -> None:
    waiting = a_run_that_is(RunStatus.QUEUED)
    decided = decide(due_at_noon(AFTER_COMPLETION), NOON, free=True, pending=waiting)
    assert fate(decided) == COALESCED
    assert decided.schedule.next_fire_at is None


def test_a_skipped_interval_starts_over_for_no_run_will_end() -> None:
    schedule = due_at_noon(AFTER_COMPLETION, when_busy=WhenBusy.SKIP)
    decided = decide(schedule, after(10), free=False, pending=None)
    assert fate(decided) == SLOT_BUSY
    assert decided.schedule.next_fire_at == after(3610)


def test_a_missed_interval_that_skips_starts_over_from_now() -> None:
    schedule = with_policy(MisfirePolicy.SKIP, cadence=AFTER_COMPLETION)
    decided = decide(schedule, after(301), free=True, pending=None)
    assert fate(decided) == MISFIRE
    assert decided.schedule.next_fire_at == after(3901)


# Too late


@pytest.mark.parametrize("policy", MisfirePolicy)
def test_a_fire_time_as_late_as_the_grace_is_on_time(policy: MisfirePolicy) -> None:
    schedule = with_policy(policy, cadence=Once(NOON))
    decided = decide(schedule, NOON + GRACE, free=True, pending=None)
    assert fate(decided) == QUEUED
    assert decided.record.trigger is Trigger.SCHEDULED


@pytest.mark.parametrize(
    ("policy", "expected", "trigger"),
    [
        (MisfirePolicy.SKIP, MISFIRE, Trigger.SCHEDULED),
        (MisfirePolicy.RUN_ONCE, QUEUED, Trigger.CATCH_UP),
        (MisfirePolicy.RUN_ALL, QUEUED, Trigger.CATCH_UP),
    ],
)
def test_a_fire_time_later_than_the_grace_follows_the_policy(
    policy: MisfirePolicy, expected: object, trigger: Trigger
) -> None:
    schedule = with_policy(policy, cadence=Once(NOON))
    decided = decide(schedule, NOON + GRACE + MILLISECOND, free=True, pending=None)
    assert fate(decided) == expected
    assert decided.record.trigger is trigger


def test_lateness_counts_from_when_it_was_due_jitter_included() -> None:
    schedule = with_policy(MisfirePolicy.SKIP, jitter_seconds=3600, cadence=Once(NOON))
    assert schedule.jitter > timedelta(0)
    due_at = NOON + schedule.jitter
    assert fate(decide(schedule, due_at + GRACE, free=True, pending=None)) == QUEUED
    late = due_at + GRACE + MILLISECOND
    assert fate(decide(schedule, late, free=True, pending=None)) == MISFIRE


@pytest.mark.parametrize("grace_seconds", [0, 4])
def test_without_grace_only_what_passes_are_late_by_anyhow_is_on_time(grace_seconds: int) -> None:
    schedule = due_at_noon(misfire=Misfire(MisfirePolicy.SKIP, grace_seconds))
    latest = NOON + firing.PRECISION
    assert fate(decide(schedule, latest, free=True, pending=None)) == QUEUED
    assert fate(decide(schedule, latest + MILLISECOND, free=True, pending=None)) == MISFIRE


def test_skip_records_all_that_is_too_late_at_once_and_runs_the_rest() -> None:
    """At noon + 9:30 the fire times of :00 to :04 are too late, :05 to :09 are not."""
    first, *others = all_due(with_policy(MisfirePolicy.SKIP), after(570))
    assert fate(first) == MISFIRE
    assert (first.record.covers, first.record.covers_from) == (5, NOON)
    assert first.record.fire_at == after(240)
    assert [other.record.fire_at for other in others] == [after(60 * n) for n in range(5, 10)]
    assert {fate(other) for other in others} == {QUEUED}


def test_skip_records_a_single_late_one_as_itself() -> None:
    first = all_due(with_policy(MisfirePolicy.SKIP), after(359))[0].record
    assert (first.fire_at, first.covers, first.covers_from) == (NOON, 1, None)


def test_skip_leaves_out_what_is_exactly_as_late_as_the_grace() -> None:
    first, second, *_ = all_due(with_policy(MisfirePolicy.SKIP), after(360))
    assert (fate(first), first.record.fire_at) == (MISFIRE, NOON)
    assert (fate(second), second.record.fire_at) == (QUEUED, after(60))


def test_run_once_makes_one_run_for_all_that_is_due() -> None:
    (only,) = all_due(with_policy(MisfirePolicy.RUN_ONCE), after(570))
    assert fate(only) == QUEUED
    assert only.record.trigger is Trigger.CATCH_UP
    assert (only.record.covers, only.record.covers_from) == (10, NOON)
    assert only.record.fire_at == after(540)
    assert only.schedule.fire_at == after(600)


def test_run_once_for_a_single_late_one_stands_for_itself() -> None:
    hourly = with_policy(MisfirePolicy.RUN_ONCE, cadence=Interval(3600, "grid"))
    (only,) = all_due(hourly, after(301))
    assert (only.record.covers, only.record.covers_from) == (1, None)


@pytest.mark.parametrize(
    ("when_busy", "expected"), [(WhenBusy.QUEUE, QUEUED), (WhenBusy.SKIP, SLOT_BUSY)]
)
def test_run_once_while_busy_waits_or_is_skipped_for_all_of_them(
    when_busy: WhenBusy, expected: object
) -> None:
    schedule = with_policy(MisfirePolicy.RUN_ONCE, when_busy=when_busy)
    decided = decide(schedule, after(570), free=False, pending=None)
    assert fate(decided) == expected
    assert (decided.record.covers, decided.record.covers_from) == (10, NOON)


def test_run_once_runs_on_a_free_slot_even_if_it_would_skip_a_busy_one() -> None:
    schedule = with_policy(MisfirePolicy.RUN_ONCE, when_busy=WhenBusy.SKIP)
    decided = decide(schedule, after(301), free=True, pending=None)
    assert (decided.record.status, decided.record.skip_reason) == QUEUED
    assert decided.record.trigger is Trigger.CATCH_UP


def test_run_once_while_its_own_run_waits_counts_each_fire_time_on_that() -> None:
    waiting = a_run_that_is(RunStatus.QUEUED)
    schedule = with_policy(MisfirePolicy.RUN_ONCE)
    decided = decide(schedule, after(570), free=True, pending=waiting)
    assert (fate(decided), decided.record.covers) == (COALESCED, 10)
    assert decided.counted == 10


@pytest.mark.parametrize("missed", [LONGEST_COVER - 1, LONGEST_COVER + 1])
def test_run_once_makes_its_run_however_much_was_missed(missed: int) -> None:
    decisions = all_due(with_policy(MisfirePolicy.RUN_ONCE), after(60 * (missed - 1)))
    assert sum(each.record.covers for each in decisions) == missed
    assert sum(fate(each) == QUEUED for each in decisions) == 1


def test_run_once_makes_its_run_when_it_stands_for_as_many_as_a_record_may() -> None:
    missed_until = after(60 * (LONGEST_COVER - 1))
    decisions = all_due(with_policy(MisfirePolicy.RUN_ONCE), missed_until)
    assert sum(fate(each) == QUEUED for each in decisions) == 1


def test_run_all_makes_up_for_each_oldest_first() -> None:
    decisions = all_due(with_policy(MisfirePolicy.RUN_ALL), after(570))
    assert [each.record.fire_at for each in decisions] == [after(60 * n) for n in range(10)]
    assert {fate(each) for each in decisions} == {QUEUED}
    assert [each.record.trigger for each in decisions[:5]] == [Trigger.CATCH_UP] * 5
    assert [each.record.trigger for each in decisions[5:]] == [Trigger.SCHEDULED] * 5


def test_run_all_makes_up_though_the_slot_is_busy() -> None:
    schedule = with_policy(MisfirePolicy.RUN_ALL, when_busy=WhenBusy.SKIP)
    pending = a_run_that_is(RunStatus.QUEUED)
    assert fate(decide(schedule, after(570), free=False, pending=pending)) == QUEUED


@pytest.mark.parametrize(("missed", "skipped"), [(MOST_CATCH_UP_RUNS, 0), (101, 1), (2500, 2400)])
def test_run_all_makes_up_for_the_newest_within_its_bound(missed: int, skipped: int) -> None:
    decisions = all_due(with_policy(MisfirePolicy.RUN_ALL), after(60 * (missed - 1)))
    made = [each.record for each in decisions if fate(each) == QUEUED]
    passed_over = [each.record for each in decisions if fate(each) == MISFIRE]
    assert len(made) == MOST_CATCH_UP_RUNS
    assert sum(record.covers for record in passed_over) == skipped
    assert made[0].fire_at == after(60 * skipped)


# Pressure


def deferred(schedule: Schedule, now: datetime) -> datetime | None:
    """Until when the fire time is put off; None if it is recorded now."""
    decided = firing.decide(schedule, now, free=True, pending=None, pressure=PRESSURE)
    if isinstance(decided, Firing):
        return None
    until = decided.until
    assert decided.schedule == replace(schedule, next_fire_at=until, held_up_until=until)
    return decided.until


def test_pressure_puts_a_fire_time_off_by_its_delay() -> None:
    assert deferred(due_at_noon(), after(2)) == after(32)


def test_pressure_puts_a_fire_time_off_by_no_more_than_its_bound() -> None:
    put_off = replace(due_at_noon(), next_fire_at=after(580))
    assert deferred(put_off, after(580)) == after(600)
    put_off = replace(due_at_noon(), next_fire_at=after(600))
    assert deferred(put_off, after(599.999)) == after(600)
    assert deferred(put_off, after(600)) is None


def test_the_bound_counts_from_when_it_was_due_jitter_included() -> None:
    schedule = due_at_noon(jitter_seconds=3600)
    assert schedule.jitter > timedelta(0)
    latest = NOON + schedule.jitter + PRESSURE.most
    assert deferred(schedule, latest - MILLISECOND) == latest
    assert deferred(schedule, latest) is None


def test_what_was_put_off_runs_at_its_own_fire_time_and_says_so() -> None:
    put_off = replace(due_at_noon(), next_fire_at=after(500))
    record = decide(put_off, after(500), free=True, pending=None).record
    assert (record.fire_at, record.trigger) == (NOON, Trigger.SCHEDULED)
    assert record.deferred_by_pressure
    assert not decide(due_at_noon(), NOON, free=True, pending=None).record.deferred_by_pressure


def test_jitter_is_not_taken_for_pressure() -> None:
    schedule = due_at_noon(jitter_seconds=3600)
    now = NOON + schedule.jitter
    assert not decide(schedule, now, free=True, pending=None).record.deferred_by_pressure


def test_what_was_put_off_is_late_only_after_that() -> None:
    put_off = replace(with_policy(MisfirePolicy.SKIP, cadence=Once(NOON)), next_fire_at=after(500))
    assert fate(decide(put_off, after(800), free=True, pending=None)) == QUEUED
    assert fate(decide(put_off, after(800.001), free=True, pending=None)) == MISFIRE


# Whatever happens, each fire time is accounted for exactly once


CADENCES: Final[list[Cadence]] = [
    MINUTELY,
    Interval(90, "grid", anchor=after(-37)),
    Interval(3600, "grid"),
    Cron("*/5 * * * *"),
    Cron("30 2 * * *", "Europe/Berlin"),
    Cron("0 */2 * * 1-5", "America/New_York"),
    Once(after(400)),
]
#: Seconds between two passes: ticks, wakes, and outages up to one that outgrows a record.
GAPS: Final = [0.001, 1, 59.999, 60, 60.001, 61, 299, 300, 360, 3600, 7201, 90_000]


@dataclass
class World:
    """Passes over one schedule, with a slot that is sometimes free and runs that come and go."""

    schedule: Schedule
    now: datetime = NOON
    records: list[Run] = field(default_factory=list)
    pending: Run | None = None

    def make_pass(self, free: bool, pressure: Pressure | None = None) -> list[Run]:
        """Decide until nothing is due; answers with the new records."""
        fresh: list[Run] = []
        while is_due(self.schedule, self.now):
            decided = firing.decide(
                self.schedule, self.now, free=free, pending=self.pending, pressure=pressure
            )
            if isinstance(decided, Deferral):
                assert decided.until > self.now
                self.schedule = decided.schedule
                break
            assert decided.schedule.fire_at != self.schedule.fire_at
            fresh.append(decided.record)
            if not decided.record.is_final:
                self.pending = self._claimed(decided.record) if free else decided.record
                free = False
            self.schedule = decided.schedule
        self.records += fresh
        return fresh

    def _claimed(self, run: Run) -> Run:
        return transitions.claim(run, "000", run.token + 1, self.now, concurrent=1)

    def work(self) -> None:
        """The pending run gets as far as its next state."""
        run = self.pending
        if run is None or run.is_final:
            return
        if run.status is RunStatus.QUEUED:
            self.pending = self._claimed(run)
        elif run.status is RunStatus.CLAIMED:
            self.pending = transitions.start(run, "worker-1", self.now)
        else:
            self.pending = transitions.succeed(run, self.now)
            self.schedule = settle.record_end(self.schedule, self.pending, self.now)


SCHEDULES: Final = st.builds(
    a_schedule,
    cadence=st.sampled_from(CADENCES),
    misfire=st.builds(Misfire, st.sampled_from(MisfirePolicy), st.sampled_from([0, 60, 300])),
    when_busy=st.sampled_from(WhenBusy),
    jitter_seconds=st.sampled_from([0, 0, 45, 3600]),
    schedule_id=st.sampled_from(["01A", "01B", "01C"]),
    starts_at=st.sampled_from([None, after(-60), after(120), after(121)]),
    ends_at=st.sampled_from([None, None, after(3600), after(95_000)]),
)
#: Passes: after which gap, with a free slot or not, how far runs got, under pressure or not.
Step = tuple[float, bool, int, Pressure | None]
HISTORIES: Final = st.lists(
    st.tuples(
        st.sampled_from(GAPS),
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from([None, None, PRESSURE]),
    ),
    min_size=1,
    max_size=6,
)


def passes(world: World, history: list[Step]) -> Iterator[list[Run]]:
    """The new records of each pass; the last one comes when no pressure can hold any more."""
    for gap, free, progress, pressure in history:
        world.now += timedelta(seconds=gap)
        for _ in range(progress):
            world.work()
        yield world.make_pass(free, pressure)
    world.now += PRESSURE.most
    yield world.make_pass(free=True)


def fire_times(schedule: Schedule, until: datetime) -> Iterator[datetime]:
    """What the cadence names after noon, within start and end, and due by then."""
    at = next_fire(schedule.cadence, NOON)
    while at is not None and at + schedule.jitter <= until:
        if (schedule.starts_at or at) <= at <= (schedule.ends_at or at):
            yield at
        at = next_fire(schedule.cadence, at)


@settings(deadline=None)
@given(SCHEDULES, HISTORIES)
def test_every_fire_time_is_accounted_for_exactly_once(
    schedule: Schedule, history: list[Step]
) -> None:
    world = World(arm(schedule, NOON))
    for _ in passes(world, history):
        pass
    expected = list(fire_times(schedule, world.now))
    place = 0
    for record in world.records:
        stood_for = expected[place : place + record.covers]
        assert len(stood_for) == record.covers
        assert record.fire_at == stood_for[-1]
        assert record.covers_from == (stood_for[0] if record.covers > 1 else None)
        place += record.covers
    assert place == len(expected)
    assert len({record.run_id for record in world.records}) == len(world.records)


@settings(deadline=None)
@given(SCHEDULES, HISTORIES)
def test_no_policy_ever_makes_more_runs_than_it_says(
    schedule: Schedule, history: list[Step]
) -> None:
    world = World(arm(schedule, NOON))
    grace = timedelta(seconds=schedule.misfire.grace_seconds)
    for fresh in passes(world, history):
        made = [record for record in fresh if not record.is_final]
        caught_up = [record for record in made if record.trigger is Trigger.CATCH_UP]
        match schedule.misfire.policy:
            case MisfirePolicy.SKIP:
                assert not caught_up
            case MisfirePolicy.RUN_ONCE:
                assert len(caught_up) <= 1
            case MisfirePolicy.RUN_ALL:
                assert len(caught_up) <= MOST_CATCH_UP_RUNS
        on_time = [
            record
            for record in made
            if record.trigger is Trigger.SCHEDULED and not record.deferred_by_pressure
        ]
        latest = max(grace, firing.PRECISION)
        assert all(world.now - schedule.jitter - run.fire_at <= latest for run in on_time)


@settings(deadline=None)
@given(SCHEDULES, HISTORIES)
def test_an_interval_from_completion_always_has_a_next_time_or_a_run_on_its_way(
    schedule: Schedule, history: list[Step]
) -> None:
    world = World(arm(replace(schedule, cadence=Interval(60), ends_at=None), NOON))
    for fresh in passes(world, history):
        assert len(fresh) <= 1
        is_on_its_way = world.pending is not None and not world.pending.is_final
        assert (world.schedule.next_fire_at is not None) is not is_on_its_way
        assert (world.schedule.pending_run_id is not None) is is_on_its_way


# Passing over


def test_passing_over_a_fire_time_that_has_its_record_moves_on_without_one() -> None:
    schedule = due_at_noon(pending_run_id="01WAITING")
    moved = firing.pass_over(schedule, after(90))
    assert (moved.fire_at, moved.pending_run_id) == (after(60), "01WAITING")


def test_passing_over_an_interval_starts_it_over() -> None:
    moved = firing.pass_over(due_at_noon(AFTER_COMPLETION), after(90))
    assert moved.fire_at == after(3690)
