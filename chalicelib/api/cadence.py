"""Trying out a cadence over HTTP."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.endpoint import Request, endpoint
from chalicelib.api.schemas.cadences import PreviewIn, cadence_of
from chalicelib.domain import cadence as cadences
from chalicelib.domain.cadence import Once
from chalicelib.domain.instants import to_text
from chalicelib.errors import InvalidFields
from chalicelib.system import current
from chalicelib.validation import parse

blueprint = Blueprint(__name__)


@endpoint(blueprint, "POST /v1/cadence/preview", scope="viewer")
def preview(request: Request) -> dict[str, Any]:
    """What a cadence means, in words and as its next fire times strictly after an instant."""
    wanted = parse(PreviewIn, request.json())
    now = current().clock.now()
    after = wanted.after or now
    cadence = cadence_of(wanted.cadence)
    # What could not be saved now is refused; an instant that has passed may still be looked at.
    errors = [] if isinstance(cadence, Once) else cadences.check(cadence, now)
    if errors:
        raise InvalidFields(errors)
    return {
        "description": cadences.describe(cadence),
        "fire_times": [
            {"at": to_text(time.at), "local": time.local, "note": time.note}
            for time in cadences.preview(cadence, after, wanted.count)
        ],
    }
