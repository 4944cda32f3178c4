"""What an overview reads: about the same whatever there is, for it is asked for often."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chalicelib.domain.audits.notifications import Notification, NotificationKind
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import InboxItem
from infra import template
from tests.api_client import Api
from tests.dynamodb import InMemoryDynamoDB, connected
from tests.harness import STACK, Stack


@dataclass(frozen=True)
class Busy:
    """A deployment in which much exists, works, waits and is unread."""

    stack: Stack
    api: Api
    engine: InMemoryDynamoDB

    def read_units(self, path: str) -> float:
        """What a request reads, without the authorizer's look at the token."""
        self.engine.meter.reset()
        self.api.get(path)
        return sum(self.engine.meter.read_units.values()) - 1


@pytest.fixture(scope="module")
def busy() -> Iterator[Busy]:
    with Stack() as stack, connected(InMemoryDynamoDB(template.tables(STACK))) as engine:
        api = Api(stack)
        api.set_limits(waiting_runs_of_schedule=300)
        for number in range(60):
            api.create(name=f"S{number}", cadence={"type": "cron", "expression": "*/30 * * * *"})
        long = {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 200}}
        stack.run_for(7200)
        for schedule in [api.create(target=long) for _ in range(3)]:
            for _ in range(50):
                api.start(schedule, "?when_busy=queue")
        for number in range(150):
            to_item(InboxItem, _unread(stack, number)).save()
        stack.viewer  # noqa: B018  # its token is made
        yield Busy(stack, api, engine)


def _unread(stack: Stack, number: int) -> Notification:
    return Notification(
        tenant_id="default",
        item_id=f"n#{number:05d}",
        kind=NotificationKind.RUN_FAILED,
        at=stack.now,
        subject="x",
        message="It failed.",
        expires_at=stack.now.replace(microsecond=0),
    )


def test_the_next_look_of_a_page_costs_about_ten_units(busy: Busy) -> None:
    busy.stack.advance(600)
    first = busy.read_units("/v1/overview")
    assert first < 150  # It counts the day and looks at all schedules.
    for _ in range(5):
        busy.stack.advance(4)
        assert busy.read_units("/v1/overview") <= 12


def test_what_is_more_than_is_counted_is_said(busy: Busy) -> None:
    seen = busy.api.get("/v1/overview")
    (pool,) = seen["pools"]
    assert (pool["waiting"], pool["waiting_is_at_least"]) == (100, True)
    assert (seen["unread"], seen["unread_is_at_least"]) == (100, True)
    assert len(pool["queue"]) == 20
    assert "many_pending" in [warning["code"] for warning in seen["warnings"]]
    assert len(seen["next"]) == 10


def test_a_look_half_a_minute_later_counts_only_what_is_not_counted_for_good(busy: Busy) -> None:
    busy.stack.advance(3600)
    whole = busy.read_units("/v1/overview")
    busy.stack.advance(45)
    assert busy.read_units("/v1/overview") < whole - 5


def test_a_timeline_reads_the_rows_that_it_shows_at_half_price(busy: Busy) -> None:
    shown = busy.api.get("/v1/timeline?from=2026-03-01T01:00:00Z&to=2026-03-01T02:00:00Z")
    path = "/v1/timeline?from=2026-03-01T01:00:00Z&to=2026-03-01T02:00:00Z"
    assert len(shown["runs"]) >= 120
    assert busy.read_units(path) <= len(shown["runs"]) / 8 + 15


@pytest.mark.parametrize("path", ["/v1/stats", "/v1/health"])
def test_statistics_and_health_cost_what_waits_and_not_what_exists(busy: Busy, path: str) -> None:
    busy.api.get(path)
    busy.stack.advance(4)
    assert busy.read_units(path) <= 40
