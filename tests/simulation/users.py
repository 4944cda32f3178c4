"""People: they call the API's own handlers, at bad moments."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal

from chalicelib.api.http.auth import Caller
from chalicelib.api.http.request import MergePatch, Request
from chalicelib.api.resources import run_routes, schedule_routes, settings_routes
from chalicelib.api.schemas.run_schemas import CancelQuery, RunNowIn, RunNowQuery
from chalicelib.api.schemas.schedule_schemas import SchedulePatchQuery
from chalicelib.api.schemas.settings_schemas import PressureIn, PressureQuery
from chalicelib.engine.system import current
from tests.simulation.aws import SimulatedDynamoDB
from tests.simulation.items import FINAL, Change, Item, status, text
from tests.simulation.processes import Host, Process
from tests.simulation.scenario import OTHER_POOL, a_cadence
from tests.simulation.world import MINUTE, SECOND, World

#: What they do, and how often.
_DEEDS: Final = {
    "run now": 6,
    "force": 3,
    "queue": 6,
    "retry": 3,
    "cancel": 5,
    "pause": 4,
    "resume": 8,
    "new cadence": 6,
    "new jitter": 4,
    "new budget": 2,
    "new priority": 2,
    "delete": 2,
    "capacity": 2,
    "another pool": 5,
    "room in a pool": 2,
    "weights": 1,
    "remove a pool": 1,
    "pressure": 2,
    "no pressure": 1,
}
WhenBusy = Literal["reject", "queue", "force"]

#: Who asks for more than its share.
HOSTILE: Final = "bob"
#: So many runs at once, to be put in the queue.
AT_ONCE: Final = 3
_OFF: Final = ("paused", "broken")
#: How often a change of a run moves somebody to act, and to do what.
_MEDDLING: Final = 0.05
_MEDDLESOME: Final = (
    "pause",
    "resume",
    "new cadence",
    "new jitter",
    "new jitter",
    "cancel",
    "delete",
)


class Users:
    """Calls users make, drawn one after the other."""

    def __init__(self, world: World, host: Host, database: SimulatedDynamoDB, calm: bool) -> None:
        self._world, self._host, self._database = world, host, database
        self._activities = {
            name: often for name, often in _DEEDS.items() if not calm or name != "delete"
        }

    def call_until(self, end: int, mean_pause: int) -> None:
        """Plan their calls: half of them about a full minute, when schedules fire."""
        random = self._world.random
        at = random.randint(0, mean_pause)
        while at < end:
            near = at // MINUTE * MINUTE + random.randint(-SECOND, 3 * SECOND)
            self._world.at(near if random.random() < 0.5 else at, self._one)
            at += random.randint(0, 2 * mean_pause)

    def meddle(self, changes: list[Change]) -> None:
        """Somebody may act on what has just changed: that is where two meet."""
        for change in changes:
            if change.table == "runs" and self._world.chance(_MEDDLING):
                activity = self._world.random.choice(_MEDDLESOME)
                later = self._world.random.choice((20, 200, 1500))
                run = change.item
                self._world.after(later, partial(self._do, activity, run))
                return

    def switch_off(self, schedule: Item) -> None:
        """Pause a schedule."""
        self._do("pause", schedule)

    def make_room(self) -> None:
        """Give the other pool a slot."""
        self._do("room in a pool", {"tenant_id": {"S": "ada"}})

    def _one(self) -> None:
        found = [
            item
            for item in self._database.items("baton-schedules")
            if not (text(item, "schedule_id") or "").startswith("poison")
        ]
        if not found:
            return
        activity = self._world.random.choices(
            list(self._activities), list(self._activities.values())
        )[0]
        if activity == "resume":
            found = [item for item in found if text(item, "status") in _OFF] or found
        self._do(activity, self._world.random.choice(found))

    def _do(self, activity: str, schedule: Item) -> None:
        """Do it to a schedule, or to that of a run."""
        name = text(schedule, "schedule_id") or ""
        tenant = text(schedule, "tenant_id") or ""
        call = self._call(activity, tenant, name)
        self._world.note("user", f"{activity} {name}")
        for _ in range(AT_ONCE if (tenant, activity) == (HOSTILE, "queue") else 1):
            self._host.spawn("user", partial(_as_tenant, tenant, call))

    def _call(self, activity: str, tenant: str, name: str) -> Callable[[], Any]:
        random = self._world.random

        def patch(change: dict[str, Any]) -> Any:
            return schedule_routes.patch_schedule(
                asked(tenant, MergePatch(change), SchedulePatchQuery(replace=None)), name
            )

        def run_now(when_busy: WhenBusy) -> Any:
            query = RunNowQuery(when_busy=when_busy, start=None)
            return schedule_routes.run_now(asked(tenant, RunNowIn(), query), name)

        def set_capacity(capacity: int) -> Any:
            return settings_routes.patch_settings(asked(tenant, MergePatch({"capacity": capacity})))

        def set_pool(pool: dict[str, Any] | None) -> Any:
            change: MergePatch[Any] = MergePatch({"pools": {OTHER_POOL: pool}})
            return settings_routes.patch_settings(asked(tenant, change))

        def press(seconds: int) -> Any:
            request = asked(tenant, PressureIn(ttl_seconds=seconds), whose())
            return settings_routes.raise_pressure(request, "editor")

        def whose() -> PressureQuery:
            """Mostly the tenant's own."""
            return PressureQuery(deployment=random.choice(("false", "false", "true")))

        calls: dict[str, Callable[[], Any]] = {
            "run now": lambda: run_now("reject"),
            "force": lambda: run_now("force"),
            "queue": lambda: run_now("queue"),
            "pause": lambda: schedule_routes.pause_schedule(asked(tenant), name),
            "resume": lambda: schedule_routes.resume_schedule(asked(tenant), name),
            "delete": lambda: schedule_routes.delete_schedule(asked(tenant), name),
            "cancel": lambda: self._cancel(tenant),
            "retry": lambda: self._retry(tenant),
            "new cadence": lambda: patch({"cadence": a_cadence(random, self._world.now)}),
            "new jitter": lambda: patch({"jitter_seconds": random.choice((0, 1, 5))}),
            "new budget": lambda: patch({"max_steps": random.choice((None, 2, 3, 5))}),
            "new priority": lambda: patch({"priority": random.randint(0, 9)}),
            "capacity": lambda: set_capacity(random.randint(1, 3)),
            "another pool": lambda: patch({"pool": random.choice(("main", OTHER_POOL))}),
            "room in a pool": lambda: set_pool({"capacity": random.randint(1, 5)}),
            "weights": lambda: set_pool({"weights": {tenant: random.randint(1, 3)}}),
            "remove a pool": lambda: set_pool(None),
            "pressure": lambda: press(random.randint(5, 60)),
            "no pressure": lambda: settings_routes.drop_pressure(
                asked(tenant, query=whose()), "editor"
            ),
        }
        return calls[activity]

    def _cancel(self, tenant: str) -> None:
        """Cancel any run of the tenant that has not ended."""
        alive = [
            run
            for run in self._database.items("baton-runs")
            if status(run) not in FINAL and text(run, "tenant_id") == tenant
        ]
        if alive:
            run_routes.cancel_run(
                asked(tenant, query=CancelQuery(tenant_id=None)),
                text(self._world.random.choice(alive), "run_id") or "",
            )

    def _retry(self, tenant: str) -> None:
        """Do any ended run of the tenant over."""
        ended = [
            run
            for run in self._database.items("baton-runs")
            if status(run) in FINAL and text(run, "tenant_id") == tenant
        ]
        if ended:
            choices: tuple[WhenBusy, ...] = ("reject", "queue", "force")
            when_busy = self._world.random.choice(choices)
            run_routes.retry_run(
                asked(tenant, RunNowIn(), RunNowQuery(when_busy=when_busy, start=None)),
                text(self._world.random.choice(ended), "run_id") or "",
            )


def _as_tenant(tenant: str, call: Callable[[], Any], process: Process) -> None:
    process.asks_for = tenant
    call()


def asked(tenant: str, body: Any = None, query: Any = None) -> Request[Any, Any]:
    """A request as the handler gets it in the process that is now at work."""
    system = current()
    return Request(
        system=system,
        now=system.clock.now(),
        caller=Caller(tenant, "ann", "owner"),
        body=body,
        query=query,
        headers={},
    )
