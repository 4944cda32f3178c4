"""An audit: published content that stays alive only while someone wants it.

Publication, an extension and a reactivation each start a cycle. At its review date the owners are
asked once whether to keep the audit; at its deactivation date it is taken down, unless it was
extended. Dates are instants: a review that is due in 30 days is due exactly 30 × 24 hours later.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: How many partitions the `review` index has.
REVIEW_SHARDS: Final = 4


class AuditState(StrEnum):
    """Where an audit is in its life."""

    #: Not published yet; it has no dates.
    DRAFT = "draft"
    #: Published; its owners are asked at `review_at`.
    ACTIVE = "active"
    #: Still published; its owners were asked, and it is taken down at `deactivates_at`.
    REVIEW_DUE = "review_due"
    #: Taken down, by somebody or because nobody wanted to keep it.
    INACTIVE = "inactive"


PUBLISHED: Final = frozenset({AuditState.ACTIVE, AuditState.REVIEW_DUE})


@dataclass(frozen=True, slots=True)
class AuditTerms:
    """How long after its start a cycle's review and deactivation are due."""

    review: timedelta = timedelta(days=30)
    deactivation: timedelta = timedelta(days=60)

    def for_days(self, days: int | None) -> "AuditTerms":
        """These terms with the review after so many days; None changes nothing.

        The time from the review to the deactivation stays the same.
        """
        if days is None:
            return self
        review = timedelta(days=days)
        return AuditTerms(review, review + max(self.deactivation - self.review, timedelta(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One audit. `notification_id` is that of its open notification; `version` counts changes."""

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
    notification_id: str | None = None

    @property
    def due_at(self) -> datetime | None:
        """When the daily pass has to look at the audit next; None if no date lies ahead."""
        return self.deactivates_at if self.state is AuditState.REVIEW_DUE else self.review_at

    @property
    def review_shard(self) -> str | None:
        """The audit's partition in the `review` index; None keeps it out, as no date lies ahead."""
        if self.due_at is None:
            return None
        digest = hashlib.sha256(f"{self.tenant_id}\n{self.audit_id}".encode()).digest()
        return str(digest[0] % REVIEW_SHARDS)

    @property
    def state_key(self) -> str:
        """The audit's sort key in the `by_state` index: by state, then by time."""
        return state_prefix(self.state) + self.audit_id


def state_prefix(state: AuditState) -> str:
    """What the `state_key` of every audit in that state begins with."""
    return f"{state}#"
