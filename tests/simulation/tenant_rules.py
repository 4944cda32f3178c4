"""Rule 10: what a tenant has of what is limited is counted, exactly, and never goes beyond it."""

from collections import Counter
from dataclasses import asdict
from typing import Final

from chalicelib.domain.deployment.limits import Limits
from tests.simulation.items import Change, number, text
from tests.simulation.processes import Process
from tests.simulation.world import World

COUNTED: Final = "10 what a tenant has is counted exactly"
LIMITED: Final = "10 no tenant goes beyond its limits"

_WAITING: Final = "waiting_runs"
_USE: Final = "use#"


class TenantRules:
    """Counts for itself what each write makes and removes, and compares."""

    def __init__(self, world: World, limits: Limits) -> None:
        self._world, self._limits = world, asdict(limits)
        #: (tenant, limit) → how many runs count as that, and what is stored.
        self._runs: Counter[tuple[str, str]] = Counter()
        self._stored: Counter[tuple[str, str]] = Counter()
        #: Schedule → how many of its runs that people asked for wait.
        self._waiting: Counter[str] = Counter()
        #: The tenants of runs that somebody's hand has removed: nobody can have counted them off.
        self._spoilt: set[str] = set()

    def check(self, _process: Process, changes: list[Change]) -> None:
        """Look at one write."""
        touched = {key for change in changes for key in self._count(change)}
        for tenant_id, limit in touched:
            if tenant_id not in self._spoilt:
                self._compare(tenant_id, limit)
        for change in changes:
            if change.table == "schedules" and change.after is not None:
                self._schedule(change)

    def _count(self, change: Change) -> list[tuple[str, str]]:
        """What the change touches; it is counted."""
        tenant_id = text(change.item, "tenant_id") or ""
        if change.table == "runs":
            if change.after is None and text(change.before, "counted_as") is not None:
                self._spoilt.add(tenant_id)
            states = (text(change.before, "counted_as"), text(change.after, "counted_as"))
            for kind, more in zip(states, (-1, 1), strict=True):
                if kind is not None:
                    self._runs[tenant_id, kind] += more
                if kind == _WAITING:
                    self._waiting[text(change.item, "schedule_id") or ""] += more
            return [(tenant_id, kind) for kind in states if kind is not None]
        kind = text(change.item, "kind") or ""
        if change.table != "control" or not kind.startswith(_USE):
            return []
        key = (kind.removeprefix(_USE), text(change.item, "key") or "")
        self._stored[key] = number(change.after, "used")
        return [key] if key[1] in ("waiting_runs", "forced_runs") else []

    def _compare(self, tenant_id: str, limit: str) -> None:
        counted, stored = self._runs[tenant_id, limit], self._stored[tenant_id, limit]
        if counted != stored:
            told = f"{tenant_id} has {counted} {limit}, and {stored} are counted"
            self._world.breaks(COUNTED, told)
        if counted > self._limits[limit]:
            self._world.breaks(LIMITED, f"{tenant_id} has {counted} {limit}")

    def _schedule(self, change: Change) -> None:
        name = text(change.item, "schedule_id") or ""
        was = number(change.before, "waiting_by_hand")
        counted, stored = self._waiting[name], number(change.after, "waiting_by_hand")
        if counted != stored and text(change.item, "tenant_id") not in self._spoilt:
            self._world.breaks(COUNTED, f"{name} says that {stored} wait, and {counted} do")
        if stored > max(self._limits["waiting_runs_of_schedule"], was):
            self._world.breaks(LIMITED, f"{stored} runs of {name} wait")
