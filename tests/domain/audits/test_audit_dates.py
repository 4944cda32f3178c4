"""When an audit's review and its end are due: at the very instant, whatever the calendar says."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import Audit, AuditState, AuditTerms
from tests.audits.makers import DAY, TERMS, a_draft, published
from tests.builders import MILLISECOND, NOON

#: Within 30 days of each of these clocks change in Europe and America; some span a leap day.
STARTS: Final = [
    datetime(2026, 3, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 10, 1, 22, 15, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
    datetime(2028, 1, 30, 0, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
]
HOURS_30_DAYS, HOURS_60_DAYS = timedelta(hours=30 * 24), timedelta(hours=60 * 24)


def after_review(audit: Audit, at: datetime) -> AuditState:
    due = lifecycle.review(audit, at)
    return audit.state if due is None else due.audit.state


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_dates_are_whole_days_of_24_hours_after_the_start(start: datetime) -> None:
    audit = published(start)
    assert (audit.review_at, audit.deactivates_at) == (start + HOURS_30_DAYS, start + HOURS_60_DAYS)


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize(
    ("later", "state"),
    [
        (timedelta(0), AuditState.ACTIVE),
        (HOURS_30_DAYS - MILLISECOND, AuditState.ACTIVE),
        (HOURS_30_DAYS, AuditState.REVIEW_DUE),
        (HOURS_30_DAYS + MILLISECOND, AuditState.REVIEW_DUE),
        (HOURS_60_DAYS - MILLISECOND, AuditState.REVIEW_DUE),
        (HOURS_60_DAYS, AuditState.INACTIVE),
        (HOURS_60_DAYS + MILLISECOND, AuditState.INACTIVE),
        (timedelta(days=400), AuditState.INACTIVE),
    ],
    ids=str,
)
def test_what_the_first_pass_makes_of_an_audit(
    start: datetime, later: timedelta, state: AuditState
) -> None:
    assert after_review(published(start), start + later) is state


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize(
    ("later", "ends"),
    [
        (HOURS_30_DAYS, False),
        (HOURS_60_DAYS - MILLISECOND, False),
        (HOURS_60_DAYS, True),
        (HOURS_60_DAYS + MILLISECOND, True),
    ],
    ids=str,
)
def test_an_audit_that_was_asked_about_ends_at_its_date_and_is_not_asked_about_again(
    start: datetime, later: timedelta, ends: bool
) -> None:
    first = lifecycle.review(published(start), start + HOURS_30_DAYS)
    assert first is not None and (first.asks, first.ends) == (True, False)
    again = lifecycle.review(first.audit, start + later)
    assert (again is not None) is ends
    if again is not None:
        assert (again.asks, again.ends, again.audit.deactivated_by) == (False, True, "baton")


def test_seen_first_after_both_dates_it_is_asked_about_and_ended_at_once() -> None:
    due = lifecycle.review(published(NOON), NOON + 61 * DAY)
    assert due is not None and (due.asks, due.ends) == (True, True)
    assert due.audit.deactivated_at == NOON + 61 * DAY


@pytest.mark.parametrize(
    ("days", "review", "deactivation"), [(None, 30, 60), (1, 1, 31), (90, 90, 120)]
)
def test_an_extension_counts_from_now(days: int | None, review: int, deactivation: int) -> None:
    now = NOON + 45 * DAY
    kept = lifecycle.extend(published(NOON), now, TERMS.for_days(days))
    assert kept.review_at == now + review * DAY
    assert kept.deactivates_at == now + deactivation * DAY


def test_days_are_as_the_deployment_has_them() -> None:
    terms = AuditTerms(review=7 * DAY, deactivation=14 * DAY)
    audit = lifecycle.publish(a_draft(), NOON, NOON, terms)
    assert (audit.review_at, audit.deactivates_at) == (NOON + 7 * DAY, NOON + 14 * DAY)


def test_an_end_before_the_review_comes_with_it() -> None:
    terms = AuditTerms(review=7 * DAY, deactivation=3 * DAY)
    audit = lifecycle.publish(a_draft(), NOON, NOON, terms)
    assert audit.deactivates_at == audit.review_at == NOON + 7 * DAY
    kept = lifecycle.extend(audit, NOON, terms.for_days(5))
    assert kept.deactivates_at == kept.review_at == NOON + 5 * DAY


def test_a_publication_in_the_past_counts_from_then() -> None:
    audit = lifecycle.publish(a_draft(), NOON - 61 * DAY, NOON, TERMS)
    assert (audit.published_at, audit.updated_at) == (NOON - 61 * DAY, NOON)
    assert audit.deactivates_at == NOON - DAY


def test_a_reactivation_restarts_the_clock() -> None:
    ended = lifecycle.deactivate(published(NOON), "ann", NOON + 10 * DAY)
    back = lifecycle.reactivate(ended, NOON + 100 * DAY, TERMS)
    assert back.review_at == NOON + 130 * DAY
    assert (back.deactivated_at, back.deactivated_by) == (None, None)
    assert back.published_at == NOON
