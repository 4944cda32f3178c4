"""The registered functions over HTTP."""

from typing import Any

from chalice.app import Blueprint
from typing_extensions import TypedDict

from chalicelib.api.http.answer import Listing
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import PlainRequest
from chalicelib.jobs.registry import Job

blueprint = Blueprint(__name__)


class JobOut(TypedDict):
    """A registered function, and what parameters it takes."""

    name: str
    description: str
    params_schema: dict[str, Any]


@endpoint(blueprint, "GET /v1/jobs", scope="viewer")
def list_jobs(request: PlainRequest) -> Listing[JobOut]:
    """List the registered functions by name, with the JSON Schemas of their parameters."""
    items = [_job_json(job) for job in request.system.jobs.all()]
    return {"items": items, "next_cursor": None}


def _job_json(job: Job) -> JobOut:
    anything: dict[str, Any] = {"type": "object"}
    schema = anything if job.params is None else job.params.model_json_schema()
    return {"name": job.name, "description": job.description, "params_schema": schema}
