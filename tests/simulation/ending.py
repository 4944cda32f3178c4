"""The end of a history: nothing goes wrong any more, and everything must come to rest."""

from typing import TYPE_CHECKING, Final

from tests.simulation.cadence_oracle import rhythm_of
from tests.simulation.faults import FaultPlan
from tests.simulation.items import FINAL, Item, run_name, status, text, time
from tests.simulation.scenario import OTHER_ZONE_RULES
from tests.simulation.world import MINUTE, SECOND, instant

if TYPE_CHECKING:
    from tests.simulation.simulate import Simulation

FINALITY: Final = "3 every run becomes final"
FREE: Final = "1 every slot is free at the end"
OVERDUE: Final = "2 no fire time is left behind"
FORGOTTEN: Final = "7 the history of a deleted schedule goes"
ZONE_RULES: Final = "2 what is active is set by the time-zone rules of now"

_LONGEST_REST: Final = 60
#: Within so many minutes the runs of deleted schedules are gone, when nothing works any more.
_FORGOTTEN_WITHIN: Final = 13


class Ending:
    """Lets a history come to rest, and looks at what is left."""

    def __init__(self, simulation: "Simulation") -> None:
        self._simulation = simulation
        self._world, self._database = simulation.world, simulation.database

    def run(self) -> None:
        """Faults off; some minutes; schedules off; until nothing moves. Raises `Broken`."""
        self._world.note("world", "from here on nothing goes wrong")
        plan = FaultPlan()
        self._simulation.host.faults = plan
        self._database.faults.plan = plan  # type: ignore[attr-defined]  # it is a DataFaults
        self._database.catch_up()
        self._simulation.meddling = False
        self._simulation.users.make_room()
        self._minutes(2)
        self._nothing_is_overdue()
        self._switch_off()
        self._come_to_rest()
        self._forget()
        self._look()

    def _minutes(self, count: int) -> None:
        self._world.run_until(self._world.now + count * MINUTE)
        self._raise()

    def _raise(self) -> None:
        if self._world.broken is not None:
            raise self._world.broken

    def _schedules(self) -> list[Item]:
        return [
            item
            for item in self._database.items("baton-schedules")
            if not (text(item, "schedule_id") or "").startswith("poison")
        ]

    def _nothing_is_overdue(self) -> None:
        for schedule in self._schedules():
            name, due_at = text(schedule, "schedule_id"), time(schedule, "next_fire_at")
            if due_at is not None and due_at < self._world.now - MINUTE - 10 * SECOND:
                self._world.breaks(OVERDUE, f"{name} is due since {instant(due_at):%H:%M:%S}")
            if due_at is not None and text(schedule, "zone_rules") == OTHER_ZONE_RULES:
                self._world.breaks(ZONE_RULES, f"{name} still goes by {OTHER_ZONE_RULES}")
            rhythm, active = rhythm_of(schedule), text(schedule, "status") in (None, "active")
            rests = bool(rhythm.rest) and rhythm.ends_at is None
            if active and rests and due_at is None and not self._under_way(name):
                self._world.breaks(OVERDUE, f"{name} rests for ever: nothing will set it again")
        self._raise()

    def _under_way(self, name: str | None) -> bool:
        return any(
            text(run, "schedule_id") == name and status(run) not in FINAL
            for run in self._database.items("baton-runs")
        )

    def _switch_off(self) -> None:
        for _ in range(20):
            active = [one for one in self._schedules() if text(one, "status") in (None, "active")]
            if not active:
                return
            for schedule in active:
                self._simulation.users.switch_off(schedule)
            self._world.run_until(self._world.now + 10 * SECOND)
        raise AssertionError("schedules could not be switched off")

    def _come_to_rest(self) -> None:
        for _ in range(_LONGEST_REST):
            if not self._unfinished() and not self._simulation.host.alive:
                return
            # Not a whole minute: else the same tick might be on its way at each look.
            self._world.run_until(self._world.now + MINUTE + SECOND)
            self._raise()
        for run in self._unfinished():
            self._world.breaks(FINALITY, f"{run_name(run)} is still {status(run)}")
        if self._simulation.host.alive:
            self._world.breaks(FINALITY, f"still alive: {', '.join(self._simulation.host.alive)}")
        self._raise()

    def _forget(self) -> None:
        for _ in range(_FORGOTTEN_WITHIN):
            if not self._deletions():
                break
            self._minutes(1)
        schedules = {text(one, "schedule_id") for one in self._database.items("baton-schedules")}
        for run in self._database.items("baton-runs"):
            if text(run, "schedule_id") not in schedules:
                self._world.breaks(FORGOTTEN, f"{run_name(run)} is still there")
        for item in self._deletions():
            self._world.breaks(FORGOTTEN, f"{text(item, 'key')} is not done with")
        self._raise()

    def _deletions(self) -> list[Item]:
        items = self._database.items("baton-control")
        return [item for item in items if text(item, "kind") == "deletions"]

    def _unfinished(self) -> list[Item]:
        return [run for run in self._database.items("baton-runs") if status(run) not in FINAL]

    def _look(self) -> None:
        for item in self._database.items("baton-control"):
            if (text(item, "key") or "").startswith("slot#") and text(item, "run_id"):
                self._world.breaks(FREE, f"{text(item, 'key')} is held by {text(item, 'run_id')}")
        fires = self._simulation.fires
        fires.reconciliation.compare(fires.recorded)
        self._raise()
