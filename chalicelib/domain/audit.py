"""An audit: published content that stays alive only while someone wants it.

Publication, an extension and a reactivation each start a cycle. At its review date the owners are
asked once whether to keep the audit; at its deactivation date it goes, unless it was extended.
A date is reached at that very instant: one exactly 30 × 24 hours later is due.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.errors import Conflict

#: Partitions of the `review` index.
REVIEW_SHARDS: Final = 4
#: Who deactivates what nobody extended.
BATON: Final = "baton"


class AuditState(StrEnum):
    """Where an audit is in its life."""

    #: Not published yet; it has no dates.
    DRAFT = "draft"
    #: Published; its owners are asked at `review_at`.
    ACTIVE = "active"
    #: Still published; its owners were asked, and it goes at `deactivates_at`.
    REVIEW_DUE = "review_due"
    #: Taken down, by somebody or because nobody wanted to keep it.
    INACTIVE = "inactive"


PUBLISHED: Final = frozenset({AuditState.ACTIVE, AuditState.REVIEW_DUE})


@dataclass(frozen=True, slots=True)
class Terms:
    """How long after its start a cycle's review and deactivation are due."""

    review: timedelta = timedelta(days=30)
    deactivation: timedelta = timedelta(days=60)

    def for_days(self, days: int | None) -> "Terms":
        """The terms with that review date instead; as much time follows it as would otherwise."""
        if days is None:
            return self
        review = timedelta(days=days)
        return Terms(review, review + max(self.deactivation - self.review, timedelta(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One audit. `notice_id` is its open notification; `version` counts changes."""

    tenant_id: str
    audit_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    version: int
    url: str | None = None
    external_id: str | None = None
    state: AuditState = AuditState.DRAFT
    published_at: datetime | None = None
    review_at: datetime | None = None
    deactivates_at: datetime | None = None
    deactivated_at: datetime | None = None
    deactivated_by: str | None = None
    notice_id: str | None = None

    @property
    def due_at(self) -> datetime | None:
        """When the daily pass has to look at it next; never, if it has no date ahead."""
        return self.deactivates_at if self.state is AuditState.REVIEW_DUE else self.review_at

    @property
    def review_shard(self) -> str | None:
        """Its partition in the `review` index; none while nothing is due."""
        if self.due_at is None:
            return None
        digest = hashlib.sha256(f"{self.tenant_id}\n{self.audit_id}".encode()).digest()
        return str(digest[0] % REVIEW_SHARDS)

    @property
    def state_key(self) -> str:
        """Its place in the `by_state` index: by state, then by time."""
        return state_prefix(self.state) + self.audit_id


@dataclass(frozen=True, slots=True)
class Review:
    """What the daily pass does to an audit that is due: ask its owners, end it, or both."""

    audit: Audit
    asks: bool
    ends: bool


def state_prefix(state: AuditState) -> str:
    """What the index keys of all audits in a state begin with."""
    return f"{state}#"


def publish(audit: Audit, published_at: datetime, now: datetime, terms: Terms) -> Audit:
    """The draft published, now or at an instant in the past. Raises `Conflict`."""
    _demand(audit, {AuditState.DRAFT}, "published")
    return _started(replace(audit, published_at=published_at), published_at, now, terms)


def extend(audit: Audit, now: datetime, terms: Terms) -> Audit:
    """The published audit kept: its cycle starts over, now. Raises `Conflict`."""
    _demand(audit, PUBLISHED, "extended")
    return _started(audit, now, now, terms)


def reactivate(audit: Audit, now: datetime, terms: Terms) -> Audit:
    """The inactive audit published again; its clock starts over, now. Raises `Conflict`."""
    _demand(audit, {AuditState.INACTIVE}, "reactivated")
    return _started(audit, now, now, terms)


def deactivate(audit: Audit, by: str, now: datetime) -> Audit:
    """The published audit taken down. Raises `Conflict`."""
    _demand(audit, PUBLISHED, "deactivated")
    return replace(
        changed(audit, now),
        state=AuditState.INACTIVE,
        review_at=None,
        deactivates_at=None,
        deactivated_at=now,
        deactivated_by=by,
        notice_id=None,
    )


def review(audit: Audit, now: datetime) -> Review | None:
    """What is due on the audit now, if anything.

    Seen so late that both dates are over, it is asked about and ended at once.
    """
    if audit.state not in PUBLISHED or audit.review_at is None or audit.deactivates_at is None:
        return None
    asks = audit.state is AuditState.ACTIVE and audit.review_at <= now
    ends = audit.deactivates_at <= now
    if ends:
        return Review(deactivate(audit, BATON, now), asks=asks, ends=True)
    if asks:
        due = replace(changed(audit, now), state=AuditState.REVIEW_DUE)
        return Review(due, asks=True, ends=False)
    return None


def changed(audit: Audit, now: datetime) -> Audit:
    """The audit as of another change."""
    return replace(audit, updated_at=now, version=audit.version + 1)


def _started(audit: Audit, start: datetime, now: datetime, terms: Terms) -> Audit:
    """The audit at the start of a cycle, with nothing left open of the one before."""
    return replace(
        changed(audit, now),
        state=AuditState.ACTIVE,
        review_at=start + terms.review,
        deactivates_at=start + max(terms.review, terms.deactivation),
        deactivated_at=None,
        deactivated_by=None,
        notice_id=None,
    )


def _demand(audit: Audit, states: frozenset[AuditState] | set[AuditState], what: str) -> None:
    if audit.state not in states:
        raise Conflict(f"An audit that is {audit.state} cannot be {what}.")
