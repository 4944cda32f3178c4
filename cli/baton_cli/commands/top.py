"""The command that shows what goes on, again and again."""

import sys
from typing import Any, Final

import click

from baton_cli.exits import Exit
from baton_cli.options import Command
from baton_cli.session import Session
from baton_cli.text import duration_text, instant, milliseconds_text

#: How many seconds pass between looks, while something works or waits, and otherwise.
_BUSY: Final = 4.0
_IDLE: Final = 15.0


@click.command("top", cls=Command)
@click.option("--once", is_flag=True, help="One look; so it is where the output is no terminal.")
@click.option("--looks", type=click.IntRange(1), help="So many looks (until interrupted).")
@click.option(
    "--every", type=click.FloatRange(1, 3600), help="Seconds between looks (4 if busy, else 15)."
)
@click.pass_obj
def top(session: Session, *, once: bool, looks: int | None, every: float | None) -> None:
    """Show who holds the slots, who waits and what comes next, live.

    With --json it is one JSON object a look.
    """
    is_terminal = sys.stdout.isatty()
    left = 1 if once else looks
    if left is None and not is_terminal:
        left = 1
    try:
        while True:
            seen = session.client.get("/v1/overview")
            if is_terminal and not session.json:
                click.clear()
            session.answer(seen, lambda found: _show(session, found))
            left = None if left is None else left - 1
            if left == 0:
                return
            session.world.sleeper.sleep(every or (_BUSY if _is_busy(seen) else _IDLE))
    except KeyboardInterrupt:
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None


def _is_busy(seen: dict[str, Any]) -> bool:
    return any(pool["holders"] or pool["waiting"] for pool in seen["pools"])


def _show(session: Session, seen: dict[str, Any]) -> None:
    show = session.show
    for pool in seen["pools"]:
        _show_pool(session, pool, seen["now"])
    fires = (
        ("NEXT", lambda one: one["schedule_name"]),
        ("DUE", lambda one: show.at(one["due_at"])),
        ("IN", lambda one: _until(one["due_at"], seen["now"])),
        ("TAKES", lambda one: duration_text(one["expected_duration_seconds"])),
    )
    show.table(fires, seen["next"], "Nothing is set to fire.")
    show.line(_of_the_day(seen))
    for broken in seen["broken"]:
        show.line(f"Broken: {broken['schedule_name']}: {broken['broken_reason']}", "red")
    for warning in seen["warnings"]:
        show.line(warning["message"], "yellow")
    for signal in seen["pressure"]:
        show.line(f"Pressure from {signal['source']} until {show.at(signal['until'])}", "yellow")
    age = duration_text(seen["last_tick_age_seconds"])
    show.line(f"As of {show.at(seen['now'])}; last tick {age} ago; {seen['unread']} unread", "dim")


def _show_pool(session: Session, pool: dict[str, Any], now: str) -> None:
    show = session.show
    more = "+" if pool["waiting_is_at_least"] else ""
    held = len(pool["holders"])
    text = f"{pool['name']}: {held} of {pool['capacity']} slots, {pool['waiting']}{more} waiting"
    show.line(text, "bold")
    holders = (
        ("SLOT", lambda one: one["slot"]),
        ("WORKS", lambda one: one["schedule_name"] or "another tenant's"),
        ("RUN", lambda one: one["run_id"]),
        ("SINCE", lambda one: show.at(one["since"])),
        ("DONE", _progress),
        ("STEPS", _steps),
        ("ENDS IN", lambda one: _until(one["expected_end_at"], now)),
    )
    show.table(holders, pool["holders"], "No slot is taken.")
    if pool["queue"]:
        waiting = (
            ("#", lambda one: one["position"]),
            ("WAITS", lambda one: one["schedule_name"] or "another tenant's"),
            ("RUN", lambda one: one["run_id"]),
            ("SINCE", lambda one: show.at(one["queued_at"])),
            ("STARTS IN", lambda one: _until(one["expected_start_at"], now)),
        )
        show.table(waiting, pool["queue"])


def _of_the_day(seen: dict[str, Any]) -> str:
    counts, schedules = seen["runs_24h"]["by_status"], seen["schedules"]
    ran = ", ".join(f"{counts[name]} {name}" for name in ("succeeded", "failed", "skipped"))
    wait, took = (milliseconds_text(seen[name]["p95"]) for name in ("slot_wait_ms", "duration_ms"))
    on = f"{schedules['enabled']} of {schedules['total']} schedules on"
    return f"24 h: {ran}; 95 % wait {wait} and take {took} at most; {on}"


def _progress(holder: dict[str, Any]) -> str:
    progress = holder["progress"]
    if not progress or not progress["total"]:
        return "–"
    return f"{progress['done'] / progress['total']:.0%}"


def _steps(holder: dict[str, Any]) -> str:
    if holder["steps"] is None:
        return "–"
    most = holder["max_steps"]
    return str(holder["steps"]) if most is None else f"{holder['steps']}/{most}"


def _until(at: str | None, now: str) -> str:
    """How long it is until then; `now` if that is over."""
    then, since = instant(at or ""), instant(now)
    if then is None or since is None:
        return "–"
    seconds = (then - since).total_seconds()
    return duration_text(seconds) if seconds > 0 else "now"
