"""Schedules: what runs, when, and how."""

from typing import Any, BinaryIO, Final

import click

from baton_cli.exits import UsageProblem
from baton_cli.files.definition import definition_of, file_text, read_schedule
from baton_cli.names import schedule_path
from baton_cli.options import INSTANT, JSON, SPAN, Group, confirm, key_option, paged
from baton_cli.session import Paging, Session
from baton_cli.show import Columns, print_warnings
from baton_cli.text import clean

#: The flags that give a cadence, one at a time.
_CADENCE_FLAGS: Final = ("cron", "every", "at", "manual")


@click.group("schedules", cls=Group)
def group() -> None:
    """What runs, when, and how. SCHEDULE is an id or a name."""


@group.command("list")
@click.option("--status", type=click.Choice(["active", "paused", "broken"]))
@click.option("--target", help="A kind of target (http, function, …), or a function's name.")
@click.option("--search", help="Part of the name, the description or a tag.")
@paged
@click.pass_obj
def list_schedules(
    session: Session, status: str | None, target: str | None, search: str | None, paging: Paging
) -> None:
    """List schedules, newest first."""
    query = {"status": status, "target": target, "q": search}
    session.listing("/v1/schedules", query, paging, _columns(session))


@group.command("get")
@click.argument("schedule")
@click.pass_obj
def get_schedule(session: Session, schedule: str) -> None:
    """Show one schedule."""
    session.record(session.client.get(schedule_path(session.client, schedule)))


@group.command("create")
@click.option("-f", "--file", type=click.File("rb"), help="YAML or JSON; - is stdin.")
@click.option("--name")
@click.option("--description")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--cron", help='Five fields, as "0 3 * * 1-5".')
@click.option("--timezone", help="Of --cron (UTC).")
@click.option("--every", type=SPAN, help="Measured from the end of the last run: 15m, 6h, 1d.")
@click.option("--at", type=INSTANT, help="Once, at an instant.")
@click.option("--manual", is_flag=True, help="Never by itself.")
@click.option("--function", help="A registered function (baton jobs).")
@click.option("--params", type=JSON, help="JSON for the function, or @FILE.")
@click.option("--http", help="A URL to call.")
@click.option("--method", help="Of --http (POST).")
@click.option("--body", type=JSON, help="JSON for the URL, or @FILE.")
@click.option("--external", is_flag=True, help="The work is done elsewhere (baton exec).")
@click.option("--when-busy", type=click.Choice(["queue", "skip"]))
@click.option("--timeout", type=SPAN, help="The longest a run may take: 90s, 15m.")
@click.option("--max-steps", type=click.IntRange(1), help="Step budget of a run.")
@click.option("--priority", type=click.IntRange(0, 9))
@click.option("--pool", help="Whose slots its runs take (main).")
@click.option("--paused", is_flag=True, help="Create it switched off.")
@key_option
@click.pass_obj
def create_schedule(
    session: Session, /, *, file: BinaryIO | None, key: str | None, **given: Any
) -> None:
    """Create a schedule from a file, from flags, or from both: flags come before the file."""
    body = {**(read_schedule(file) if file else {}), **_from_flags(given)}
    saved = session.client.create("/v1/schedules", body, key=key)
    session.answer(saved, lambda _: session.show.record(saved["schedule"]))
    if not session.json:
        print_warnings(saved["warnings"])


@group.command("delete")
@click.argument("schedule")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_schedule(session: Session, schedule: str, yes: bool) -> None:
    """Delete a schedule with its history. Its waiting runs are skipped, working ones stopped."""
    path = schedule_path(session.client, schedule)
    found = session.client.get(path)
    confirm(f"Delete “{clean(found['name'])}” ({found['id']}) with its history?", yes)
    session.client.call("DELETE", path)
    session.answer({"deleted": found["id"]}, lambda _: session.show.line(f"Deleted {found['id']}."))


@group.command("pause")
@click.argument("schedule")
@click.pass_obj
def pause_schedule(session: Session, schedule: str) -> None:
    """Switch a schedule off: it no longer fires."""
    _switch(session, schedule, "pause")


@group.command("resume")
@click.argument("schedule")
@click.pass_obj
def resume_schedule(session: Session, schedule: str) -> None:
    """Switch a schedule on, if its target is ready. A broken one starts with clean streaks."""
    _switch(session, schedule, "resume")


