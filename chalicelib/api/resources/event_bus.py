"""What the deployment's event bus hears of: runs that have ended, and schedules that broke.

The stream of the runs calls it once a run has ended, so nothing else in Baton waits for it or fails
with it. What fails is handed over again for a day; so a receiver may hear of the same thing twice,
and knows it by `event_id`. An event shows its subject as the API's lists do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.audits.notifications import Notification, id_of_break
from chalicelib.domain.errors import BatonError, Unreadable
from chalicelib.domain.runs.arming import disarm
from chalicelib.domain.runs.run import Run, RunStatus
from chalicelib.domain.runs.schedule import ScheduleStatus
from chalicelib.engine.system import System
from chalicelib.platform import events
from chalicelib.platform.aws import region_of
from chalicelib.store import notification_items, run_table, schedule_table

#: How long the bus may take to accept an event, in seconds.
LONGEST_SENDING: Final = 10.0
#: The `detail-type` of a run's event, by how the run has ended.
ENDS: Final = {
    RunStatus.SUCCEEDED: "Run Succeeded",
    RunStatus.FAILED: "Run Failed",
    RunStatus.SKIPPED: "Run Skipped",
    RunStatus.CANCELLED: "Run Cancelled",
}
BROKEN: Final = "Schedule Broken"


class NotAccepted(BatonError):
    """The bus did not accept an event; another try will follow."""

    message = "The event bus did not accept an event; another try will follow."


@dataclass(frozen=True, slots=True)
class Told:
    """What an event is about, and when it came about; `kind` is its `detail-type`."""

    kind: str
    event_id: str
    tenant_id: str
    at: datetime


def tell_of_end(system: System, image: Mapping[str, Any]) -> None:
    """Tell the bus of a run that has ended, and of its schedule if that broke by it.

    `image` is the run's item as the stream has it. Raises `NotAccepted`.
    """
    # Here and not above, as deployments without a bus start faster so.
    from chalicelib.api.resources.views import run_json

    run = run_table.of_image(image)
    if run is None or run.status not in ENDS or not system.config.event_bus_arn:
        return
    ended_at = run.finished_at or run.queued_at
    _tell(system, Told(ENDS[run.status], run.run_id, run.tenant_id, ended_at), run_json(run))
    broke = _break_by(run)
    if broke is not None:
        _tell_of_break(system, broke)


def _break_by(run: Run) -> Notification | None:
    """The notification that this run broke its schedule; None if it did not.

    It is written with the run's end and outlasts whatever people do to the schedule since.
    """
    if run.status is not RunStatus.FAILED or not run.moves_breaker or run.finished_at is None:
        return None
    broken = id_of_break(run.run_id, run.finished_at)
    return notification_items.find_readable(run.tenant_id, broken)


def _tell_of_break(system: System, notification: Notification) -> None:
    """Tell the bus of the schedule as the break left it, whether or not it is on again."""
    from chalicelib.api.resources.views import schedule_json

    log_fields = {"tenant_id": notification.tenant_id, "schedule_id": notification.subject}
    try:
        schedule = schedule_table.find_whole(notification.tenant_id, notification.subject)
    except Unreadable as error:
        events.warn("break_not_told", **log_fields, why=str(error))
        return
    if schedule is None:
        events.warn("break_not_told", **log_fields, why="it is deleted")
        return
    broken = replace(
        disarm(schedule),
        status=ScheduleStatus.BROKEN,
        broken_reason=(notification.details or {}).get("broken_reason"),
        broken_at=notification.at,
    )
    told = Told(BROKEN, notification.notification_id, notification.tenant_id, notification.at)
    _tell(system, told, schedule_json(broken))


def _tell(system: System, told: Told, subject: Mapping[str, Any]) -> None:
    """Put one event on the bus. Raises `NotAccepted`, and whatever botocore raises."""
    bus = system.config.event_bus_arn
    detail = {"event_id": told.event_id, "tenant_id": told.tenant_id, **subject}
    entry = {
        "EventBusName": bus,
        "Source": f"baton.{system.config.stack}",
        "DetailType": told.kind,
        "Time": told.at,
        "Detail": json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
    }
    client = system.clients("events", region_of(bus), LONGEST_SENDING)
    answer = client.put_events(Entries=[entry])
    log_fields = {"tenant_id": told.tenant_id, "item": told.event_id, "kind": told.kind}
    if answer["FailedEntryCount"]:
        [refused] = answer["Entries"]
        why = f"{refused.get('ErrorCode')}: {refused.get('ErrorMessage')}"
        events.warn("event_not_told", **log_fields, why=why)
        raise NotAccepted
    events.info("event_told", **log_fields)
