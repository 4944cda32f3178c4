"""Trying out a cadence over HTTP."""

from datetime import datetime

from chalice.app import Blueprint
from typing_extensions import TypedDict

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.schemas.base import NoQuery
from chalicelib.api.schemas.cadence_schemas import PreviewIn, cadence_of
from chalicelib.domain.json_values import as_json
from chalicelib.domain.time import cadences

blueprint = Blueprint(__name__)


class FireTimeOut(TypedDict):
    """A fire time: the instant, the local time of its zone, and what is odd about it."""

    at: datetime
    local: str
    note: str | None


class PreviewOut(TypedDict):
    """What a cadence means."""

    description: str
    fire_times: list[FireTimeOut]


@endpoint(blueprint, "POST /v1/cadence/preview", scope="viewer")
def preview_cadence(request: Request[PreviewIn, NoQuery]) -> PreviewOut:
    """What a cadence means, in words and as its next fire times strictly after an instant."""
    wanted, cadence = request.body, cadence_of(request.body.cadence)
    return {
        "description": cadences.describe(cadence),
        "fire_times": [
            {"at": as_json(time.at), "local": time.local, "note": time.note}
            for time in cadences.preview(cadence, wanted.after or request.now, wanted.count)
        ],
    }
