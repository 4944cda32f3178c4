"""The settings of a deployment, which an owner may change while it works."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from chalicelib.domain.audits.audit import AuditTerms
from chalicelib.domain.audits.notifications import NotificationKind
from chalicelib.domain.deployment.limits import Limits
from chalicelib.domain.deployment.pools import Pool, blocks_for
from chalicelib.domain.runs.firing import Pressure
from chalicelib.domain.runs.queue_order import MAIN

#: How many runners a deployment has beyond its capacity, for runs that are forced past the slots.
ROOM_FOR_FORCED_RUNS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an owner may change while Baton works.

    `capacity` is that of the pool `main`, which is there always, be it among the `pools` or not.
    """

    capacity: int = 1
    pools: Mapping[str, Pool] = field(default_factory=dict)
    lease_seconds: int = 1200
    pressure_delay_seconds: int = 30
    pressure_max_seconds: int = 600
    batch_per_tenant: int = 5
    run_days: int = 90
    log_days: int = 30
    audit_review_days: int = 30
    audit_deactivation_days: int = 60
    #: The kinds of notifications that are sent on to the SNS topic, and to the webhook.
    topic_kinds: tuple[str, ...] = tuple(NotificationKind)
    webhook_kinds: tuple[str, ...] = tuple(NotificationKind)
    #: What one tenant may have at most.
    limits: Limits = field(default_factory=Limits)

    @property
    def every_pool(self) -> dict[str, Pool]:
        """All pools by name, `main` first, and those that were removed as well."""
        known = self.pools.get(MAIN, Pool())
        blocks = max(known.blocks, blocks_for(self.capacity))
        main = replace(known, capacity=self.capacity, blocks=blocks)
        return {MAIN: main, **{name: each for name, each in self.pools.items() if name != MAIN}}

    def pool(self, name: str) -> Pool:
        """The pool of that name; one that is not there counts as removed."""
        return self.every_pool.get(name, Pool(is_removed=True))

    @property
    def open_pools(self) -> dict[str, Pool]:
        """The pools that schedules may name."""
        return {name: pool for name, pool in self.every_pool.items() if not pool.is_removed}

    @property
    def slots_in_all(self) -> int:
        """How many runs may hold slots at a time."""
        return sum(pool.room for pool in self.every_pool.values())

    @property
    def audit_terms(self) -> AuditTerms:
        """After how long an audit is up for review, and is deactivated."""
        return AuditTerms(
            timedelta(days=self.audit_review_days), timedelta(days=self.audit_deactivation_days)
        )

    @property
    def pressure(self) -> Pressure:
        """How long a signal of interactive work puts fire times off."""
        delay = timedelta(seconds=self.pressure_delay_seconds)
        return Pressure(delay, timedelta(seconds=self.pressure_max_seconds))
