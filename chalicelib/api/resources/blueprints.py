"""Everything that the API consists of, in one list."""

from typing import Final

from chalice.app import Blueprint

from chalicelib.api.http import auth
from chalicelib.api.resources import (
    audit_routes,
    cadence_routes,
    callback_routes,
    docs_routes,
    draft_routes,
    explain_routes,
    forecast_routes,
    health_routes,
    job_routes,
    notification_routes,
    overview_routes,
    run_routes,
    schedule_routes,
    settings_routes,
    slot_routes,
    timeline_routes,
    token_routes,
    web_routes,
)

BLUEPRINTS: Final[tuple[Blueprint, ...]] = tuple(
    module.blueprint
    for module in (
        auth,
        schedule_routes,
        job_routes,
        cadence_routes,
        run_routes,
        callback_routes,
        slot_routes,
        settings_routes,
        explain_routes,
        forecast_routes,
        draft_routes,
        health_routes,
        overview_routes,
        timeline_routes,
        audit_routes,
        notification_routes,
        docs_routes,
        token_routes,
        web_routes,
    )
)
