"""The commands about audits, which are published content that stays while someone wants it."""

from typing import Any

import click

from baton_cli.options import ID, INSTANT, Group, key_option, paged
from baton_cli.session import Paging, Session
from baton_cli.show import Columns


@click.group("audits", cls=Group)
def group() -> None:
    """Published content that stays alive while someone wants it."""


@group.command("list")
@click.option("--state", type=click.Choice(["draft", "active", "review_due", "inactive"]))
@click.option("--external-id", help="Your own id of it.")
@paged
@click.pass_obj
def list_audits(
    session: Session, state: str | None, external_id: str | None, paging: Paging
) -> None:
    """List audits, newest first."""
    query = {"state": state, "external_id": external_id}
    session.listing("/v1/audits", query, paging, _columns(session))


@group.command("get")
@click.argument("audit", type=ID)
@click.pass_obj
def get_audit(session: Session, audit: str) -> None:
    """Show one audit."""
    session.record(session.client.get(f"/v1/audits/{audit}"))


@group.command("create")
@click.argument("title")
@click.option("--web", help="Where it is published: a URL.")
@click.option("--external-id", help="Your own id of it, once in the tenant.")
@click.option("--published-at", type=INSTANT, help="Published since; else it is a draft.")
@key_option
@click.pass_obj
def create_audit(
    session: Session,
    *,
    title: str,
    web: str | None,
    external_id: str | None,
    published_at: str | None,
    key: str | None,
) -> None:
    """Create an audit."""
    given = {"title": title, "url": web, "external_id": external_id, "published_at": published_at}
    body = {name: value for name, value in given.items() if value is not None}
    session.record(session.client.create("/v1/audits", body, key=key))


@group.command("publish")
@click.argument("audit", type=ID)
@click.pass_obj
def publish(session: Session, audit: str) -> None:
    """Publish a draft, now."""
    _act(session, audit, "publish")


@group.command("extend")
@click.argument("audit", type=ID)
@click.option("--days", type=click.IntRange(1), help="Until the next review.")
@click.pass_obj
def extend(session: Session, audit: str, days: int | None) -> None:
    """Keep a published audit: the time to its next review starts over."""
    _act(session, audit, "extend", {"days": days} if days else None)


@group.command("deactivate")
@click.argument("audit", type=ID)
@click.pass_obj
def deactivate(session: Session, audit: str) -> None:
    """Take a published audit down."""
    _act(session, audit, "deactivate")


@group.command("reactivate")
@click.argument("audit", type=ID)
@click.pass_obj
def reactivate(session: Session, audit: str) -> None:
    """Publish an inactive audit again."""
    _act(session, audit, "reactivate")


def _act(session: Session, audit: str, action: str, body: dict[str, Any] | None = None) -> None:
    found = session.client.post(f"/v1/audits/{audit}/{action}", body)
    session.answer(found, lambda _: session.show.table(_columns(session), [found]))


def _columns(session: Session) -> Columns:
    return (
        ("ID", lambda audit: audit["id"]),
        ("TITLE", lambda audit: audit["title"]),
        ("STATE", lambda audit: audit["state"]),
        ("PUBLISHED", lambda audit: session.show.at(audit["published_at"])),
        ("REVIEW", lambda audit: session.show.at(audit["review_at"])),
        ("GOES", lambda audit: session.show.at(audit["deactivates_at"])),
    )
