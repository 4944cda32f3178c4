"""Who is calling. The authorizer proves it, the endpoints check what they may do.

The authorizer lets every route through and passes on who the caller is, or that they are nobody:
its answer is cached per token over all routes, and the app answers each refusal in one shape.
No endpoint can forget to look, for `endpoint` is the only way to make one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalice.app import AuthRequest, AuthResponse, Blueprint

from chalicelib.api.problems import Problem
from chalicelib.store import tokens
from chalicelib.system import current

blueprint = Blueprint(__name__)

#: Each scope holds the ones before it.
SCOPES: Final = ("viewer", "operator", "admin", "owner")
_SCHEME: Final = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the tenant whose data they reach, and the highest scope."""

    tenant_id: str
    name: str
    scope: str

    def may(self, scope: str) -> bool:
        """Whether the caller's scope holds that one."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


@blueprint.authorizer(ttl_seconds=60, name="authorizer")
def authorizer(request: AuthRequest) -> AuthResponse:
    """The authorizer Lambda: from a bearer token to a tenant and a scope."""
    return AuthResponse(routes=["*"], principal_id="caller", context=_identify(request.token))


def _identify(header: str) -> dict[str, str]:
    if header[: len(_SCHEME)].lower() != _SCHEME:
        return {}
    token = tokens.verify(header[len(_SCHEME) :].strip(), current().clock.now())
    if token is None:
        return {}
    highest = max(token.scopes, key=SCOPES.index)
    return {"tenant_id": token.tenant_id, "name": token.name, "scope": highest}


def caller_of(context: Mapping[str, Any], scope: str) -> Caller:
    """The caller that the authorizer found. Raises a 401 or 403 `Problem`."""
    found = context.get("authorizer") or {}
    if "tenant_id" not in found or found.get("scope") not in SCOPES:
        raise Problem(
            401,
            "unauthorized",
            "A valid bearer token is needed.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    caller = Caller(found["tenant_id"], found.get("name", ""), found["scope"])
    if not caller.may(scope):
        raise Problem(403, "forbidden", f"This needs the scope {scope}; yours is {caller.scope}.")
    return caller
