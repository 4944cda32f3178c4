"""Trying a schedule out before it is saved, over HTTP."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, cast

from chalice.app import Blueprint

from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.request import Request
from chalicelib.api.resources import drafts
from chalicelib.api.resources.views import (
    advice_json,
    check_json,
    fire_time_json,
    schedule_json,
    tally_json,
)
from chalicelib.api.schemas.base import NoQuery, ValidationContext
from chalicelib.api.schemas.cadence_schemas import PreviewIn, cadence_of
from chalicelib.api.schemas.preview_schemas import (
    AtMinuteOut,
    DraftOut,
    EffectOut,
    PreviewDraftIn,
    TrialIn,
    TrialOut,
)
from chalicelib.api.schemas.schedule_schemas import ReadinessOut
from chalicelib.domain.deployment.limits import Limit, LimitExceeded, demand_within
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.json_values import as_json
from chalicelib.domain.outlook.quieter import fixed_minute
from chalicelib.domain.outlook.trial import AtMinute
from chalicelib.domain.runs.arming import arm
from chalicelib.domain.runs.schedule import WholeSchedule
from chalicelib.domain.time import cadences
from chalicelib.domain.time.cadences import Cadence, FireTime
from chalicelib.engine.outlook import forecasting
from chalicelib.engine.outlook.forecasting import Draft
from chalicelib.engine.requests import readiness
from chalicelib.platform.validation import parse
from chalicelib.store import schedule_table

blueprint = Blueprint(__name__)

#: Where a draft that is beyond a limit is wrong.
_FIELDS_OF_LIMITS: Final = {
    Limit.MAX_LEASE_SECONDS: "lease_seconds",
    Limit.MAX_RUN_SECONDS: "timeout_seconds",
}
_MOMENT: Final = timedelta(milliseconds=1)


@endpoint(
    blueprint, "POST /v1/schedules/preview", scope="operator", problems=(404, 409), expensive=True
)
def preview_schedule(request: Request[PreviewDraftIn, NoQuery]) -> DraftOut:
    """Say what saving a draft would say: errors, warnings, fire times, effect, readiness.

    Nothing is saved. A draft with errors is no wrong request: they are in the answer.
    """
    asked = request.body
    try:
        before, schedule = drafts.drafted(request, asked.schedule_id, asked.definition)
        demand_within(request.system.floor().settings.limits, before, schedule)
    except InvalidFields as invalid:
        return _with_errors(request, invalid.errors)
    except LimitExceeded as beyond:
        field = _FIELDS_OF_LIMITS.get(beyond.limit, "target")
        return _with_errors(request, [FieldError(field, str(beyond))])
    if before is None:
        schedule = arm(schedule, request.now)
    draft = forecasting.draft(request.system, schedule, request.now)
    return {
        "errors": [],
        "schedule": schedule_json(schedule),
        "description": cadences.describe(schedule.cadence),
        "fire_times": [fire_time_json(each) for each in _fire_times(schedule, request)],
        "warnings": [advice_json(warning) for warning in draft.warnings],
        "effect": _effect(draft, schedule),
        "readiness": _readiness(request, schedule) if asked.check else None,
    }


@endpoint(
    blueprint, "POST /v1/forecast/trial", scope="operator", problems=(404, 409), expensive=True
)
def try_minutes(request: Request[TrialIn, NoQuery]) -> TrialOut:
    """Say what would become of a schedule, or of a draft, at each minute of the hour.

    It has to be a cron with one fixed minute. Nothing is saved.
    """
    asked = request.body
    schedule = _tried(request)
    minute = fixed_minute(schedule)
    field = "definition.cadence" if asked.definition else "schedule_id"
    if minute is None:
        raise InvalidFields([FieldError(field, "is no cron with one fixed minute of the hour")])
    trial = forecasting.trial(request.system, schedule, request.now, asked.hours)
    if trial is None:
        raise InvalidFields([FieldError(field, "cannot be tried out as it is stored")])
    forecast = trial.forecast
    view: dict[str, Any] = {
        "from": as_json(forecast.start),
        "until": as_json(forecast.until),
        "is_complete": forecast.is_complete,
        "minute": minute,
        "duration_seconds": forecast.outlook(trial.number).duration.total_seconds(),
        "duration_is": _duration_is(schedule),
        "minutes": [_at_minute(each) for each in trial.minutes],
    }
    return cast(TrialOut, view)


def _tried(request: Request[TrialIn, NoQuery]) -> WholeSchedule:
    """The schedule or the draft. Raises `NotFound`, and `InvalidFields` with the draft's errors."""
    asked = request.body
    if asked.schedule_id is not None and not asked.definition:
        return schedule_table.get_whole(request.caller.tenant_id, asked.schedule_id)
    try:
        _, schedule = drafts.drafted(request, asked.schedule_id, asked.definition)
    except InvalidFields as invalid:
        raise InvalidFields(
            FieldError(f"definition.{error.field}", error.message) for error in invalid.errors
        ) from invalid
    return schedule


