"""Cadences over HTTP: what one means, before it is saved."""

from chalice.app import Blueprint
from typing_extensions import TypedDict

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.resources.views import fire_time_json
from chalicelib.api.schemas.base import NoQuery
from chalicelib.api.schemas.cadence_schemas import FireTimeOut, PreviewIn, cadence_of
from chalicelib.domain.time import cadences

blueprint = Blueprint(__name__)


class PreviewOut(TypedDict):
    """What a cadence means, in words and as its next fire times."""

    description: str
    fire_times: list[FireTimeOut]


@endpoint(blueprint, "POST /v1/cadence/preview", scope="viewer", expensive=True)
def preview_cadence(request: Request[PreviewIn, NoQuery]) -> PreviewOut:
    """Say what a cadence means, in words and as its next fire times after an instant."""
    asked, cadence = request.body, cadence_of(request.body.cadence)
    return {
        "description": cadences.describe(cadence),
        "fire_times": [
            fire_time_json(each)
            for each in cadences.preview(cadence, asked.after or request.now, asked.count)
        ],
    }
