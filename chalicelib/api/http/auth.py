"""Who is calling. The authorizer proves it, the endpoints check what they may do.

The authorizer lets every route through and passes on who the caller is, or why that is not known:
its answer is cached per token over all routes, and the app answers each refusal in one shape.
No endpoint can forget to look, for `endpoint` is the only way to make one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalice.app import AuthRequest, AuthResponse, Blueprint

from chalicelib.api.http import identification
from chalicelib.api.http.identification import INVALID, UNVERIFIABLE, bearer_of
from chalicelib.api.http.problems import Problem
from chalicelib.domain.access import scopes
from chalicelib.domain.errors import BadRunToken
from chalicelib.domain.runs import run_tokens
from chalicelib.domain.time.instants import from_text
from chalicelib.engine.system import current

blueprint = Blueprint(__name__)

#: What targets that call back may, with the token of one run: tell of that run, and end it.
RUN: Final = "run"
#: API Gateway keeps who a token belongs to for so long.
CACHED_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the tenant whose data they reach, and the highest scope."""

    tenant_id: str
    name: str
    scope: str

    def may(self, scope: str) -> bool:
        """Whether the caller's scope includes that one."""
        return scopes.includes(self.scope, scope)


@blueprint.authorizer(ttl_seconds=CACHED_SECONDS, name="authorizer")
def authorizer(request: AuthRequest) -> AuthResponse:
    """The authorizer Lambda: from a bearer token to a tenant and a scope."""
    context = identification.identify(current(), request.token)
    return AuthResponse(routes=["*"], principal_id="caller", context=context)


def run_token_of(headers: Mapping[str, str]) -> str:
    """The bearer token that a target calls back with; empty without one."""
    return bearer_of(headers.get("authorization", "")) or ""


def target_of(headers: Mapping[str, str], run_id: str) -> Caller:
    """The target that a run token speaks for. Raises `BadRunToken`.

    The run itself says whether the token is proven: whoever acts on it asks there.
    """
    claimed = run_tokens.read(run_token_of(headers))
    if claimed is None or claimed.run_id != run_id:
        raise BadRunToken
    return Caller(claimed.tenant_id, f"run {run_id}", RUN)


def caller_of(context: Mapping[str, Any], scope: str, now: datetime) -> Caller:
    """The caller that the authorizer found. Raises a 401, 403 or 503 `Problem`."""
    found = context.get("authorizer") or {}
    if found.get("fault") == UNVERIFIABLE:
        wait = {"Retry-After": str(CACHED_SECONDS)}
        raise Problem(503, "unverifiable", found["detail"], headers=wait)
    if found.get("fault") == INVALID:
        raise _unauthorized(found["detail"])
    if "tenant_id" not in found:
        raise Problem(
            401,
            "unauthorized",
            "A valid bearer token is needed.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # What the authorizer said may be from the cache.
    if "expires_at" in found and now >= from_text(found["expires_at"]):
        raise _unauthorized("The token has expired.")
    caller = Caller(found["tenant_id"], found.get("name", ""), found.get("scope", ""))
    demand(caller, scope)
    return caller


def demand(caller: Caller, scope: str) -> None:
    """Let only callers with that scope go on. Raises a 403 `Problem`."""
    if not caller.may(scope):
        raise Problem(
            403,
            "forbidden",
            f"This needs the scope {scope}; yours is {caller.scope or 'none'}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


def _unauthorized(detail: str) -> Problem:
    """What RFC 6750 has for tokens that are no good. The detail is a sentence of ours."""
    challenge = f'Bearer error="invalid_token", error_description="{detail}"'
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
