"""The commands that look ahead: explain, preview and forecast."""

from typing import Any

import click

from baton_cli.commands.schedule_commands import cadence_of
from baton_cli.exits import UsageProblem
from baton_cli.names import schedule_path
from baton_cli.options import INSTANT, SPAN, Command
from baton_cli.session import Session
from baton_cli.text import duration_text


@click.command("explain", cls=Command)
@click.argument("schedule")
@click.pass_obj
def explain(session: Session, schedule: str) -> None:
    """Explain when SCHEDULE will run, or why it will not, and what happened lately."""
    found = session.client.get(schedule_path(session.client, schedule) + "/explain")
    session.answer(found, lambda _: _show_explanation(session, found))


@click.command("preview", cls=Command)
@click.option("--cron", help='Five fields, as "0 3 * * 1-5".')
@click.option("--timezone", help="Of --cron (UTC).")
@click.option("--every", type=SPAN, help="15m, 6h, 1d.")
@click.option("--at", type=INSTANT, help="Once, at an instant.")
@click.option("--count", type=click.IntRange(1, 50), default=10, help="How many (10).")
@click.option("--after", type=INSTANT, help="From when on (now).")
@click.pass_obj
def preview(session: Session, /, *, count: int, after: str | None, **given: Any) -> None:
    """Show what a cadence means, and when it fires next."""
    cadence = cadence_of(given)
    if cadence is None:
        raise UsageProblem("Give --cron, --every or --at.")
    body = {"cadence": cadence, "count": count, **({"after": after} if after else {})}
    found = session.client.post("/v1/cadence/preview", body)
    session.answer(found, lambda _: _show_preview(session, found))


@click.command("forecast", cls=Command)
@click.option("--hours", type=click.IntRange(1, 168), default=24, help="How far to look (24).")
@click.pass_obj
def forecast(session: Session, hours: int) -> None:
    """Show expected runs, waits and collisions of the coming hours."""
    found = session.client.get("/v1/forecast", {"hours": hours})
    session.answer(found, lambda _: _show_forecast(session, found))


def _show_explanation(session: Session, found: dict[str, Any]) -> None:
    show = session.show
    if found["next_fire_at"] is not None:
        show.line(f"Next fire time: {show.at(found['next_fire_at'])}")
    for reason in found["reasons"]:
        show.line(f"• {reason['message']}")
    columns = (
        ("FIRE TIME", lambda one: show.at(one["fire_at"])),
        ("WHAT", lambda one: one["code"]),
        ("RUN", lambda one: one["run_id"]),
        ("HOW", lambda one: one["message"]),
    )
    show.line("")
    show.table(columns, found["history"], "It has no fire times behind it.")


def _show_preview(session: Session, found: dict[str, Any]) -> None:
    show = session.show
    show.line(found["description"])
    columns = (
        ("YOUR TIME", lambda one: show.at(one["at"])),
        ("ITS ZONE'S TIME", lambda one: one["local"]),
        ("NOTE", lambda one: one["note"] or ""),
    )
    show.table(columns, found["fire_times"], "It does not fire.")


def _show_forecast(session: Session, found: dict[str, Any]) -> None:
    show = session.show
    columns = (
        ("ID", lambda one: one["schedule_id"]),
        ("SCHEDULE", lambda one: one["name"]),
        ("FIRES", lambda one: one["fire_times"]),
        ("RUNS", lambda one: one["runs"]),
        ("SKIPPED", lambda one: one["skipped"] + one["coalesced"] + one["queue_expired"]),
        ("WAIT", lambda one: duration_text(one["mean_wait_seconds"])),
        ("WORST", lambda one: duration_text(one["worst_wait_seconds"])),
        ("ADVICE", lambda one: one["advice"] or ""),
    )
    show.table(columns, found["schedules"], "Nothing will fire.")
    capacity = found["capacity"]
    slots = "1 slot" if capacity == 1 else f"{capacity} slots"
    show.line(f"{slots}, {found['load']:.0%} of their time taken, until {show.at(found['until'])}")
    for text in found["notes"]:
        show.line(text, "yellow")
