"""The commands about runs and their logs, and the one that starts a run."""

import json
from collections.abc import Iterable
from typing import Any, Final

import click

from baton_cli import run_log
from baton_cli.exits import Exit
from baton_cli.names import schedule_id, schedule_path
from baton_cli.options import ID, INSTANT, JSON, Command, Group, key_option, paged
from baton_cli.session import Paging, Session
from baton_cli.show import Columns, note, print_json
from baton_cli.text import milliseconds_text

_STATUSES: Final = (
    "queued",
    "claimed",
    "running",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
)
_TRIGGERS: Final = ("scheduled", "manual", "catch_up", "retry")
_LEVELS: Final = ("debug", "info", "warning", "error")
_when_busy = click.option(
    "--when-busy",
    type=click.Choice(["reject", "queue", "force"]),
    help="What to do while no slot is free (reject).",
)
_STYLES: Final = {"warning": "yellow", "error": "red", "critical": "red", "debug": "dim"}


@click.group("runs", cls=Group)
def group() -> None:
    """What ran, runs and waits."""


@group.command("list")
@click.option("--schedule", help="Only of this schedule: its id or name.")
@click.option("--status", type=click.Choice(_STATUSES), multiple=True, help="One or several.")
@click.option("--trigger", type=click.Choice(_TRIGGERS))
@click.option("--pool", help="Only of this pool.")
@click.option("--from", "since", type=INSTANT, help="Due from then on.")
@click.option("--to", "until", type=INSTANT, help="Due before then.")
@paged
@click.pass_obj
def list_runs(
    session: Session,
    /,
    *,
    schedule: str | None,
    status: tuple[str, ...],
    since: str | None,
    until: str | None,
    paging: Paging,
    **filters: str | None,
) -> None:
    """List runs, newest first."""
    query = {
        "schedule_id": schedule_id(session.client, schedule) if schedule is not None else None,
        "status": ",".join(status) or None,
        "from": since,
        "to": until,
        **filters,
    }
    session.listing("/v1/runs", query, paging, columns(session))


@group.command("get")
@click.argument("run", type=ID)
@click.pass_obj
def get_run(session: Session, run: str) -> None:
    """Show one run."""
    session.record(session.client.get(f"/v1/runs/{run}"))


@group.command("cancel")
@click.argument("run", type=ID)
@click.pass_obj
def cancel_run(session: Session, run: str) -> None:
    """Cancel a run: a waiting one ends at once, a working one is asked to stop."""
    _show_run(session, session.client.post(f"/v1/runs/{run}/cancel"))


@group.command("retry")
@click.argument("run", type=ID)
@_when_busy
@click.option("--payload", type=JSON, help="JSON in place of its payload, or @FILE.")
@click.option("--max-steps", type=click.IntRange(1), help="Its step budget.")
@key_option
@click.option("--wait", is_flag=True, help="Follow it to its end; the exit code tells how it went.")
@click.pass_obj
def retry_run(
    session: Session,
    *,
    run: str,
    when_busy: str | None,
    payload: Any,
    max_steps: int | None,
    key: str | None,
    wait: bool,
) -> None:
    """Repeat a run that has ended as a new run, with its payload unless another is given."""
    path, query = f"/v1/runs/{run}/retry", {"when_busy": when_busy}
    body = _given(payload, max_steps)
    _answer_started(session, session.client.create(path, body, query, key), wait)


@click.command("run-now", cls=Command)
@click.argument("schedule")
@_when_busy
@click.option("--payload", type=JSON, help="JSON for this run, or @FILE.")
@click.option("--max-steps", type=click.IntRange(1), help="Its step budget.")
@key_option
@click.option("--wait", is_flag=True, help="Follow it to its end; the exit code tells how it went.")
@click.pass_obj
def run_now(
    session: Session,
    *,
    schedule: str,
    when_busy: str | None,
    payload: Any,
    max_steps: int | None,
    key: str | None,
    wait: bool,
) -> None:
    """Run SCHEDULE (id or name) now."""
    path = schedule_path(session.client, schedule) + "/runs"
    body = _given(payload, max_steps)
    _answer_started(session, session.client.create(path, body, {"when_busy": when_busy}, key), wait)


