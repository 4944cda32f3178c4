"""Crowds of large schedules and runs, stored as they are in DynamoDB, and the memory they take.

Their bodies are one and the same text, so that a crowd of a gigabyte can be stored in a test. It is
the worst there is: sixty kilobytes of it are megabytes once they are decoded.
"""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import Payload, Run
from chalicelib.domain.time.cadences import Cron
from chalicelib.store.dynamodb.codec import to_item
from chalicelib.store.dynamodb.models import RunItem, ScheduleItem, Table
from tests.builders import a_run, a_schedule
from tests.dynamodb import InMemoryDynamoDB
from tests.harness import STACK

MEGABYTE: Final = 1024 * 1024
#: What no request and no pass may take beside what is stored.
MOST: Final = 150 * MEGABYTE
#: Sixty kilobytes as JSON.
FAT: Final[dict[str, Any]] = {"list": [{} for _ in range(20_000)]}
_FAT_TEXT: Final = '{"list":[' + ",".join(["{}"] * 20_000) + "]}"
_TARGET: Final = '{"type":"http","url":"https://example.com/","body":' + _FAT_TEXT + "}"


def peak_of(work: Callable[[], object]) -> int:
    """How many bytes were taken at most at once while the work was done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def schedules(
    engine: InMemoryDynamoDB,
    count: int,
    now: datetime,
    *,
    due_in: timedelta,
    apart: bool,
    tenant_id: str | None = None,
) -> None:
    """Store so many schedules, due after that time, of that tenant or of as many as they are.

    Their bodies lie apart, or, as earlier releases stored them, in the schedules' own items.
    """
    start = now + due_in - timedelta(minutes=5)
    for number in range(count):
        owner, schedule_id = tenant_id or f"tenant-{number:05d}", f"fat-{number:05d}"
        plain = a_schedule(tenant_id=owner, schedule_id=schedule_id, cadence=Cron("*/5 * * * *"))
        raw = _raw(ScheduleItem, arm(replace(plain, target={"type": "http"}), start))
        if apart:
            del raw["target"]
            body = {"tenant_id": owner, "body_id": f"s#{schedule_id}", "target": _TARGET}
            _put(engine, "bodies", {name: {"S": value} for name, value in body.items()})
        else:
            del raw["label"]
            raw["target"] = {"S": _TARGET}
        _put(engine, "schedules", raw)


def waiting_runs(engine: InMemoryDynamoDB, count: int, *, apart: bool, **values: Any) -> None:
    """Store so many waiting runs of one schedule, with large payloads."""
    for number in range(count):
        run_id = f"01FAT{number:05d}"
        run: Run = a_run(run_id=run_id, payload=Payload.APART, **values)
        raw = _raw(RunItem, run)
        if apart:
            body = {"tenant_id": run.tenant_id, "body_id": f"r#{run_id}", "payload": _FAT_TEXT}
            _put(engine, "bodies", {name: {"S": value} for name, value in body.items()})
        else:
            raw["payload"] = {"S": _FAT_TEXT}
        _put(engine, "runs", raw)


def _raw(model: type[Table], value: Any) -> dict[str, Any]:
    return dict(to_item(model, value).serialize())


def _put(engine: InMemoryDynamoDB, table: str, item: dict[str, Any]) -> None:
    engine._make_api_call("PutItem", {"TableName": f"{STACK}-{table}", "Item": item})
