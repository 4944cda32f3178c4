"""The commands about the deployment, slot, health and jobs; and any other call of the API."""

import sys
from typing import Any, Final

import click

from baton_cli.exits import Exit, UsageProblem
from baton_cli.options import JSON, Command
from baton_cli.session import Session
from baton_cli.show import print_json
from baton_cli.text import duration_text

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@click.command("slot", cls=Command)
@click.option("--pool", help="Only that pool.")
@click.pass_obj
def slot(session: Session, pool: str | None) -> None:
    """Show who holds the slots of each pool, and how many runs wait."""
    found = session.client.get("/v1/slot", query={"pool": pool} if pool else None)
    session.answer(found, lambda _: _show_slot(session, found))


@click.command("health", cls=Command)
@click.pass_obj
def health(session: Session) -> None:
    """Show the deployment's health; exit code 1 unless all is well."""
    found = session.client.get("/v1/health")
    session.answer(found, lambda _: _show_health(session, found))
    raise click.exceptions.Exit(Exit.OK if found["overall"].lower() == "ok" else Exit.REFUSED)


@click.command("limits", cls=Command)
@click.pass_obj
def limits(session: Session) -> None:
    """Show what the tenant may have at most, and how much of it there is."""
    found = session.client.get("/v1/limits")
    columns = (
        ("LIMIT", lambda one: one[0]),
        ("USED", lambda one: _or_dash(one[1]["used"])),
        ("AT MOST", lambda one: _or_dash(one[1]["limit"])),
    )
    session.answer(
        found, lambda _: session.show.table(columns, list(found["limits"].items()), "No limits.")
    )


def _or_dash(figure: int | None) -> str:
    return "–" if figure is None else str(figure)


@click.command("jobs", cls=Command)
@click.pass_obj
def jobs(session: Session) -> None:
    """List the registered functions."""
    found = session.client.get("/v1/jobs")
    columns = (
        ("NAME", lambda job: job["name"]),
        ("PARAMETERS", lambda job: " ".join(job["params_schema"].get("properties", {}))),
        ("DESCRIPTION", lambda job: job["description"]),
    )
    session.answer(found, lambda _: session.show.table(columns, found["items"]))


@click.command("api", cls=Command)
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path")
@click.option("--data", type=JSON, help="The body: JSON, or @FILE.")
@click.pass_obj
def api(session: Session, method: str, path: str, data: Any) -> None:
    """Make any call of the API, as `baton api GET "/v1/stats"`; answers in JSON."""
    if not path.startswith("/"):
        raise UsageProblem("The path begins with a slash: /v1/…")
    reply = session.client.call(method.upper(), path, body=data)
    if reply.content:
        print_json(reply.json)
    sys.stdout.flush()


def _show_slot(session: Session, found: dict[str, Any]) -> None:
    show = session.show
    columns = (
        ("SLOT", lambda one: one["slot"] + (" (forced)" if one["forced"] else "")),
        ("SCHEDULE", lambda one: one["schedule_name"] or "another tenant's"),
        ("RUN", lambda one: one["run_id"]),
        ("SINCE", lambda one: show.at(one["since"])),
        ("LEASE UNTIL", lambda one: show.at(one["lease_expires_at"])),
    )
    pools = found.get("pools") or [{"name": "main", **found}]
    for pool in pools:
        of_pool = "" if len(pools) == 1 else f" of {pool['name']}"
        show.table(columns, pool["holders"], f"No slot{of_pool} is taken.")
        capacity = pool["capacity"]
        slots = "1 slot" if capacity == 1 else f"{capacity} slots"
        waiting = found["waiting"] if len(pools) == 1 else pool["waiting"]
        show.line(f"{slots}{of_pool}, {waiting} waiting")
    show.line(f"Last tick {show.at(found['last_tick_at'])}")
    for one in found["pressure"]:
        wide = " for the whole deployment" if one.get("deployment") else ""
        show.line(f"Pressure from {one['source']}{wide} until {show.at(one['until'])}", "yellow")


def _show_health(session: Session, found: dict[str, Any]) -> None:
    show = session.show
    show.line(found["overall"])
    for warning in found["warnings"]:
        show.line(f"  {warning['message']}", "yellow")
    columns = (
        ("TENANT", lambda one: one["tenant_id"]),
        ("STATUS", lambda one: one["status"]),
        ("PENDING", lambda one: one["pending"]),
        ("RUNNING", lambda one: one["running"]),
    )
    show.table(columns, found["tenants"], "No tenant has runs.")
    age = duration_text(found["last_tick_age_seconds"])
    show.line(f"Last tick {age} ago; {found['dead_letters']} dead letters")
