"""The deployment's settings, changed by its owners."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.deployment.settings import Settings
from chalicelib.domain.json_values import as_json
from chalicelib.engine.system import System
from chalicelib.store import activity_items, floor_items


def change(
    system: System, tenant_id: str, by: str, now: datetime, decide: Callable[[Settings], Settings]
) -> Settings:
    """Keep the settings that `decide` makes of the present ones, with the record of who did it.

    They take effect with the next look at the floor. Raises what `decide` raises.
    """
    before = system.floor().settings
    after = decide(before)
    floor_items.save_settings(after)
    activity = activity_items.new_activity(
        tenant_id,
        now,
        actor=by,
        action="settings_changed",
        subject="settings",
        details={"before": settings_as_json(before), "after": settings_as_json(after)},
    )
    activity_items.record(activity)
    return after


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """The settings as the API and the activity show them."""
    view = {name: as_json(value) for name, value in asdict(settings).items()}
    view["retention"] = {name: view.pop(name) for name in ("run_days", "log_days")}
    return view
