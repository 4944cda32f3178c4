"""The commands about API tokens."""

from typing import Final

import click

from baton_cli.exits import CliError
from baton_cli.options import ID, Group, confirm, key_option, paged
from baton_cli.session import Paging, Session
from baton_cli.show import note

_SCOPES: Final = ("viewer", "operator", "admin", "owner")


@click.group("tokens", cls=Group)
def group() -> None:
    """Who may call the API. Needs the scope admin."""


@group.command("list")
@paged
@click.pass_obj
def list_tokens(session: Session, paging: Paging) -> None:
    """List tokens, without their secrets: those are not kept."""
    columns = (
        ("ID", lambda one: one["id"]),
        ("NAME", lambda one: one["name"]),
        ("SCOPES", lambda one: " ".join(one["scopes"])),
        ("CREATED", lambda one: session.show.at(one["created_at"])),
        ("EXPIRES", lambda one: session.show.at(one["expires_at"])),
        ("LAST USED", lambda one: session.show.at(one["last_used_at"])),
    )
    session.listing("/v1/tokens", {}, paging, columns)


@group.command("create")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, default=("operator",))
@click.option("--days", type=click.IntRange(1), help="How long it is valid; else as may be.")
@click.option("--tenant", help="Of another tenant; for owners.")
@key_option
@click.pass_obj
def create_token(
    session: Session,
    *,
    name: str,
    scopes: tuple[str, ...],
    days: int | None,
    tenant: str | None,
    key: str | None,
) -> None:
    """Make a token called NAME. Its secret is printed now, and never again."""
    given = {"expires_in_days": days, "tenant_id": tenant}
    more = {field: value for field, value in given.items() if value is not None}
    made = session.client.create(
        "/v1/tokens", {"name": name, "scopes": list(scopes), **more}, key=key
    )
    if made["secret"] is None:
        reason = "was made before, and its secret was shown then; revoke it and make another."
        raise CliError(f"The token {made['token']['id']} {reason}")
    # The secret alone on stdout: TOKEN=$(baton tokens create …) works.
    session.answer(made, lambda _: click.echo(made["secret"]))
    if not session.json:
        note(f"Token {made['token']['id']}, scopes {' '.join(made['token']['scopes'])}")


@group.command("rotate")
@click.argument("token", type=ID)
@click.option(
    "--overlap",
    type=click.IntRange(0),
    default=3600,
    help="For how many seconds the present secret is still good (3600).",
)
@click.pass_obj
def rotate_token(session: Session, token: str, overlap: int) -> None:
    """Give a token another secret, which is printed now, and never again."""
    path, body = f"/v1/tokens/{token}/rotate", {"overlap_seconds": overlap}
    made = session.client.create(path, body)
    session.answer(made, lambda _: click.echo(made["secret"]))
    if not session.json:
        ends = session.show.at(made["former_secret_ends_at"])
        note(f"The secret before is good until {ends}")


@group.command("revoke")
@click.argument("token", type=ID)
@click.option("--cascade", is_flag=True, help="All that were made with it, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def revoke_token(session: Session, token: str, cascade: bool, yes: bool) -> None:
    """Revoke a token; it may still be taken for up to a minute."""
    more = " and all that were made with it" if cascade else ""
    confirm(f"Revoke the token {token}{more}?", yes)
    query = {"cascade": "true"} if cascade else None
    session.client.call("DELETE", f"/v1/tokens/{token}", query=query)
    session.answer({"revoked": token}, lambda _: session.show.line(f"Revoked {token}."))
