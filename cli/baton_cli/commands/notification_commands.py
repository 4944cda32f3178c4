"""The commands about notifications."""

import click

from baton_cli.exits import UsageProblem
from baton_cli.options import ID, Group, paged
from baton_cli.session import Paging, Session
from baton_cli.show import Columns


@click.group("notifications", cls=Group)
def group() -> None:
    """What people should know, and what they are asked."""


@group.command("list")
@click.option("--unread", is_flag=True, help="Only what nobody has read.")
@paged
@click.pass_obj
def list_notifications(session: Session, unread: bool, paging: Paging) -> None:
    """List notifications, newest first."""
    query = {"unread": "true" if unread else None}
    session.listing("/v1/notifications", query, paging, _columns(session))


@group.command("read")
@click.argument("notification", type=ID, required=False)
@click.option("--all", "everything", is_flag=True, help="All that are unread.")
@click.pass_obj
def read(session: Session, notification: str | None, everything: bool) -> None:
    """Mark a notification as read, or all of them."""
    if everything == (notification is not None):
        raise UsageProblem("Give a notification, or --all.")
    which = "read-all" if everything else f"{notification}/read"
    session.record(session.client.post(f"/v1/notifications/{which}"))


@group.command("resolve")
@click.argument("notification", type=ID)
@click.argument("action", type=click.Choice(["keep", "deactivate"]))
@click.pass_obj
def resolve(session: Session, notification: str, action: str) -> None:
    """Answer a notification that asks."""
    path = f"/v1/notifications/{notification}/resolve"
    session.record(session.client.post(path, {"action": action}))


def _columns(session: Session) -> Columns:
    return (
        ("ID", lambda one: one["id"]),
        ("AT", lambda one: session.show.at(one["at"])),
        ("KIND", lambda one: one["kind"]),
        ("READ", lambda one: one["read"]),
        ("ANSWER", lambda one: one["resolution"] or " or ".join(one["actions"])),
        ("MESSAGE", lambda one: one["message"]),
    )
