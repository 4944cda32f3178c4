"""What a pass did, in numbers."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib.platform import events

#: What a summary counts; besides, of each tenant what it has `taken` and what `failed`.
_COUNTS: Final = ("reaped", "fired", "skipped", "deferred", "claimed", "left")


@dataclass(slots=True)
class Summary:
    """What a pass did, in numbers: of each tenant, and in all."""

    at: datetime
    wakes: int = 0
    #: Whether time was up before all was fired that it had taken upon itself.
    is_cut_short: bool = False
    #: Name of a count → tenant → how many. `taken` are runs that got a slot.
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, name: str, tenant_id: str, number: int = 1) -> None:
        """Count so many more of a tenant."""
        self.counts[name][tenant_id] += number

    def count_claimed(self, tenant_id: str, number: int) -> None:
        """Count runs of a tenant that got a slot."""
        self.count("claimed", tenant_id, number)
        self.count("taken", tenant_id, number)

    def guarded(self, tenant_id: str, item: str, work: Callable[[], None]) -> None:
        """Do some work: no error in one schedule, run or tenant stops a pass (rule 8)."""
        try:
            work()
        except Exception:
            self.count("failed", tenant_id)
            events.error("pass_item_failed", tenant_id=tenant_id, item=item)

    def total(self, name: str) -> int:
        """How many there were of all tenants."""
        return self.counts[name].total()

    @property
    def did_something(self) -> bool:
        """Whether the pass found anything to do."""
        return any(self.total(name) for name in (*_COUNTS, "failed"))

    def as_json(self) -> dict[str, Any]:
        """The summary as owners and the log get it."""
        tenants = sorted(set(self.counts["taken"]) | set(self.counts["failed"]))
        return {
            **{name: self.total(name) for name in _COUNTS},
            "wakes": self.wakes,
            "tenants": {tenant: self._of(tenant) for tenant in tenants},
        }

    def of_tenant(self, tenant_id: str) -> dict[str, Any]:
        """The summary as others get it: what the pass did for this tenant, and no more."""
        own = self._of(tenant_id)
        return {
            **{name: self.counts[name][tenant_id] for name in _COUNTS},
            "wakes": 0,
            "tenants": {tenant_id: own} if any(own.values()) else {},
        }

    def _of(self, tenant_id: str) -> dict[str, int]:
        return {name: self.counts[name][tenant_id] for name in ("taken", "failed")}
