"""Who is calling, and what they may do.

The authorizer finds out who the caller is and lets every route through, with the caller or the
reason why there is none: API Gateway caches its answer for a token over all routes. The endpoints
check the scope, so that every refusal has the same form; `endpoint` is the only way to make one,
so that none can forget to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalice.app import AuthRequest, Blueprint

from chalicelib.api.http import identification
from chalicelib.api.http.identification import INVALID, UNVERIFIABLE, bearer_of
from chalicelib.api.http.problems import Problem
from chalicelib.domain.access import scopes
from chalicelib.domain.access.actors import Actor
from chalicelib.domain.errors import BadRunToken
from chalicelib.domain.runs import run_tokens
from chalicelib.domain.time.instants import from_text
from chalicelib.engine.system import current

blueprint = Blueprint(__name__)

#: The scope of a run token: its bearer may report on that one run, and end it.
RUN: Final = "run"
#: For how long API Gateway caches whose a token is.
CACHED_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the tenant whose data they may reach, and their highest scope.

    `expires_at` is when their API token ends, if it does.
    """

    tenant_id: str
    name: str
    scope: str
    actor_id: str = ""
    expires_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Whom the records of what they do name."""
        return Actor(self.name, self.actor_id)

    def may(self, scope: str) -> bool:
        """Whether the caller's scope includes this one."""
        return scopes.includes(self.scope, scope)


@blueprint.authorizer(ttl_seconds=CACHED_SECONDS, name="authorizer")
def authorizer(request: AuthRequest) -> dict[str, Any]:
    """The authorizer as Chalice knows it. On Lambda `api.http.authorizer` is its entry point."""
    system = current()
    return identification.answer(system.config, system.clock, request.token, request.method_arn)


def run_token_of(headers: Mapping[str, str]) -> str:
    """The bearer token of a target that calls back; empty if there is none."""
    return bearer_of(headers.get("authorization", "")) or ""


def target_of(headers: Mapping[str, str], run_id: str) -> Caller:
    """The target that calls with a token of this run. Raises `BadRunToken`.

    This only reads the token. Whether it is genuine is checked against the run when it is used.
    """
    token = run_tokens.read(run_token_of(headers))
    if token is None or token.run_id != run_id:
        raise BadRunToken
    return Caller(token.tenant_id, f"run {run_id}", RUN)


def caller_of(context: Mapping[str, Any], scope: str, now: datetime) -> Caller:
    """The caller that the authorizer found. Raises a 401, 403 or 503 `Problem`."""
    identity = context.get("authorizer") or {}
    if identity.get("fault") == UNVERIFIABLE:
        wait = {"Retry-After": str(CACHED_SECONDS)}
        raise Problem(503, "unverifiable", identity["detail"], headers=wait)
    if identity.get("fault") == INVALID:
        raise _unauthorized(identity["detail"])
    if "tenant_id" not in identity:
        raise Problem(
            401,
            "unauthorized",
            "A valid bearer token is needed.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # The authorizer's answer may be from the cache.
    expires_at = from_text(identity["expires_at"]) if "expires_at" in identity else None
    if expires_at is not None and now >= expires_at:
        raise _unauthorized("The token has expired.")
    caller = Caller(
        tenant_id=identity["tenant_id"],
        name=identity.get("name", ""),
        scope=identity.get("scope", ""),
        actor_id=identity.get("actor_id", ""),
        expires_at=expires_at,
    )
    demand(caller, scope)
    return caller


def demand(caller: Caller, scope: str) -> None:
    """Raise a 403 `Problem` for a caller without this scope."""
    if not caller.may(scope):
        raise Problem(
            403,
            "forbidden",
            f"This needs the scope {scope}; yours is {caller.scope or 'none'}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


def _unauthorized(detail: str) -> Problem:
    """The 401 that RFC 6750 has for an invalid token; `detail` says why it is invalid."""
    challenge = f'Bearer error="invalid_token", error_description="{detail}"'
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
