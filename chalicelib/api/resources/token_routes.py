"""API tokens over HTTP."""

from datetime import datetime, timedelta
from typing import Any, cast

from chalice.app import Blueprint

from chalicelib.api.http.answer import Answer, Listing, created, listing
from chalicelib.api.http.auth import Caller, demand
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.http.request import PlainRequest, Request
from chalicelib.api.schemas.base import NoBody, NoQuery, Paging
from chalicelib.api.schemas.token_schemas import (
    NewTokenOut,
    RevokeQuery,
    RotatedTokenOut,
    RotateIn,
    TokenIn,
    TokenOut,
)
from chalicelib.domain.access import scopes
from chalicelib.domain.errors import FieldError, InvalidFields, NotFound
from chalicelib.domain.json_values import as_json
from chalicelib.engine.requests import token_changes
from chalicelib.engine.requests.token_changes import Maker
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

    Nobody can grant a scope they do not have, and only owners create tokens for another tenant. It
    ends no later than the token it is made with, and after `max_token_days` at the latest.
    """
    body, caller = request.body, request.caller
    # Repeated after it was cut short, a request makes the very token that it began to make.
    now = request.now if request.seed is None else request.seed[0]
    demand(caller, scopes.highest(body.scopes))
    tenant_id = body.tenant_id or caller.tenant_id
    if tenant_id != caller.tenant_id and not caller.may("owner"):
        raise Problem(403, "forbidden", "Only an owner makes tokens of another tenant.")
    maker = _maker(caller)
    known_as = maker.known_in(tenant_id)
    token, bearer = token_table.new(
        tenant_id,
        body.name,
        body.scopes,
        now,
        token_id=request.new_id(),
        created_by=known_as.name,
        created_by_id=known_as.actor_id,
        valid_until=_end(request, maker, now),
    )
    again = request.seed is not None
    most = request.system.floor().settings.limits.tokens
    token_changes.grant(token, maker, now, request.system.clock, most=most, again=again)
    events.info("token_created", **_log_fields(request, token))
    answer: NewTokenOut = {"token": _json(token), "secret": bearer}
    return created(request, answer, f"/v1/tokens/{token.token_id}")


@endpoint(
    blueprint,
    "POST /v1/tokens/{token_id}/rotate",
    scope="admin",
    problems=(409,),
    repeatable=True,
    shown_once=("secret",),
)
def rotate_token(request: Request[RotateIn, NoQuery], token_id: str) -> RotatedTokenOut:
    """Give an API token another secret, shown in this answer and never again.

    The one it has ends after the overlap; the token's own end stays as it is.
    """
    caller, overlap = request.caller, timedelta(seconds=request.body.overlap_seconds)
    token, bearer = token_changes.rotate(
        token_id,
        _maker(caller),
        overlap,
        request.now,
        clock=request.system.clock,
        most=request.system.floor().settings.limits.tokens,
        check=lambda seen: demand(caller, scopes.highest(seen.scopes)),
    )
    events.info("token_rotated", **_log_fields(request, token))
    ends = request.now + overlap
    return {"token": _json(token), "secret": bearer, "former_secret_ends_at": as_json(ends)}


@endpoint(blueprint, "DELETE /v1/tokens/{token_id}", scope="admin", status=204)
def revoke_token(request: Request[NoBody, RevokeQuery], token_id: str) -> None:
    """Revoke an API token. It may still be accepted for a minute, while it is cached.

    With `cascade`, all tokens that were made with it are revoked, too, and those made with them.
    """
    caller, maker, clock = request.caller, _maker(request.caller), request.system.clock

    def check(token: Token) -> None:
        demand(caller, scopes.highest(token.scopes))

    made = token_changes.made_with(token_id, caller.tenant_id) if request.query.is_cascade else []
    token = token_table.find(token_id)
    if token is not None and token.tenant_id == caller.tenant_id:
        check(token)
        token_changes.revoke(token, maker, request.now, clock)
        events.info("token_revoked", **_log_fields(request, token))
    elif not made:
        raise NotFound("There is no such token.")
    for each in token_changes.revoke_each(made, maker, request.now, clock, check):
        events.info("token_revoked", **_log_fields(request, each))


def _maker(caller: Caller) -> Maker:
    return Maker(tenant_id=caller.tenant_id, actor=caller.actor, expires_at=caller.expires_at)


def _end(request: Request[TokenIn, NoQuery], maker: Maker, now: datetime) -> datetime:
    """When the new token ends: as asked for, or else at the latest. Raises `InvalidFields`."""
    latest = maker.latest_end(request.system.floor().settings.limits, now)
    wanted = request.body.ends_at(now)
    if wanted is not None and wanted > latest:
        field = "expires_at" if request.body.expires_in_days is None else "expires_in_days"
        message = f"must not be later than {as_json(latest)}: no token outlives its maker's,"
        raise InvalidFields([FieldError(field, f"{message} or the limit max_token_days")])
    return wanted or latest


def _log_fields(request: Request[Any, Any], token: Token) -> dict[str, Any]:
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
    view |= {"created_by_id": token.created_by_id or None}
    return cast(TokenOut, view)
