"""A schedule that is deleted between a run's claim and its start."""

from typing import Any

from chalicelib.jobs.context import JobContext
from chalicelib.store import run_table
from tests.api_client import Api
from tests.harness import Stack


def test_the_run_is_stored_who_deleted_it_never_starts_its_job_and_leaves_the_slot(
    api: Api, stack: Stack
) -> None:
    started: list[str] = []

    def probe(context: JobContext, _params: dict[str, Any]) -> None:
        started.append(context.run_id)

    stack.register("probe", probe)
    schedule = api.create(target={"type": "function", "name": "probe"})
    run = api.start(schedule)
    path = f"/v1/schedules/{schedule['id']}"
    assert stack.http("DELETE", path, token=stack.operator).status == 204
    stored = run_table.get("default", run["id"])
    assert stored.cancel_requested_at == stack.now
    assert stored.cancelled_by == "default-operator"

    stack.deliver()
    assert started == []
    assert api.get("/v1/slot")["holders"] == []
    assert stack.http("GET", f"/v1/runs/{run['id']}", token=stack.viewer).status == 404
