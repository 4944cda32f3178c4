"""What requests to the API take with 10,000 schedules and 50,000 runs of one tenant.

Run: python -m bench.api

Of each request the processor's time (through botocore, `bench.wire`), its requests to DynamoDB, and
what both are on a Lambda's share of a core, one after the other.
"""

import gc
import json
import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from chalice.test import Client

from bench import wire
from bench.deployment import API_SHARE, CALL, Deployment, as_text, deployed, raw_run
from chalicelib.domain import ids
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.run import RunStatus
from chalicelib.store import token_table
from chalicelib.store.dynamodb.models import ScheduleItem
from tests.builders import NOON, a_run_that_is, a_schedule

SCHEDULES: Final = 10_000
RUNS: Final = 50_000
TENANT: Final = "tenant-0000"
BODY: Final = {
    "name": "Nightly crawl",
    "cadence": {"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"},
    "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
}
#: A schedule that is asked for by its id.
ASKED: Final = ids.derived_id(NOON, "one of many")
ONE: Final = f"/v1/schedules/{ASKED}"
REQUESTS: Final = {
    "list schedules": ("GET", "/v1/schedules?limit=50", None),
    "list schedules, filtered": ("GET", "/v1/schedules?limit=50&q=nothing-has-it", None),
    "get a schedule": ("GET", ONE, None),
    "create a schedule": ("POST", "/v1/schedules", BODY),
    "list runs": ("GET", "/v1/runs?limit=50", None),
    "list runs of a schedule": ("GET", f"{ONE}/runs?limit=50", None),
    "explain": ("GET", f"{ONE}/explain", None),
    "forecast": ("GET", "/v1/forecast", None),
    "stats": ("GET", "/v1/stats", None),
    "health": ("GET", "/v1/health", None),
    "slot": ("GET", "/v1/slot", None),
    "overview": ("GET", "/v1/overview", None),
    "timeline": ("GET", "/v1/timeline", None),
    "timeline, a week in sums": (
        "GET",
        "/v1/timeline?from=2026-02-23T12:00:00Z&to=2026-03-01T12:00:00Z&bucket_seconds=3600",
        None,
    ),
}
TIMES: Final = 7
#: What is answered where there is no such route.
NO_ROUTE: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def store(deployment: Deployment, schedules: int, runs: int) -> None:
    """The schedules of one tenant, and the runs that they have had."""
    deployment.schedules(schedules, due=False, tenants=1)
    asked = a_schedule(tenant_id=TENANT, schedule_id=ASKED)
    deployment.store(ScheduleItem, "schedules", [arm(asked, NOON)])
    run = a_run_that_is(RunStatus.SUCCEEDED, tenant_id=TENANT, schedule_id="later-000000")
    raw = raw_run(replace(run, summary="3 new pages"))
    for number in range(runs):
        at = NOON - timedelta(seconds=10 * number)
        schedule_id = ASKED if number % 100 == 0 else f"later-{number % schedules:06d}"
        own = {"run_id": ids.new_id(at), "schedule_id": schedule_id}
        deployment.put("runs", {**raw, **{name: {"S": value} for name, value in own.items()}})


def everything(schedules: int = SCHEDULES, runs: int = RUNS) -> dict[str, Any]:
    """All figures of the API; those of what there is no route for are left out."""
    with deployed(1) as deployment:
        store(deployment, schedules, runs)
        # What tables hold is not in a function's memory: its garbage collector does not walk it.
        gc.collect()
        gc.freeze()
        try:
            return dict(_each(deployment))
        finally:
            gc.unfreeze()


def _each(deployment: Deployment) -> Iterator[tuple[str, dict[str, float]]]:
    from app import app

    client = Client(app)
    token = token_table.issue(TENANT, "bench", ["owner"], NOON)[1]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    limits = {"limits": {"schedules": 20_000}}
    _ask(client, ("PATCH", "/v1/settings", limits), headers)
    for name, request in REQUESTS.items():
        taken, requests, status = [], 0, 0
        for _ in range(TIMES):
            with wire.stopped(deployment) as watch:
                before = watch.seconds
                status = _ask(client, request, headers)
                taken.append(watch.seconds - before)
                requests = max(requests, watch.requests)
            if status >= HTTPStatus.MULTIPLE_CHOICES:
                break
        assert status < HTTPStatus.MULTIPLE_CHOICES or status in NO_ROUTE, (name, status)
        if status in NO_ROUTE:
            continue
        p50, p95 = statistics.median(taken), max(taken)
        yield (
            name,
            {
                "requests": requests,
                "cpu_ms_p50": round(p50 * 1e3, 1),
                "cpu_ms_p95": round(p95 * 1e3, 1),
                "modelled_ms_p50": round((p50 / API_SHARE + requests * CALL) * 1e3),
                "modelled_ms_p95": round((p95 / API_SHARE + requests * CALL) * 1e3),
            },
        )


def _ask(client: Client, request: tuple[str, str, Any], headers: dict[str, str]) -> int:
    method, path, body = request
    content = b"" if body is None else json.dumps(body).encode()
    return client.http.request(method, path, headers=headers, body=content).status_code


def main() -> None:
    """The command line."""
    print(as_text(everything()))


if __name__ == "__main__":
    main()
