"""From an `Authorization` header to who is calling, or why that is not known.

An identity consists of plain texts: API Gateway passes nothing else on from an authorizer.
"""

import re
from datetime import datetime
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.access import scopes
from chalicelib.domain.access.jwt_claims import Identity, JwtRules
from chalicelib.domain.errors import Untrusted, Unverifiable
from chalicelib.domain.runs import run_tokens
from chalicelib.domain.time.instants import to_text
from chalicelib.platform import events
from chalicelib.platform.clock import Clock
from chalicelib.platform.config import Config, IPNetwork
from chalicelib.platform.threads import with_context
from chalicelib.store import token_table
from chalicelib.store.token_table import Token

if TYPE_CHECKING:
    from chalicelib.oidc.verifier import Verifier

#: Values of `fault`: the token is not valid, or that cannot be found out at the moment.
INVALID: Final = "invalid"
UNVERIFIABLE: Final = "unverifiable"
#: The characters of a bearer token (RFC 6750). API Gateway takes 10 KB of headers at most.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
_DOTS_OF_A_JWT: Final = 2
#: How long a request waits for the note that its token was used.
_NOTED_WITHIN_SECONDS: Final = 1.0


def answer(config: Config, clock: Clock, header: str, method_arn: str) -> dict[str, Any]:
    """What the authorizer tells API Gateway: who is calling, and that any route may be asked.

    The method's ARN ends in `api/stage/METHOD/path`.
    """
    api, stage = method_arn.split("/")[:2]
    allowed = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": [f"{api}/{stage}/*/*"],
    }
    return {
        "context": identify(config, clock, header),
        "principalId": "caller",
        "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
    }


def identify(config: Config, clock: Clock, header: str) -> dict[str, str]:
    """The caller's identity, or the `fault` of the token; nothing without a bearer token."""
    bearer = bearer_of(header)
    if bearer is None:
        return {}
    try:
        return _as_texts(_identity(config, bearer, clock.now()))
    except Untrusted as error:
        # A run token is nobody's: the routes that take one look at it themselves.
        if run_tokens.read(bearer) is None:
            events.info("token_refused", token_id=token_table.id_in(bearer), why=str(error))
        return {"fault": INVALID, "detail": str(error)}
    except Unverifiable as error:
        events.warn("token_unverifiable", why=str(error))
        return {"fault": UNVERIFIABLE, "detail": str(error)}


def bearer_of(header: str) -> str | None:
    """The bearer token in a header: empty if malformed, None if the header has another scheme."""
    scheme, _, rest = header.strip(" ").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = rest.strip(" ")
    return token if _TOKEN.fullmatch(token) else ""


def _identity(config: Config, bearer: str, now: datetime) -> Identity:
    rules = config.oidc
    if rules is not None and bearer.count(".") == _DOTS_OF_A_JWT:
        return _verifier(rules, config.allow_targets).verify(bearer, now)
    token = token_table.verify(bearer, now)
    _note_use(token, now)
    return Identity(
        tenant_id=token.tenant_id,
        name=token.name,
        actor_id=f"token:{token.token_id}",
        scope=scopes.highest(token.scopes),
        expires_at=token.valid_until,
        token_id=token.token_id,
    )


@cache
def _verifier(rules: JwtRules, allowed: tuple[IPNetwork, ...]) -> "Verifier":
    """The verifier of the issuer's JWTs, kept with its keys; imported only where it is needed."""
    from chalicelib.oidc.verifier import Verifier

    return Verifier.of_issuer(rules, allowed)


def _note_use(token: Token, now: datetime) -> None:
    """Note that the token was used. The request goes on, also if this fails or takes long."""

    def note() -> None:
        try:
            token_table.note_use(token, now)
        except Exception:
            events.error("token_use_not_noted", token_id=token.token_id)

    if token_table.use_needs_noting(token, now):
        noting = Thread(target=with_context(note), daemon=True)
        noting.start()
        noting.join(_NOTED_WITHIN_SECONDS)


def _as_texts(identity: Identity) -> dict[str, str]:
    names = ("tenant_id", "name", "actor_id", "scope")
    texts = {name: str(getattr(identity, name)) for name in names}
    if identity.expires_at is not None:
        texts["expires_at"] = to_text(identity.expires_at)
    if identity.token_id is not None:
        texts["token_id"] = identity.token_id
    return texts
