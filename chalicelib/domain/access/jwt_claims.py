"""What JWT claims say about the bearer. The JWT's signature has been verified before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.domain.access import scopes
from chalicelib.domain.access.actors import name_fault
from chalicelib.domain.errors import Untrusted

#: How far apart the issuer's clock and ours may be.
SKEW: Final = timedelta(seconds=60)
#: The names a tenant may have: they become part of keys, and of the paths of secrets.
TENANT: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
_TENANT: Final = re.compile(TENANT)
_LONGEST_NAME: Final = 200
#: The last second of the year 9998: `SKEW` can be added to it and still make a datetime.
_LATEST: Final = 253_370_764_799


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRules:
    """Which JWTs are accepted, and how their JWT claims are read.

    A JWT claim is given by its name, or by a path with dots (`realm_access.roles`). `granted` pairs
    scopes as the issuer names them with the scopes of Baton that they grant.
    """

    issuer: str
    audience: str
    tenant_claim: str = "tenant"
    scopes_claim: str = "scope"
    granted: tuple[tuple[str, str], ...] = tuple(
        (f"baton:{scope}", scope) for scope in scopes.SCOPES
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a bearer token stands for, and until when. `scope` is empty if it grants none.

    `actor_id` is the id that records have of them, whatever their name is. `token_id` is set if the
    token is one of Baton's own.
    """

    tenant_id: str
    name: str
    actor_id: str
    scope: str
    expires_at: datetime | None = None
    token_id: str | None = None


def identity_of(claims: Mapping[str, Any], rules: JwtRules, now: datetime) -> Identity:
    """The identity that the JWT claims state. Raises `Untrusted`, with the reason, if none."""
    _check_issuer_and_audience(claims, rules)
    expires_at = _check_times(claims, now)
    tenant = jwt_claim(claims, rules.tenant_claim)
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise Untrusted("The token's tenant claim names no tenant.")
    name = _name(claims)
    return Identity(
        tenant_id=tenant,
        name=name,
        actor_id=f"jwt:{rules.issuer}|{_subject(claims) or name}",
        scope=_scope(jwt_claim(claims, rules.scopes_claim), rules),
        expires_at=expires_at,
    )


def jwt_claim(claims: Mapping[str, Any], name: str) -> Any:
    """The JWT claim of exactly that name, else the one at the end of that path, else None."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _check_issuer_and_audience(claims: Mapping[str, Any], rules: JwtRules) -> None:
    if claims.get("iss") != rules.issuer:
        raise Untrusted("The token is of another issuer.")
    audience = claims.get("aud")
    if rules.audience not in (audience if isinstance(audience, list) else [audience]):
        raise Untrusted("The token is for another audience.")


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When the token expires, clock skew included.

    Raises `Untrusted` for a token that has expired or is not valid yet.
    """
    if "exp" not in claims:
        raise Untrusted("The token does not say when it expires.")
    expires_at = _instant(claims, "exp") + SKEW
    if now >= expires_at:
        raise Untrusted("The token has expired.")
    if any(now + SKEW < _instant(claims, name) for name in ("nbf", "iat") if name in claims):
        raise Untrusted("The token is not valid yet.")
    return expires_at


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= _LATEST:
        raise Untrusted(f"The token's claim {name} is not a time.")
    return datetime.fromtimestamp(value, UTC)


def _name(claims: Mapping[str, Any]) -> str:
    """The caller's name in records: the e-mail address that the issuer has verified, else `sub`."""
    verified = claims.get("email_verified")
    email = claims.get("email") if verified is True or verified == "true" else None
    for name in (email, _subject(claims)):
        if isinstance(name, str) and _may_be_name(name):
            return name
    raise Untrusted("The token does not say who its bearer is.")


def _subject(claims: Mapping[str, Any]) -> str | None:
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and _may_be_name(subject) else None


def _may_be_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and name_fault(text) is None


def _scope(claim: Any, rules: JwtRules) -> str:
    """The highest scope that the JWT claim grants: a list of scopes, or one text with spaces."""
    names = claim.split() if isinstance(claim, str) else claim
    if not isinstance(names, list):
        return ""
    return scopes.highest(ours for theirs, ours in rules.granted if theirs in names)
