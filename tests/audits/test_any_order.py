"""Whatever the order of what people and the daily pass do: the rules of an audit's life hold."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.audits.audit import PUBLISHED, Audit, AuditState
from chalicelib.domain.audits.notifications import Notification, NotificationKind
from chalicelib.domain.errors import Conflict
from chalicelib.engine.audits.daily import daily
from chalicelib.engine.system import System
from chalicelib.platform.config import Config
from infra import template
from tests.audits.acting import (
    PLENTY,
    deactivate,
    extend,
    notifications,
    publish,
    reactivate,
    store,
    stored,
)
from tests.audits.conftest import Asked
from tests.audits.makers import DAY, a_draft
from tests.builders import MILLISECOND, NOON
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, SetClock

AUDIT: Final = a_draft()
PEOPLE: Final[dict[str, Callable[[System, Audit], Audit]]] = {
    "publish": publish,
    "extend": extend,
    "deactivate": deactivate,
    "reactivate": reactivate,
}
FROM: Final = {
    "publish": {AuditState.DRAFT},
    "extend": PUBLISHED,
    "deactivate": PUBLISHED,
    "reactivate": {AuditState.INACTIVE},
}
#: Around the dates, and anywhere.
GAPS: Final = st.one_of(
    st.sampled_from(
        [
            timedelta(0),
            MILLISECOND,
            30 * DAY - MILLISECOND,
            30 * DAY,
            60 * DAY - MILLISECOND,
            60 * DAY,
            61 * DAY,
        ]
    ),
    st.integers(0, 90 * 24).map(lambda hours: timedelta(hours=hours)),
)
STEPS: Final = st.lists(
    st.tuples(GAPS, st.sampled_from([*PEOPLE, "daily", "daily", "daily"])), max_size=25
)


class History:
    """One audit's life on a database of its own, and what a plain observer knows of it."""

    def __init__(self, system: System) -> None:
        self.system = system
        #: When the present cycle began, and the notifications there were then.
        self.started_at: datetime | None = None
        self.asked_before = 0

    @property
    def now(self) -> datetime:
        return self.system.clock.now()

    def step(self, gap: timedelta, what: str) -> None:
        self.system.clock.sleep(gap.total_seconds())
        before = stored(AUDIT)
        if what == "daily":
            daily(self.system, PLENTY)
            self.check_pass(before)
        else:
            self.person(before, what)
        self.check()

    def person(self, before: Audit, what: str) -> None:
        try:
            PEOPLE[what](self.system, AUDIT)
        except Conflict:
            assert before.state not in FROM[what]
            assert stored(AUDIT) == before
            return
        assert before.state in FROM[what]
        if what != "deactivate":
            self.started_at = self.now
            self.asked_before = len(asked(notifications()))

    def check_pass(self, before: Audit) -> None:
        """Nothing before its time, and nothing forgotten after it."""
        after = stored(AUDIT)
        if before.state not in PUBLISHED:
            assert after == before
            return
        assert self.started_at is not None
        age = self.now - self.started_at
        if age >= 60 * DAY:
            assert (after.state, after.deactivated_by) == (AuditState.INACTIVE, "baton")
        elif age >= 30 * DAY:
            assert after.state is AuditState.REVIEW_DUE
        else:
            assert after.state is AuditState.ACTIVE
        if age >= 30 * DAY:
            assert len(asked(notifications())) == self.asked_before + 1

    def check(self) -> None:
        """What holds after every step."""
        audit, all_notifications = stored(AUDIT), notifications()
        still_open = [each for each in asked(all_notifications) if each.resolution is None]
        is_asked = audit.state is AuditState.REVIEW_DUE
        assert [each.notification_id for each in still_open] == [audit.notification_id] * is_asked
        assert len(asked(all_notifications)) - self.asked_before <= 1
        assert (audit.review_at is not None) is (audit.state in PUBLISHED)
        assert (audit.deactivates_at is not None) is (audit.state in PUBLISHED)
        assert (audit.deactivated_at is not None) is (audit.state is AuditState.INACTIVE)


def asked(these: Sequence[Notification]) -> list[Notification]:
    return [each for each in these if each.kind is NotificationKind.AUDIT_REVIEW]


@given(STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_rules_hold_whatever_the_order(steps: list[tuple[timedelta, str]]) -> None:
    with connected(InMemoryDynamoDB(template.tables(STACK))):
        system = System(config=Config(stack=STACK), clock=SetClock(NOON), queues=Asked(), writers=1)
        store(AUDIT)
        history = History(system)
        for gap, what in steps:
            history.step(gap, what)
