"""API tokens over HTTP."""

from typing import Any, cast

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, created, listing
from chalicelib.api.http.auth import demand
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.schemas.base import NoBody, NoQuery, Paging
from chalicelib.api.schemas.token_schemas import NewTokenOut, TokenIn, TokenOut
from chalicelib.domain.access import scopes
from chalicelib.domain.access.actors import OWNER
from chalicelib.domain.json_values import as_json
from chalicelib.engine.requests import token_changes
from chalicelib.platform import events
from chalicelib.store import token_table
from chalicelib.store.token_table import Token

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET /v1/tokens", scope="admin")
def list_tokens(request: Request[NoBody, Paging]) -> Listing[TokenOut]:
    """List the tenant's API tokens, newest first."""
    query = request.query
    page = token_table.list_newest(request.caller.tenant_id, query.limit, query.cursor)
    return listing(page, [_json(token) for token in page.items])


@endpoint(blueprint, "GET /v1/tokens/{token_id}", scope="admin")
def get_token(request: PlainRequest, token_id: str) -> TokenOut:
    """Get one API token."""
    return _json(token_table.get(request.caller.tenant_id, token_id))


@endpoint(
    blueprint,
    "POST /v1/tokens",
    scope="admin",
    status=201,
    problems=(409,),
    repeatable=True,
    shown_once=("secret",),
)
def create_token(request: Request[TokenIn, NoQuery]) -> Answer[NewTokenOut]:
    """Create an API token. Its `secret` is shown in this answer and never again.

    Nobody can grant a scope they do not have, and only owners create tokens for another tenant.
    """
    body, caller = request.body, request.caller
    # Repeated after it was cut short, a request makes the very token that it began to make.
    now = request.now if request.seed is None else request.seed[0]
    demand(caller, scopes.highest(body.scopes))
    tenant_id = body.tenant_id or caller.tenant_id
    if tenant_id != caller.tenant_id and not caller.may("owner"):
        raise Problem(403, "forbidden", "Only an owner makes tokens of another tenant.")
    token, bearer = token_table.new(
        tenant_id,
        body.name,
        body.scopes,
        now,
        token_id=request.new_id(),
        created_by=caller.name if tenant_id == caller.tenant_id else OWNER.name,
        valid_until=body.ends_at(now),
    )
    again = request.seed is not None
    by, clock = caller.actor, request.system.clock
    token_changes.grant(token, caller.tenant_id, by, now, clock, again=again)
    events.info("token_created", **_told(request, token))
    answer: NewTokenOut = {"token": _json(token), "secret": bearer}
    return created(request, answer, f"/v1/tokens/{token.token_id}")


@endpoint(blueprint, "DELETE /v1/tokens/{token_id}", scope="admin", status=204)
def revoke_token(request: PlainRequest, token_id: str) -> None:
    """Revoke an API token. It may still be accepted for a minute, while it is cached."""
    caller = request.caller
    token = token_table.get(caller.tenant_id, token_id)
    demand(caller, scopes.highest(token.scopes))
    token_changes.revoke(token, caller.actor, request.now, request.system.clock)
    events.info("token_revoked", **_told(request, token))


def _told(request: Request[Any, Any], token: Token) -> dict[str, Any]:
    """What the log says of a token that was made or revoked: by whom and from where, no secret."""
    return {
        "token_id": token.token_id,
        "tenant_id": token.tenant_id,
        "scopes": list(token.scopes),
        "by": request.caller.name,
        "actor_id": request.caller.actor_id,
        "source": request.source,
    }


def _json(token: Token) -> TokenOut:
    names = ("tenant_id", "name", "scopes", "created_at", "created_by", "last_used_at")
    view: dict[str, Any] = {name: as_json(getattr(token, name)) for name in names}
    view |= {"id": token.token_id, "expires_at": as_json(token.valid_until)}
    return cast(TokenOut, view)
