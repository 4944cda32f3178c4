"""Rule 10: what a tenant has of what is limited is counted, exactly, and never goes beyond it."""

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import Final

from chalicelib.domain.deployment.limits import LimitExceeded, Limits
from tests.simulation.items import Change, number, text
from tests.simulation.processes import Process
from tests.simulation.world import World

COUNTED: Final = "10 what a tenant has is counted exactly"
LIMITED: Final = "10 no tenant goes beyond its limits"
REFUSED: Final = "10 nobody is refused for what another tenant has"

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
        #: (tenant, limit) → when the tenant had how many.
        self._had: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(
            lambda: [(0, 0)]
        )
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

    def refused(self, process: Process, error: Exception) -> None:
        """Look at what a person was refused: a limit must have been reached meanwhile."""
        if not isinstance(error, LimitExceeded) or error.limit not in (_WAITING, "forced_runs"):
            return
        tenant_id = process.asks_for
        had = self._had[tenant_id, error.limit]
        before = [count for at, count in had if at <= process.began_at][-1:]
        most = max([*before, *(count for at, count in had if at > process.began_at)])
        if most < error.most and tenant_id not in self._spoilt:
            self._world.breaks(REFUSED, f"{tenant_id} had {most} {error.limit} at most")

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
                    had = (self._world.now, self._runs[tenant_id, kind])
                    self._had[tenant_id, kind].append(had)
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