@click.command("logs", cls=Command)
@click.argument("run", type=ID)
@click.option("-f", "--follow", "following", is_flag=True, help="Go on until the run has ended.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only lines after this number.")
@click.option("--tail", type=click.IntRange(1), help="Only the last so many lines.")
@click.option("--level", type=click.Choice(_LEVELS), help="Only lines at least as grave as this.")
@click.pass_obj
def logs(
    session: Session,
    *,
    run: str,
    following: bool,
    after: int,
    tail: int | None,
    level: str | None,
) -> None:
    """Show the log of RUN; with -f until its end, and the exit code tells how it went.

    With --json it is one JSON object a line.
    """
    if following:
        ended = _follow(session, run, after, shows_log=True)
        _exit_with_status_of(ended)
    if tail is not None:
        last = run_log.last_lines(session.client, run, tail, level)
        found: Iterable[run_log.Line] = (line for line in last if line["sequence"] > after)
    else:
        found = run_log.lines(session.client, run, after, level)
    for line in found:
        _show_line(session, line)


def _given(payload: Any, max_steps: int | None) -> dict[str, Any]:
    """What a run is to have, as far as it was said."""
    given = {"payload": payload, "max_steps": max_steps}
    return {name: value for name, value in given.items() if value is not None}


def columns(session: Session) -> Columns:
    """Runs as a table has them."""
    return (
        ("RUN", lambda run: run["id"]),
        ("SCHEDULE", lambda run: run["schedule_name"]),
        ("STATUS", lambda run: run["status"]),
        ("REASON", lambda run: run["failure_reason"] or run["skip_reason"] or ""),
        ("TRIGGER", lambda run: run["trigger"]),
        ("FIRE TIME", lambda run: session.show.at(run["fire_at"])),
        ("WAITED", lambda run: milliseconds_text(run["slot_wait_ms"])),
        ("TOOK", lambda run: milliseconds_text(run["duration_ms"])),
    )


def _answer_started(session: Session, run: dict[str, Any], wait: bool) -> None:
    """Print a run that was started; with `wait`, follow it and end with its exit code."""
    if not wait:
        _show_run(session, run)
        return
    if not session.json:
        note(f"Run {run['id']}")
    ended = _follow(session, run["id"], 0, shows_log=not session.json)
    if session.json:
        print_json(ended)
    _exit_with_status_of(ended)


def _follow(session: Session, run_id: str, after: int, *, shows_log: bool) -> dict[str, Any]:
    """Follow a run to its end, and answer with it; its log is printed if `shows_log`."""
    status = ""
    run: dict[str, Any] = {}
    try:
        for run, lines in run_log.follow(session.client, session.world.sleeper, run_id, after):
            if run["status"] != status and run["status"] not in run_log.FINAL and not session.json:
                note(f"— {run['status']}")
            status = run["status"]
            for line in lines if shows_log else ():
                _show_line(session, line)
    except KeyboardInterrupt:
        # Only the following ends; the run goes on.
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None
    if not session.json:
        note(f"— {_end_text(run)}")
    return run


def _exit_with_status_of(run: dict[str, Any]) -> None:
    """End the command with the exit code that says whether the run succeeded."""
    succeeded = run["status"] == "succeeded"
    raise click.exceptions.Exit(Exit.OK if succeeded else Exit.RUN_NOT_SUCCEEDED)


def _end_text(run: dict[str, Any]) -> str:
    """How a run ended, in one line: status, duration, reason, summary and totals."""
    took = "" if run["duration_ms"] is None else f" after {milliseconds_text(run['duration_ms'])}"
    reason = run["failure_reason"] or run["skip_reason"]
    why = [text for text in (reason, run["error_message"], run["summary"]) if text]
    totals = ", ".join(f"{count} {name}" for name, count in run["totals"].items() if count)
    return ": ".join([f"{run['status']}{took}", *why]) + (f" ({totals})" if totals else "")


def _show_run(session: Session, run: dict[str, Any]) -> None:
    session.answer(run, lambda _: session.show.table(columns(session), [run]))


def _show_line(session: Session, line: dict[str, Any]) -> None:
    if session.json:
        print_json(line)
        return
    level = "" if line["level"] == "info" else f"{line['level'].upper()} "
    data = f"  {json.dumps(line['data'], ensure_ascii=False)}" if line.get("data") else ""
    text = f"{session.show.at(line['at'])}  {level}{line['message']}{data}"
    session.show.line(text, _STYLES.get(line["level"], ""))
