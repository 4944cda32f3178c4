"""The deployment's settings, changed by its owners."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.access.actors import Actor
from chalicelib.domain.deployment.settings import ROOM_FOR_FORCED_RUNS, Settings
from chalicelib.domain.errors import FieldError, InvalidFields
from chalicelib.domain.json_values import as_json
from chalicelib.engine.system import System
from chalicelib.store import activity_items, floor_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import Transaction, retry_if_lost


def change(
    system: System, tenant_id: str, by: Actor, now: datetime, decide: Callable[[Settings], Settings]
) -> Settings:
    """Keep the settings that `decide` makes of the present ones, with the record of who did it.

    They take effect with the next look at the floor. Decided anew if somebody else changed them at
    the same moment. Raises what `decide` raises, `InvalidFields` for more slots than there are
    runners for, and `LostRace` if others change them all the time.
    """

    def once() -> Settings:
        stored = floor_items.stored_settings()
        before = floor_items.settings_of(stored, system.config.capacity)
        after = decide(before)
        _check_capacity(before, after, system.config.runner_concurrency)
        transaction = Transaction(system.clock)
        floor_items.change_settings(transaction, stored, after)
        activity_items.put(transaction, _activity(tenant_id, by, now, before, after))
        transaction.commit()
        return after

    return retry_if_lost(once)


def _check_capacity(before: Settings, after: Settings, runners: int) -> None:
    """Raises `InvalidFields` if there would be more slots than runners to work on them."""
    most = runners - ROOM_FOR_FORCED_RUNS
    if before.capacity < after.capacity > most:
        message = f"the deployment has runners for {most}: deploy it with more RunnerConcurrency"
        raise InvalidFields([FieldError("capacity", message)])


def _activity(
    tenant_id: str, by: Actor, now: datetime, before: Settings, after: Settings
) -> Activity:
    return activity_items.new_activity(
        tenant_id,
        now,
        actor=by,
        action="settings_changed",
        subject="settings",
        details={"before": settings_as_json(before), "after": settings_as_json(after)},
    )


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """The settings as the API and the activity show them."""
    view = {name: as_json(value) for name, value in asdict(settings).items()}
    view["retention"] = {name: view.pop(name) for name in ("run_days", "log_days")}
    return view
