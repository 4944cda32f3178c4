"""A random world of schedules and people, played on the real engine, whose holders are on record.

Jobs take the time that the world gives them, and end as it says; ticks and wakes come as they
would. What held a slot and when is written down, so that explanations can be held against it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from chalicelib.domain.runs import transitions
from chalicelib.domain.runs.run import FailureReason, Run
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.runs.settle import Outcome
from chalicelib.engine.moves import claiming, settling
from chalicelib.engine.moves.ending_writes import Written
from chalicelib.engine.scheduling import passes
from chalicelib.store import run_table, schedule_table
from chalicelib.store.dynamodb import conditions
from tests.builders import MILLISECOND
from tests.due import due_keys
from tests.harness import Stack

MIDNIGHT: Final = datetime(2026, 3, 1, tzinfo=UTC)
TENANTS: Final = ("acme", "globex")
MINUTE: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Held:
    """A run on a slot, from one instant to another."""

    run: Run
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class World:
    """The played deployment."""

    stack: Stack
    random: Random
    keys: list[tuple[str, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    #: When somebody changed a schedule, or its breaker did.
    changed: dict[str, list[datetime]] = field(default_factory=dict)
    _ends: list[tuple[datetime, int, Run]] = field(default_factory=list)

    def fill(self) -> None:
        """Make the schedules."""
        for number in range(self.random.randint(2, 5)):
            self._create(number)

    def go_on(self, until: datetime, act: Callable[["World"], None]) -> None:
        """Let time pass; people act at random instants."""
        acts_at = MIDNIGHT + self._some_seconds()
        while self.stack.now < until:
            now = self.stack.now
            self._end_what_is_over()
            if now == self._pass_at(now):
                self._make_a_pass(now)
                self._start_what_is_claimed()
            if acts_at <= now:
                act(self)
                self._start_what_is_claimed()
                acts_at = now + self._some_seconds()
            ends = (over for over, _, _ in self._ends)
            self.stack.clock.set(min(self._pass_at(now + MILLISECOND), *ends, acts_at, until))

    def schedule(self, key: tuple[str, str]) -> WholeSchedule:
        return schedule_table.get_whole(*key)

    def records(self, key: tuple[str, str]) -> list[Run]:
        """All records of a schedule, newest first."""
        return run_table.list_of_schedule(*key, 500).items

    def holders(self, at: datetime) -> list[Run]:
        """Who was on a slot at that instant, those included who had just come or just went."""
        return [
            each.run
            for each in self.held
            if each.since <= at and (each.until is None or at <= each.until)
        ]

    def ask(self, method: str, path: str, tenant: str, body: Any = None) -> int:
        """A request of somebody of the tenant; answers with its status."""
        token = self.stack.token(tenant, ["operator", "admin"])
        return self.stack.http(method, path, body, token=token).status

    def note_change(self, schedule_id: str) -> None:
        self.changed.setdefault(schedule_id, []).append(self.stack.now)

    def was_changed(self, schedule_id: str, since: datetime, until: datetime) -> bool:
        return any(since <= at <= until for at in self.changed.get(schedule_id, ()))

    def _some_seconds(self) -> timedelta:
        return timedelta(
            seconds=self.random.randint(20, 170), milliseconds=self.random.randint(0, 999)
        )

    def _create(self, number: int) -> None:
        tenant = self.random.choice(TENANTS)
        body = {
            "name": f"{tenant} {number}",
            "cadence": self.random.choice(_CADENCES),
            "target": {"type": "function", "name": "drill", "params": {}},
            "when_busy": self.random.choice(("queue", "queue", "skip")),
            "jitter_seconds": self.random.choice((0, 0, 50)),
            "priority": self.random.choice((5, 5, 6)),
            "lease_seconds": 1200,
            "retry": {"max_attempts": self.random.choice((1, 1, 2)), "delay_seconds": 45},
            "breaker": {"failures": self.random.choice((1, 2, 3))},
        }
        token = self.stack.token(tenant, ["operator"])
        answer = self.stack.http("POST", "/v1/schedules", body, token=token)
        assert answer.status == 201, answer.json
        self.keys.append((tenant, answer.json["schedule"]["id"]))

    def _pass_at(self, earliest: datetime) -> datetime:
        minute = earliest.replace(second=0, microsecond=0)
        minute = minute if minute == earliest else minute + MINUTE
        return min([minute, *(at for at, _ in due_keys(minute) if at >= earliest)])

    def _make_a_pass(self, at: datetime) -> None:
        if at == at.replace(second=0, microsecond=0):
            passes.tick(self.stack.system)
        else:
            passes.wake(self.stack.system, at)

    def _start_what_is_claimed(self) -> None:
        for message in self.stack.messages():
            self.stack.drop(message)
            body = message.json
            claimed = run_table.find(body["tenant_id"], body["run_id"])
            if claimed is None or claimed.token != body["token"] or not claimed.holds_slot:
                continue
            self.held.append(Held(claimed, self.stack.now))
            started = run_table.replace(
                claimed,
                transitions.start(claimed, "the test", self.stack.now),
                conditions.run_is_claimed(body["token"]),
                self.stack.clock,
            )
            lasts = timedelta(seconds=self.random.choice((5, 40, 100, 250)))
            self._ends.append((self.stack.now + lasts, len(self.held), started))

    def _end_what_is_over(self) -> None:
        for end in sorted(self._ends, key=lambda each: each[:2]):
            over, number, run = end
            if over > self.stack.now:
                continue
            self._ends.remove(end)
            holder = run_table.get(run.tenant_id, run.run_id)
            written = self._end(holder)
            self.held[number - 1].until = self.stack.now
            claiming.hand_over(self.stack.system, holder, written)
            self._start_what_is_claimed()

    def _end(self, run: Run) -> Written:
        system, now = self.stack.system, self.stack.now
        outcome = Outcome()
        if run.cancel_requested_at is not None:
            outcome = Outcome(cancelled=True)
        elif self.random.random() < 0.25:
            outcome = Outcome(reason=FailureReason.ERROR, message="boom")
        before = self.schedule((run.tenant_id, run.schedule_id)).status
        written = settling.finish(system, run, outcome, system.settings(), now)
        assert written is not None
        if self.schedule((run.tenant_id, run.schedule_id)).status is not before:
            self.note_change(run.schedule_id)
        return written


_CADENCES: Final[tuple[dict[str, Any], ...]] = (
    {"type": "cron", "expression": "*/2 * * * *"},
    {"type": "cron", "expression": "*/3 * * * *", "timezone": "Europe/Berlin"},
    {"type": "cron", "expression": "*/5 * * * *"},
    {"type": "interval", "seconds": 100},
    {"type": "interval", "seconds": 130, "from": "grid"},
    {"type": "once", "at": "2026-03-01T00:07:30Z"},
)


def people(world: World) -> None:
    """Somebody does one thing: starts a run, switches a schedule, works interactively, cancels."""
    random = world.random
    tenant, schedule_id = random.choice(world.keys)
    path = f"/v1/schedules/{schedule_id}"
    deed = random.random()
    if deed < 0.25:
        how = random.choice(("queue", "queue", "force", "reject"))
        world.ask("POST", f"{path}/runs?when_busy={how}", tenant, {})
    elif deed < 0.35:
        world.note_change(schedule_id)
        world.ask("POST", f"{path}/pause", tenant)
    elif deed < 0.6:
        world.note_change(schedule_id)
        world.ask("POST", f"{path}/resume", tenant)
    elif deed < 0.65:
        world.ask("PUT", "/v1/pressure/editor", tenant, {"ttl_seconds": 60})
    elif deed < 0.7:
        waiting = [run for run in world.records((tenant, schedule_id)) if not run.is_final]
        if waiting:
            world.note_change(schedule_id)
            world.ask("POST", f"/v1/runs/{waiting[0].run_id}/cancel", tenant)