@group.command("check")
@click.argument("schedule")
@click.pass_obj
def check_schedule(session: Session, schedule: str) -> None:
    """Check whether the target could run now; exit code 1 if not."""
    found = session.client.post(schedule_path(session.client, schedule) + "/check")
    columns = (
        ("CHECK", lambda check: check["name"]),
        ("OK", lambda check: check["ok"]),
        ("FOUND", lambda check: check["detail"]),
    )
    session.answer(
        found, lambda _: session.show.table(columns, found["checks"], "Nothing to check.")
    )
    raise click.exceptions.Exit(0 if found["ready"] else 1)


@group.command("export")
@click.pass_obj
def export(session: Session) -> None:
    """Print all schedules as a file that `baton apply` takes."""
    schedules = [definition_of(each) for each in session.client.all("/v1/schedules")]
    session.answer({"schedules": schedules}, lambda _: click.echo(file_text(schedules), nl=False))


def cadence_of(given: dict[str, Any]) -> dict[str, Any] | None:
    """The cadence that the flags name, or None; `UsageProblem` if they name two.

    `given` holds the flags' values as `cron`, `timezone`, `every`, `at` and `manual`.
    """
    flags = [flag for flag in _CADENCE_FLAGS if given.get(flag) not in (None, False)]
    if len(flags) > 1:
        raise UsageProblem(f"Choose one of {', '.join(f'--{flag}' for flag in flags)}.")
    if given.get("timezone") and flags != ["cron"]:
        raise UsageProblem("--timezone goes with --cron.")
    match flags:
        case ["cron"]:
            zone = {"timezone": given["timezone"]} if given.get("timezone") else {}
            return {"type": "cron", "expression": given["cron"], **zone}
        case ["every"]:
            return {"type": "interval", "seconds": given["every"]}
        case ["at"]:
            return {"type": "once", "at": given["at"]}
        case ["manual"]:
            return {"type": "manual"}
    return None


def _from_flags(given: dict[str, Any]) -> dict[str, Any]:
    """The part of a schedule's definition that the flags give."""
    body = {
        "name": given["name"],
        "description": given["description"],
        "tags": list(given["tags"]) or None,
        "cadence": cadence_of(given),
        "target": _target(given),
        "when_busy": given["when_busy"],
        "timeout_seconds": given["timeout"],
        "max_steps": given["max_steps"],
        "priority": given["priority"],
        "pool": given["pool"],
        "enabled": False if given["paused"] else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _target(given: dict[str, Any]) -> dict[str, Any] | None:
    function, url = given["function"], given["http"]
    if sum((function is not None, url is not None, bool(given["external"]))) > 1:
        raise UsageProblem("Choose one of --function, --http and --external.")
    for flag, owner in (("params", function), ("method", url), ("body", url)):
        if given[flag] is not None and owner is None:
            needs = "--function" if flag == "params" else "--http"
            raise UsageProblem(f"--{flag} goes with {needs}.")
    if function is not None:
        target = {"type": "function", "name": function, "params": given["params"]}
    elif url is not None:
        target = {"type": "http", "url": url, "method": given["method"], "body": given["body"]}
    elif given["external"]:
        target = {"type": "external"}
    else:
        return None
    return {name: value for name, value in target.items() if value is not None}


def _switch(session: Session, schedule: str, action: str) -> None:
    path = schedule_path(session.client, schedule)
    found = session.client.post(f"{path}/{action}")
    session.answer(found, lambda _: session.show.table(_columns(session), [found]))


def _columns(session: Session) -> Columns:
    return (
        ("ID", lambda one: one["id"]),
        ("NAME", lambda one: one["name"]),
        ("STATUS", lambda one: one["status"]),
        ("CADENCE", lambda one: _cadence_text(session, one["cadence"])),
        ("TARGET", lambda one: _target_text(one["target"])),
        ("NEXT", lambda one: session.show.at(one["next_fire_at"])),
        ("LAST", lambda one: one["last_run"]["status"] if one["last_run"] else "–"),
    )


def _cadence_text(session: Session, cadence: dict[str, Any]) -> str:
    match cadence["type"]:
        case "cron":
            zone = cadence.get("timezone", "UTC")
            return str(cadence["expression"]) + (f" {zone}" if zone != "UTC" else "")
        case "interval":
            return f"every {_span_text(cadence['seconds'])}"
        case "once":
            return f"once {session.show.at(cadence['at'])}"
    return str(cadence["type"])


def _span_text(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _target_text(target: dict[str, Any]) -> str:
    match target["type"]:
        case "http":
            return f"{target.get('method', 'POST')} {target['url']}"
        case "function":
            return str(target["name"])
    return str(target.get("function_arn") or target.get("state_machine_arn") or target["type"])