def _with_errors(
    request: Request[PreviewDraftIn, NoQuery], errors: Iterable[FieldError]
) -> DraftOut:
    """The answer to a draft that could not be saved, with what its cadence means if that can be."""
    cadence = _cadence_by_itself(request)
    count = request.body.count
    found = cadences.preview(cadence, request.now, count) if cadence else []
    return {
        "errors": [{"field": error.field, "message": error.message} for error in errors],
        "schedule": None,
        "description": cadences.describe(cadence) if cadence else None,
        "fire_times": [fire_time_json(each) for each in found],
        "warnings": [],
        "effect": None,
        "readiness": None,
    }


def _cadence_by_itself(request: Request[PreviewDraftIn, NoQuery]) -> Cadence | None:
    """The draft's cadence, if it is there whole and is right."""
    given: Mapping[str, Any] = request.body.definition
    context = ValidationContext(request.system, request.now, tenant_id=request.caller.tenant_id)
    try:
        return cadence_of(parse(PreviewIn, {"cadence": given.get("cadence")}, context).cadence)
    except InvalidFields:
        return None


def _fire_times(
    schedule: WholeSchedule, request: Request[PreviewDraftIn, NoQuery]
) -> list[FireTime]:
    """The next ones within the schedule's start and end."""
    after = request.now
    if schedule.starts_at is not None:
        after = max(after, schedule.starts_at - _MOMENT)
    found = cadences.preview(schedule.cadence, after, request.body.count)
    return [each for each in found if schedule.ends_at is None or each.at <= schedule.ends_at]


def _effect(draft: Draft, schedule: WholeSchedule) -> EffectOut | None:
    if draft.outlook is None:
        return None
    outlook = draft.outlook
    counts = tally_json(outlook.tally)
    view = {
        **{name: count for name, count in counts.items() if name in EffectOut.__annotations__},
        "mean_wait_seconds": outlook.mean_wait_seconds,
        "worst_wait_seconds": outlook.worst_wait_seconds,
        "duration_seconds": outlook.duration.total_seconds(),
        "duration_is": _duration_is(schedule),
        "load_before": round(draft.load_before, 4),
        "load_after": round(draft.load_after, 4),
    }
    return cast(EffectOut, view)


def _duration_is(schedule: WholeSchedule) -> str:
    return "assumed" if schedule.average_duration_seconds is None else "average"


def _readiness(request: Request[PreviewDraftIn, NoQuery], schedule: WholeSchedule) -> ReadinessOut:
    checks = readiness.check(request.system, schedule, request.now)
    return {
        "ready": all(check.ok for check in checks),
        "checks": [check_json(check) for check in checks],
    }


def _at_minute(each: AtMinute) -> AtMinuteOut:
    tally = each.tally
    view = {
        "minute": each.minute,
        **tally_json(tally),
        "waits": len(tally.waits),
        "mean_wait_seconds": round(
            tally.total_wait / max(tally.runs + tally.unserved, 1) / 1000, 3
        ),
        "worst_wait_seconds": tally.worst_wait / 1000,
        "others_wait_seconds": each.others_wait_seconds,
    }
    return cast(AtMinuteOut, view)
