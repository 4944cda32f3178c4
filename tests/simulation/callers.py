"""Whoever does the work of external schedules: they come, wait, beat, fall silent, or never come.

Each is a process of its own that calls the API's handlers and has its own clock. It stops at the
end of the lease that it was told of, as every holder does.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, Final, Literal

from chalicelib.api.http.problems import Problem, from_error
from chalicelib.api.resources import callback_routes, run_routes, schedule_routes
from chalicelib.api.schemas.base import NoBody, NoQuery
from chalicelib.api.schemas.callback_schemas import CompleteIn, FailIn, HeartbeatIn
from chalicelib.api.schemas.run_schemas import CancelQuery, RunNowIn, RunNowQuery
from chalicelib.domain.errors import BatonError, ClaimOver
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.firing import EARLY
from chalicelib.domain.runs.schedule import Misfire, Retry, WholeSchedule
from chalicelib.domain.time import cadences
from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import Change, Item, run_name, status, text, time, truth
from tests.simulation.processes import Host, Process
from tests.simulation.scenario import Scenario, a_cadence
from tests.simulation.targets import Targets
from tests.simulation.users import asked
from tests.simulation.world import MINUTE, SECOND, START, World, milliseconds

CAME: Final = "2 nobody came is said only of what nobody came for"
TOLD: Final = "7 that nobody came is told"
UNSENT: Final = "4 nobody but its caller starts a caller's run"

_EARLY: Final = EARLY // timedelta(milliseconds=1)
WhenBusy = Literal["reject", "queue", "force"]


def with_external(scenario: Scenario, random: Random) -> Scenario:
    """The scenario with one or two schedules more, for which callers come."""
    like = scenario.schedules[0]
    more = tuple(_external(random, number, like) for number in range(random.randint(1, 2)))
    return replace(scenario, schedules=(*scenario.schedules, *more))


def _external(random: Random, number: int, like: WholeSchedule) -> WholeSchedule:
    schedule = replace(
        like,
        schedule_id=f"e{number}",
        name=f"External {number}",
        cadence=cadences.from_json(a_cadence(random, 0)),
        target={"type": "external"},
        misfire=Misfire(grace_seconds=random.choice((30, 70))),
        retry=Retry(),
        jitter_seconds=0,
        priority=random.choice((5, 2)),
        pool=random.choice(("main", "gpu")),
        lease_seconds=random.choice((20, 30)),
        timeout_seconds=random.choice((45, 120)),
        zone_rules=None,
        fire_at=None,
        next_fire_at=None,
        starts_at=None,
    )
    return arm(schedule, START)


@dataclass(eq=False)
class CallersWork:
    """Work that a caller does, as the rules about what is at work look at it."""

    process: Process
    token: int
    context: Any
    lease_ends_at: int = 0

    @property
    def believes(self) -> bool:
        """Whether, by its own clock, its lease is still good."""
        return not self.process.dead and self.process.own_now < self.lease_ends_at


@dataclass
class _Visit:
    """A caller that has come: for which schedule, and what it is told."""

    process: Process
    tenant: str
    name: str
    key: str
    work: CallersWork | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Callers:
    """Plans who comes when, and plays them."""

    def __init__(
        self, world: World, host: Host, database: SimulatedDynamoDB, targets: Targets
    ) -> None:
        self._world, self._host, self._database = world, host, database
        self._targets = targets
        self._visits = 0
        #: Schedule → when somebody came, by its own clock, and was let in or found no slot.
        self._came: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)

    def come_until(self, end: int) -> None:
        """Plan their visits: mostly about when they are expected."""
        random = self._world.random
        for schedule in self._schedules():
            at = random.randint(0, MINUTE)
            while at < end:
                near = at // MINUTE * MINUTE + random.randint(-3 * SECOND, 20 * SECOND)
                when = max(near if random.random() < 0.7 else at, 0)
                self._world.at(when, partial(self._send, schedule))
                at += random.randint(10 * SECOND, 3 * MINUTE)

    def check(self, process: Process, changes: list[Change]) -> None:
        """Look at one write: who starts whose run, and of what it is said that nobody came."""
        for change in changes:
            if change.table == "schedules" and process.kind == "user":
                # By a clock that is behind, an edit may make fire times that had none to come for.
                self._came.pop(text(change.item, "schedule_id") or "", None)
            if change.table != "runs" or change.after is None:
                continue
            states = (status(change.before), status(change.after))
            is_started = truth(change.after, "for_caller") and states == ("claimed", "running")
            if is_started and process.kind != "caller":
                self._world.breaks(UNSENT, f"{process.name} starts {run_name(change.after)}")
            if text(change.after, "skip_reason") == "no_show" and states[0] != "skipped":
                self._told(change.after, changes)
                if states[0] is None:
                    self._nobody_came(process, change.after)

    def _told(self, run: Item, changes: list[Change]) -> None:
        key = (text(run, "tenant_id") or "", text(run, "schedule_id") or "")
        kinds = {text(one.after, "kind") for one in changes if one.table == "inbox"}
        if "no_show" not in kinds and self._database.look("schedules", *key) is not None:
            self._world.breaks(TOLD, f"nobody is told of {run_name(run)}")

    def _nobody_came(self, process: Process, record: Item) -> None:
        """Whoever came in time, before the pass looked, has a run or was turned away."""
        fire_at = time(record, "covers_from") or time(record, "fire_at") or 0
        began_at = process.began_at
        for at, done_at in self._came[text(record, "schedule_id") or ""]:
            if at >= (time(record, "fire_at") or 0) and done_at < began_at:
                self._world.breaks(CAME, f"somebody came at {at} for what was due at {fire_at}")

    def _schedules(self) -> list[Item]:
        return [
            item
            for item in self._database.items("baton-schedules")
            if (text(item, "schedule_id") or "").startswith("e")
        ]

    def _send(self, schedule: Item) -> None:
        self._visits += 1
        key = f"visit-{self._visits}"
        tenant, name = (text(schedule, each) or "" for each in ("tenant_id", "schedule_id"))
        self._world.note("caller", f"comes for {name}")

        def visit(process: Process) -> None:
            process.asks_for = tenant
            self._visit(_Visit(process, tenant, name, key))

        self._host.spawn("caller", visit)

    def _visit(self, visit: _Visit) -> None:
        random = self._world.random
        when_busy: WhenBusy = random.choice(("reject", "queue", "queue", "force"))
        began = self._begin(visit, when_busy)
        if random.random() < 0.2:
            # The answer was lost on the way: the same is asked again.
            began = self._again(visit, began["run"]["id"])
        while began["run_token"] is None:
            if random.random() < 0.1:
                return self._give_up(visit, began["run"]["id"])
            visit.process.clock.sleep(random.choice((2, 5)))
            began = self._again(visit, began["run"]["id"])
        if random.random() < 0.1:
            return None  # It is killed before it has begun.
        return self._work(visit, began)

    def _begin(self, visit: _Visit, when_busy: WhenBusy) -> Any:
        at = visit.process.own_now
        query = RunNowQuery(when_busy=when_busy, start="caller")
        request = replace(
            asked(visit.tenant, RunNowIn(), query),
            headers={"idempotency-key": visit.key},
            seed=(visit.process.clock.now(), visit.key),
        )
        try:
            answer: Any = schedule_routes.run_now(request, visit.name)
        except Problem as refused:
            if refused.status == 429:
                self._note(visit.name, at)
            raise
        self._note(visit.name, at)
        return answer.body

    def _note(self, name: str, at: int) -> None:
        self._came[name].append((at, self._world.now))

    def _again(self, visit: _Visit, run_id: str) -> Any:
        request = replace(asked(visit.tenant, NoBody()), headers={"idempotency-key": visit.key})
        return run_routes.start_run(request, run_id)

    def _give_up(self, visit: _Visit, run_id: str) -> None:
        """Go, and say so or not."""
        if self._world.random.random() < 0.5:
            run_routes.cancel_run(asked(visit.tenant, query=CancelQuery(tenant_id=None)), run_id)

    def _work(self, visit: _Visit, began: Any) -> None:
        random, run = self._world.random, began["run"]
        stored = self._database.look("runs", visit.tenant, run["id"]) or {}
        work = CallersWork(
            visit.process,
            int(stored.get("token", {"N": "0"})["N"]),
            SimpleNamespace(tenant_id=visit.tenant, run_id=run["id"], attempt=1),
            _instant(run["lease_expires_at"]),
        )
        visit.work, visit.headers = work, {"authorization": f"Bearer {began['run_token']}"}
        if not work.believes:
            return
        self._targets.at_work[run["id"]] = work  # type: ignore[assignment]  # it looks like one
        try:
            self._targets.on_touch(work, "starts")  # type: ignore[arg-type]
            for _ in range(random.randint(0, 4)):
                visit.process.clock.sleep(random.choice((1, 5, 12)))
                if not self._beat(visit, run["id"]):
                    return
            if random.random() < 0.15:
                visit.process.clock.sleep(random.choice((15, 25, 40, 90)))  # It falls silent.
            self._end(visit, run["id"])
        except ClaimOver:
            return  # It has been told that the run is not its own any more, and stops.
        finally:
            at_work: Any = self._targets.at_work.get(run["id"])
            if at_work is work:
                del self._targets.at_work[run["id"]]

    def _beat(self, visit: _Visit, run_id: str) -> bool:
        """Whether the work may go on. A beat that fails is tried again with the next."""
        work = visit.work
        if work is None or not work.believes:
            return False
        body = HeartbeatIn(steps=1, checkpoint={"page": self._world.now})
        try:
            answer = callback_routes.heartbeat(self._call(visit, body), run_id)
        except BatonError as error:
            if from_error(error).status < 500:
                raise
            return True
        work.lease_ends_at = _instant(answer["lease_expires_at"])
        if work.believes:
            self._targets.on_touch(work, "goes on")  # type: ignore[arg-type]
        return bool(answer["continue"])

    def _end(self, visit: _Visit, run_id: str) -> None:
        assert visit.work is not None
        if not visit.work.believes:
            return
        if self._world.random.random() < 0.25:
            callback_routes.fail(self._call(visit, FailIn(reason="error", message="no")), run_id)
        else:
            callback_routes.complete(self._call(visit, CompleteIn(steps=2)), run_id)

    @staticmethod
    def _call(visit: _Visit, body: Any) -> Any:
        return replace(asked(visit.tenant, body, NoQuery()), headers=visit.headers)


def _instant(text_: Any) -> int:
    return milliseconds(datetime.fromisoformat(str(text_))) if text_ else 0
