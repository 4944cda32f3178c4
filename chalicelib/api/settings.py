"""Settings, pressure and activity over HTTP."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api.endpoint import Request, endpoint, no_content
from chalicelib.api.schemas.settings import PressureIn, SettingsIn
from chalicelib.api.views import plain
from chalicelib.domain.instants import to_text
from chalicelib.domain.slots import Settings
from chalicelib.errors import FieldError, InvalidFields
from chalicelib.store import floor as stored_floor
from chalicelib.store import inbox
from chalicelib.system import current
from chalicelib.validation import parse

blueprint = Blueprint(__name__)
_LONGEST_SOURCE = 100


@endpoint(blueprint, "GET /v1/settings", scope="viewer")
def get(_request: Request) -> dict[str, Any]:
    """The deployment's settings."""
    return _view(stored_floor.read(current().config.capacity).settings)


@endpoint(blueprint, "PATCH /v1/settings", scope="owner")
def patch(request: Request) -> dict[str, Any]:
    """Change settings; the next pass works by them. A lower capacity ends no run."""
    system, caller = current(), request.caller
    given = parse(SettingsIn, request.json(("application/merge-patch+json", "application/json")))
    before = stored_floor.read(system.config.capacity).settings
    after = Settings(**{**asdict(before), **given.changes()})
    stored_floor.save_settings(after)
    deed = inbox.deed(
        caller.tenant_id,
        system.clock.now(),
        actor=caller.name,
        action="settings_changed",
        subject="settings",
        details={"before": _view(before), "after": _view(after)},
    )
    inbox.record(deed)
    return _view(after)


@endpoint(blueprint, "PUT /v1/pressure/{source}", scope="operator")
def raise_pressure(request: Request, source: str) -> dict[str, Any]:
    """Say that somebody works interactively: scheduled firings are put off meanwhile."""
    wanted = parse(PressureIn, request.json())
    until = current().clock.now() + timedelta(seconds=wanted.ttl_seconds)
    stored_floor.raise_pressure(_checked(source), until)
    return {"source": source, "until": to_text(until)}


@endpoint(blueprint, "DELETE /v1/pressure/{source}", scope="operator")
def drop_pressure(_request: Request, source: str) -> Response:
    """Take the signal back."""
    stored_floor.drop_pressure(_checked(source))
    return no_content()


@endpoint(blueprint, "GET /v1/activity", scope="viewer")
def activity(request: Request) -> dict[str, Any]:
    """Who did what in the tenant, newest first."""
    page = inbox.list_activity(request.caller.tenant_id, request.limit, request.cursor)
    names = ("at", "actor", "action", "subject", "details")
    items = [
        {"id": item.item_id, **{name: plain(getattr(item, name)) for name in names}}
        for item in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor}


def _checked(source: str) -> str:
    if len(source) > _LONGEST_SOURCE or not source.isprintable():
        message = f"must be at most {_LONGEST_SOURCE} printable characters"
        raise InvalidFields([FieldError("source", message)])
    return source


def _view(settings: Settings) -> dict[str, Any]:
    view = asdict(settings)
    view["retention"] = {name: view.pop(name) for name in ("run_days", "log_days")}
    return view
