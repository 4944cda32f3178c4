"""What the claims of a JWT say about its bearer. The signature is proven before anybody asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.domain.access import scopes
from chalicelib.domain.errors import Untrusted

#: How far the issuer's clock and ours may be apart.
SKEW: Final = timedelta(seconds=60)
#: What a tenant may be called: it becomes part of keys, and of the paths of secrets.
TENANT: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
_TENANT: Final = re.compile(TENANT)
_LONGEST_NAME: Final = 200
#: The last second of the year 9998: a skew can still be added to it.
_LATEST: Final = 253_370_764_799


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRules:
    """Whose tokens are taken, for whom they must be made, and which claims say what.

    A claim is named as it is, or by a path with dots (`realm_access.roles`). `granted` maps what
    stands in the claim of scopes to scopes of ours.
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
    """Who a bearer token speaks for, and until when. `scope` is empty if it grants none."""

    tenant_id: str
    name: str
    scope: str
    expires_at: datetime | None = None


def judge(claims: Mapping[str, Any], rules: JwtRules, now: datetime) -> Identity:
    """Who the claims are about. Raises `Untrusted`, which says why."""
    _demand_ours(claims, rules)
    expires_at = _judge_times(claims, now)
    tenant = jwt_claim(claims, rules.tenant_claim)
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise Untrusted("The token's tenant claim names no tenant.")
    return Identity(
        tenant_id=tenant,
        name=_name(claims),
        scope=_scope(jwt_claim(claims, rules.scopes_claim), rules),
        expires_at=expires_at,
    )


def jwt_claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that very name, or else at the end of that path; None if there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _demand_ours(claims: Mapping[str, Any], rules: JwtRules) -> None:
    if claims.get("iss") != rules.issuer:
        raise Untrusted("The token is of another issuer.")
    audience = claims.get("aud")
    if rules.audience not in (audience if isinstance(audience, list) else [audience]):
        raise Untrusted("The token is for another audience.")


def _judge_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Until when the claims hold for us. Raises `Untrusted` if that is over, or yet to begin."""
    if "exp" not in claims:
        raise Untrusted("The token does not say when it expires.")
    ends = _instant(claims, "exp") + SKEW
    if now >= ends:
        raise Untrusted("The token has expired.")
    if any(now + SKEW < _instant(claims, name) for name in ("nbf", "iat") if name in claims):
        raise Untrusted("The token is not valid yet.")
    return ends


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= _LATEST:
        raise Untrusted(f"The token's claim {name} is not a time.")
    return datetime.fromtimestamp(value, UTC)


def _name(claims: Mapping[str, Any]) -> str:
    """What the caller is called in records: an address, unless the issuer doubts it, or `sub`."""
    email = claims.get("email") if claims.get("email_verified", True) is True else None
    for name in (email, claims.get("sub")):
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME:
            return name
    raise Untrusted("The token does not say who its bearer is.")


def _scope(stated: Any, rules: JwtRules) -> str:
    words = stated.split() if isinstance(stated, str) else stated
    if not isinstance(words, list):
        return ""
    return scopes.highest(ours for theirs, ours in rules.granted if theirs in words)
