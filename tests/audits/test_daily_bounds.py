"""A daily pass that runs out of time goes on in the next; a poisoned audit stops none."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.audits.audit import AuditState
from chalicelib.engine.audits.daily import BETWEEN_LOOKS_AT_THE_CLOCK, MARGIN, daily
from chalicelib.engine.system import System
from chalicelib.store import audit_table
from tests.audits.acting import PLENTY, kinds, pass_at, store, stored
from tests.audits.conftest import Asked
from tests.audits.makers import DAY, published
from tests.builders import NOON
from tests.dynamodb import InMemoryDynamoDB
from tests.harness import STACK, SetClock

DUE = NOON + 30 * DAY


class Passing:
    """A clock on which each look takes a second."""

    def __init__(self, start: datetime) -> None:
        self._clock = SetClock(start)

    def now(self) -> datetime:
        self._clock.sleep(1)
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def many(number: int, at: datetime = NOON) -> None:
    store(*[published(at, audit_id=f"01A{n:05d}") for n in range(number)])


def corrupt(database: InMemoryDynamoDB, audit_id: str) -> None:
    """As a faulty hand in the console would."""
    change: dict[str, Any] = {
        "TableName": f"{STACK}-audits",
        "Key": {"tenant_id": {"S": "acme"}, "audit_id": {"S": audit_id}},
        "UpdateExpression": "SET #state = :nonsense",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":nonsense": {"S": "undead"}},
    }
    database._make_api_call("UpdateItem", change)


def test_what_it_has_no_time_for_is_left_and_the_next_pass_is_called(
    system: System, queues: Asked
) -> None:
    many(BETWEEN_LOOKS_AT_THE_CLOCK * 3)
    hasty = replace(system, clock=Passing(DUE))
    first = daily(hasty, MARGIN + timedelta(seconds=3))
    assert (first.is_done, queues.dailies) == (False, 1)
    assert first.as_json()["notified"] == BETWEEN_LOOKS_AT_THE_CLOCK * 2
    second = daily(hasty, MARGIN + timedelta(seconds=3))
    assert (second.is_done, queues.dailies) == (True, 1)
    assert second.as_json()["notified"] == BETWEEN_LOOKS_AT_THE_CLOCK
    assert len(kinds()) == 200  # the page's most
    assert {audit.state for audit in audit_table.list_newest("acme", 1000).items} == {
        AuditState.REVIEW_DUE
    }


def test_a_pass_that_does_not_come_forward_calls_no_other(
    system: System, queues: Asked, database: InMemoryDynamoDB
) -> None:
    many(BETWEEN_LOOKS_AT_THE_CLOCK + 1)
    for number in range(BETWEEN_LOOKS_AT_THE_CLOCK + 1):
        corrupt(database, f"01A{number:05d}")
    summary = daily(replace(system, clock=Passing(DUE)), MARGIN + timedelta(seconds=2))
    assert (summary.is_done, summary.as_json()["failed"]) == (False, BETWEEN_LOOKS_AT_THE_CLOCK)
    assert queues.dailies == 0


def test_side_by_side_is_as_one_after_the_other(system: System) -> None:
    many(50)
    system.clock.sleep((30 * DAY).total_seconds())
    summary = daily(replace(system, writers=8), PLENTY)
    assert (summary.as_json()["notified"], len(kinds())) == (50, 50)


def test_an_unreadable_audit_is_put_aside_and_the_others_go_on(
    system: System, database: InMemoryDynamoDB
) -> None:
    many(3)
    corrupt(database, "01A00001")
    summary = pass_at(system, DUE)
    assert (summary.as_json()["notified"], summary.as_json()["failed"]) == (2, 1)
    again = pass_at(system, DUE)
    assert again.as_json()["looked_at"] == 0


def test_an_audit_whose_notification_cannot_be_stored_stops_no_other(system: System) -> None:
    broken = published(NOON, audit_id="01A00000", title="x" * 250_000)
    store(broken)
    store(published(NOON, audit_id="01B"))
    summary = pass_at(system, DUE)
    assert (summary.as_json()["notified"], summary.as_json()["failed"]) == (1, 1)
    assert stored(broken).state is AuditState.ACTIVE


@pytest.mark.parametrize("existing", [100, 2000])
def test_it_costs_what_is_due_and_not_what_exists(
    system: System, database: InMemoryDynamoDB, existing: int
) -> None:
    store(*[published(NOON + DAY, audit_id=f"01Z{n:05d}") for n in range(existing)])
    many(10)
    system.clock.sleep((30 * DAY).total_seconds())
    database.meter.reset()
    daily(system, PLENTY)
    assert database.meter.requests == {
        "Query": 4,
        "BatchGetItem": 1,
        "TransactWriteItems": 10,
        "PutItem": 1,
    }
    assert sum(database.meter.read_units.values()) <= 20


def test_an_idle_pass_reads_four_shards_and_leaves_its_mark(
    system: System, database: InMemoryDynamoDB
) -> None:
    many(50)
    database.meter.reset()
    daily(system, PLENTY)
    assert database.meter.requests == {"Query": 4, "PutItem": 1}
