"""`baton apply`: makes the schedules like those in a file."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, BinaryIO

import click

from baton_cli.client import Client
from baton_cli.exits import ApiError, CliError, Exit, UsageProblem
from baton_cli.files.definition import read_schedules
from baton_cli.files.plan import Change, change
from baton_cli.options import Command, confirm
from baton_cli.session import Session
from baton_cli.show import Show, print_json, print_warnings
from baton_cli.text import nfc

#: Exit codes after which no further step is tried.
_STOPPING = (Exit.UNAUTHORISED, Exit.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do. `tags` holds the entity tags of the schedules concerned, by id."""

    create: list[dict[str, Any]] = field(default_factory=list)
    change: list[Change] = field(default_factory=list)
    delete: list[dict[str, Any]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.create or self.change or self.delete)


@click.command("apply", cls=Command)
@click.option("-f", "--file", type=click.File("rb"), required=True, help="YAML; - is stdin.")
@click.option("--prune", is_flag=True, help="Delete every schedule the file does not have.")
@click.option("--dry-run", is_flag=True, help="Only show; exit code 8 if there is anything to do.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def apply(session: Session, file: BinaryIO, prune: bool, dry_run: bool, yes: bool) -> None:
    """Make the schedules like those in a file, found by name; shows first what changes.

    Fields that the file does not mention stay as they are.
    """
    plan = _plan(session.client, read_schedules(file), prune)
    if not session.json:
        _show_plan(session.show, plan)
    if plan.is_empty or dry_run:
        if session.json:
            print_json(_plan_json(plan, applied=False))
        raise click.exceptions.Exit(Exit.OK if plan.is_empty else Exit.CHANGES_PENDING)
    confirm("Apply this?", yes)
    failed = _carry_out(session.client, plan)
    if session.json:
        print_json({**_plan_json(plan, applied=not failed), "failed": failed})
    if failed:
        done = len(plan.create) + len(plan.change) + len(plan.delete) - len(failed)
        lines = [f"{each['name']}: {each['message']}" for each in failed]
        raise CliError("\n".join([f"{len(failed)} failed, {done} applied.", *lines]))
    if not session.json:
        session.show.line("Applied.")


def _plan(client: Client, wanted: list[dict[str, Any]], prune: bool) -> Plan:
    """What makes the deployment like the file. Raises `UsageProblem` for ambiguous names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for schedule in client.all("/v1/schedules"):
        found.setdefault(nfc(schedule["name"]), []).append(schedule)
    _demand_unique(found, wanted)
    plan = Plan()
    for each in wanted:
        if each["name"] in found:
            _compare(client, plan, found[each["name"]][0], each)
        else:
            plan.create.append(each)
    if prune:
        names = {each["name"] for each in wanted}
        for schedule in (one for name in found if name not in names for one in found[name]):
            plan.delete.append(_read_again(client, plan, schedule))
    return plan


def _demand_unique(found: dict[str, list[dict[str, Any]]], wanted: list[dict[str, Any]]) -> None:
    faults = [
        f"{len(found[each['name']])} schedules are called “{each['name']}”:"
        f" {', '.join(one['id'] for one in found[each['name']])}"
        for each in wanted
        if len(found.get(each["name"], [])) > 1
    ]
    if faults:
        raise UsageProblem("\n  ".join(["Names must tell schedules apart:", *faults]))


def _compare(client: Client, plan: Plan, listed: dict[str, Any], wanted: dict[str, Any]) -> None:
    if change(listed, wanted) is None:
        plan.unchanged.append(listed["name"])
        return
    after = change(_read_again(client, plan, listed), wanted)
    if after is not None:
        plan.change.append(after)


def _read_again(client: Client, plan: Plan, listed: dict[str, Any]) -> dict[str, Any]:
    """The schedule read once more; its entity tag goes into the plan.

    So what is changed is what was shown, or nothing.
    """
    reply = client.call("GET", f"/v1/schedules/{listed['id']}")
    plan.tags[listed["id"]] = reply.headers.get("etag", "*")
    return dict(reply.json)


def _carry_out(client: Client, plan: Plan) -> list[dict[str, str]]:
    """Carry out the plan, and answer with the steps that the API refused.

    A refusal does not stop the steps after it, unless it is of the token or no answer came.
    """
    steps: list[tuple[str, Callable[[], Any]]] = [
        *((each["name"], partial(_create, client, each)) for each in plan.create),
        *((one.schedule["name"], partial(_change, client, plan, one)) for one in plan.change),
        *((each["name"], partial(_delete, client, plan, each)) for each in plan.delete),
    ]
    failed: list[dict[str, str]] = []
    for name, step in steps:
        _try(failed, name, step)
    return failed


def _try(failed: list[dict[str, str]], name: str, step: Callable[[], Any]) -> None:
    try:
        step()
    except ApiError as error:
        if error.exit_code in _STOPPING:
            raise
        failed.append({"name": name, "code": error.code, "message": error.message})


def _create(client: Client, wanted: dict[str, Any]) -> None:
    print_warnings(client.create("/v1/schedules", wanted)["warnings"])


def _change(client: Client, plan: Plan, wanted: Change) -> None:
    path = f"/v1/schedules/{wanted.schedule['id']}"
    tag = plan.tags[wanted.schedule["id"]]
    if wanted.patch:
        query = {"replace": "target"} if wanted.replaces_target else None
        headers = {"If-Match": tag}
        reply = client.call("PATCH", path, body=wanted.patch, query=query, headers=headers)
        tag = reply.headers.get("etag", "*")
        print_warnings(reply.json["warnings"])
    if wanted.switch is not None:
        action = "resume" if wanted.switch else "pause"
        client.call("POST", f"{path}/{action}", headers={"If-Match": tag})


def _delete(client: Client, plan: Plan, schedule: dict[str, Any]) -> None:
    path, tag = f"/v1/schedules/{schedule['id']}", plan.tags[schedule["id"]]
    client.call("DELETE", path, headers={"If-Match": tag})


def _show_plan(show: Show, plan: Plan) -> None:
    """Print the plan for people."""
    for new in plan.create:
        show.line(f"+ {new['name']}", "green")
    for each in plan.change:
        show.line(f"~ {each.schedule['name']}  {each.schedule['id']}", "yellow")
        for one in each.differences:
            show.line(f"    {one.field}: {_json(one.before)} → {_json(one.after)}")
    for schedule in plan.delete:
        show.line(f"- {schedule['name']}  {schedule['id']}  (with its history)", "red")
    counts = (len(plan.create), len(plan.change), len(plan.delete), len(plan.unchanged))
    show.line("{} to create, {} to change, {} to delete, {} as they should be".format(*counts))


def _plan_json(plan: Plan, *, applied: bool) -> dict[str, Any]:
    """The plan as JSON for programs."""
    return {
        "create": [each["name"] for each in plan.create],
        "change": [
            {
                "id": each.schedule["id"],
                "name": each.schedule["name"],
                "differences": [asdict(one) for one in each.differences],
            }
            for each in plan.change
        ],
        "delete": [{"id": one["id"], "name": one["name"]} for one in plan.delete],
        "unchanged": plan.unchanged,
        "applied": applied,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
