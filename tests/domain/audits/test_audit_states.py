"""Which changes an audit allows in which state, and what each leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from chalicelib.domain.audits import lifecycle
from chalicelib.domain.audits.audit import REVIEW_SHARDS, Audit, AuditState
from chalicelib.domain.errors import Conflict
from tests.audits.makers import DAY, TERMS, a_draft, published
from tests.builders import NOON

NOW: Final = NOON + 31 * DAY
REVIEWED: Final = lifecycle.review(published(NOON), NOW)
assert REVIEWED is not None
AUDITS: Final = {
    AuditState.DRAFT: a_draft(),
    AuditState.ACTIVE: published(NOON),
    AuditState.REVIEW_DUE: REVIEWED.audit,
    AuditState.INACTIVE: lifecycle.deactivate(published(NOON), "ann", NOW),
}
CHANGES: Final[dict[str, Callable[[Audit], Audit]]] = {
    "publish": lambda audit: lifecycle.publish(audit, NOW, NOW, TERMS),
    "extend": lambda audit: lifecycle.extend(audit, NOW, TERMS),
    "deactivate": lambda audit: lifecycle.deactivate(audit, "bob", NOW),
    "reactivate": lambda audit: lifecycle.reactivate(audit, NOW, TERMS),
}
ALLOWED: Final = {
    ("publish", AuditState.DRAFT): AuditState.ACTIVE,
    ("extend", AuditState.ACTIVE): AuditState.ACTIVE,
    ("extend", AuditState.REVIEW_DUE): AuditState.ACTIVE,
    ("deactivate", AuditState.ACTIVE): AuditState.INACTIVE,
    ("deactivate", AuditState.REVIEW_DUE): AuditState.INACTIVE,
    ("reactivate", AuditState.INACTIVE): AuditState.ACTIVE,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", AuditState)
def test_each_change_is_allowed_where_it_has_a_meaning(change: str, state: AuditState) -> None:
    seen = AUDITS[state]
    expected = ALLOWED.get((change, state))
    if expected is None:
        with pytest.raises(Conflict, match=f"is {state} cannot"):
            CHANGES[change](seen)
    else:
        after = CHANGES[change](seen)
        assert after.state is expected
        assert (after.version, after.updated_at) == (seen.version + 1, NOW)


@pytest.mark.parametrize("state", AuditState)
def test_only_what_has_a_date_ahead_is_in_the_review_index(state: AuditState) -> None:
    audit = AUDITS[state]
    is_in_it = state in (AuditState.ACTIVE, AuditState.REVIEW_DUE)
    assert (audit.review_shard is not None) is is_in_it
    assert (audit.due_at is not None) is is_in_it


def test_after_its_review_an_audit_is_next_due_at_its_end() -> None:
    assert AUDITS[AuditState.ACTIVE].due_at == NOON + 30 * DAY
    assert AUDITS[AuditState.REVIEW_DUE].due_at == NOON + 60 * DAY
    assert AUDITS[AuditState.REVIEW_DUE].review_at == NOON + 30 * DAY


def test_audits_spread_over_all_shards() -> None:
    shards = {published(NOON, audit_id=f"01A{n}").review_shard for n in range(40)}
    assert shards == {str(n) for n in range(REVIEW_SHARDS)}


@pytest.mark.parametrize("state", [AuditState.DRAFT, AuditState.INACTIVE])
def test_nothing_is_ever_due_on_what_is_not_published(state: AuditState) -> None:
    assert lifecycle.review(AUDITS[state], NOON + 10_000 * DAY) is None


@pytest.mark.parametrize("change", ["extend", "deactivate"])
def test_what_ends_a_cycle_leaves_no_notice_open(change: str) -> None:
    asked = AUDITS[AuditState.REVIEW_DUE]
    assert CHANGES[change](replace(asked, notification_id="01N")).notification_id is None
