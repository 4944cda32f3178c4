"""Runs that wait although their schedule is gone: passes clear them away, and fire all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.store import log_table
from chalicelib.store.dynamodb.models import LogItem, RunItem, ScheduleItem, shared_connection
from chalicelib.store.log_table import LogLine
from tests.api_client import Api
from tests.harness import Stack

ORPHANS = 10
EVERY_MINUTE = {"type": "cron", "expression": "* * * * *"}


@contextmanager
def denied(operation: str, table: str) -> Iterator[None]:
    """No role allows that operation on a table meanwhile."""
    error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "for the test"}}

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if table in str(params):
            raise ClientError(error, operation)

    name, events = f"before-call.dynamodb.{operation}", shared_connection().client.meta.events
    events.register(name, refuse)
    try:
        yield
    finally:
        events.unregister(name, refuse)


@pytest.fixture
def orphans(api: Api, stack: Stack) -> list[dict[str, Any]]:
    """Runs in the queue whose schedules are deleted as by a process that died in between."""
    api.start(api.create(target={"type": "function", "name": "drill", "params": {"seconds": 30}}))
    waiting = []
    for _ in range(ORPHANS):
        schedule = api.create(priority=9)
        waiting.append(api.start(schedule, "?when_busy=queue"))
        line = LogLine(
            run_id=waiting[-1]["id"], sequence=1, at=stack.now, level="info", message="a line"
        )
        log_table.append([line])
        ScheduleItem("default", schedule["id"]).delete()
    assert [run["status"] for run in waiting] == ["queued"] * ORPHANS
    return waiting


def test_ten_of_them_hold_up_no_pass(api: Api, stack: Stack, orphans: list[dict[str, Any]]) -> None:
    # What the passes ask for is held against their roles when the stack ends.
    other = api.create(cadence=EVERY_MINUTE)
    stack.run_for(300)
    assert [run["status"] for run in api.runs(other)] == ["succeeded"] * 5
    assert ("tick" in {function for function, _ in stack.asked}) and orphans
    gone = {run["id"] for run in orphans}
    assert [item for item in RunItem.scan() if item.run_id in gone] == []
    assert [item for item in LogItem.scan() if item.run_id in gone] == []


@pytest.mark.parametrize("table", ["baton-runs", "baton-run-log"])
def test_passes_go_on_firing_even_if_they_could_not_be_cleared_away(
    api: Api, stack: Stack, orphans: list[dict[str, Any]], table: str
) -> None:
    other = api.create(cadence=EVERY_MINUTE)
    with denied("BatchWriteItem", table):
        stack.run_for(300)
    assert [run["status"] for run in api.runs(other)] == ["succeeded"] * 5
    assert orphans
