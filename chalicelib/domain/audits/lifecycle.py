"""What may happen to an audit, and in which of its states."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access.actors import BATON
from chalicelib.domain.audits.audit import PUBLISHED, Audit, AuditState, AuditTerms
from chalicelib.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Review:
    """What the daily pass does to an audit that is due, and the audit as it is afterwards."""

    audit: Audit
    #: Its owners are asked whether to keep it.
    asks: bool
    #: It is taken down.
    ends: bool


def publish(audit: Audit, published_at: datetime, now: datetime, terms: AuditTerms) -> Audit:
    """The draft as published, now or at an instant in the past. Raises `Conflict` for no draft."""
    _require_state(audit, {AuditState.DRAFT}, "published")
    return _started(replace(audit, published_at=published_at), published_at, now, terms)


def extend(audit: Audit, now: datetime, terms: AuditTerms) -> Audit:
    """The audit with its cycle started over, now. Raises `Conflict` unless it is published."""
    _require_state(audit, PUBLISHED, "extended")
    return _started(audit, now, now, terms)


def reactivate(audit: Audit, now: datetime, terms: AuditTerms) -> Audit:
    """The audit published again in a new cycle. Raises `Conflict` unless it is inactive."""
    _require_state(audit, {AuditState.INACTIVE}, "reactivated")
    return _started(audit, now, now, terms)


def deactivate(audit: Audit, by: str, now: datetime) -> Audit:
    """The audit taken down. Raises `Conflict` unless it is published."""
    _require_state(audit, PUBLISHED, "deactivated")
    return replace(
        changed(audit, now),
        state=AuditState.INACTIVE,
        review_at=None,
        deactivates_at=None,
        deactivated_at=now,
        deactivated_by=by,
        notification_id=None,
    )


def review(audit: Audit, now: datetime) -> Review | None:
    """What has to be done to the audit now; None if nothing is due.

    If the pass is so late that both dates are over, its owners are asked and it ends at once.
    """
    if audit.state not in PUBLISHED or audit.review_at is None or audit.deactivates_at is None:
        return None
    asks = audit.state is AuditState.ACTIVE and audit.review_at <= now
    ends = audit.deactivates_at <= now
    if ends:
        return Review(deactivate(audit, BATON.name, now), asks=asks, ends=True)
    if asks:
        due = replace(changed(audit, now), state=AuditState.REVIEW_DUE)
        return Review(due, asks=True, ends=False)
    return None


def changed(audit: Audit, now: datetime) -> Audit:
    """The audit with one more change counted."""
    return replace(audit, updated_at=now, version=audit.version + 1)


def _started(audit: Audit, start: datetime, now: datetime, terms: AuditTerms) -> Audit:
    """The audit at the start of a cycle, with nothing left of the cycle before."""
    return replace(
        changed(audit, now),
        state=AuditState.ACTIVE,
        review_at=start + terms.review,
        deactivates_at=start + max(terms.review, terms.deactivation),
        deactivated_at=None,
        deactivated_by=None,
        notification_id=None,
    )


def _require_state(audit: Audit, allowed: Set[AuditState], done: str) -> None:
    if audit.state not in allowed:
        raise Conflict(f"An audit that is {audit.state} cannot be {done}.")
