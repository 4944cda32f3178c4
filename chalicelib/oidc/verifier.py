"""JWTs: signed by a key the issuer publishes, with an algorithm that fits that key.

PyJWT does the cryptography. Times are judged by Baton's clock, with all other claims, in `claims`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from chalicelib.domain.access.jwt_claims import Identity, JwtRules, identity_of
from chalicelib.domain.errors import Untrusted
from chalicelib.oidc import issuer
from chalicelib.oidc.issuer import Jwk
from chalicelib.oidc.keys import Keys
from chalicelib.outbound.guard import Guard
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork

#: Algorithms that are taken, and the kind of key each needs. None of them has a shared secret,
#: so that nobody who knows a public key can sign with it.
ALGORITHMS: Final = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
_LEAST_RSA_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Verifier:
    """Tells whom a JWT of the issuer speaks for."""

    rules: JwtRules
    keys: Keys

    @classmethod
    def of_issuer(cls, rules: JwtRules, allowed: tuple[IPNetwork, ...]) -> "Verifier":
        """One that asks the issuer itself, over the guarded client."""
        guard = Guard(allowed)
        return cls(
            rules,
            Keys(
                lambda: issuer.published_keys(rules.issuer, guard, Countdown(issuer.SECONDS)),
            ),
        )

    def verify(self, token: str, now: datetime) -> Identity:
        """Who the token speaks for.

        Raises `Untrusted`, which says why, and `Unverifiable` if the keys cannot be had.
        """
        header = _header(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise Untrusted("The token is not signed with an algorithm that is taken.")
        if _claims(token).get("iss") != self.rules.issuer:
            # Said by the token alone, and enough not to ask the issuer about it.
            raise Untrusted("The token is of another issuer.")
        for key in self.keys.find(header.get("kid"), now):
            if _fits(key, algorithm) and _is_signed(token, key, algorithm):
                return identity_of(_claims(token), self.rules, now)
        raise Untrusted("The token's signature is not the issuer's.")


def _header(token: str) -> Mapping[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Untrusted from error


def _claims(token: str) -> Mapping[str, Any]:
    """What the token says, proven or not."""
    try:
        payload = jwt.PyJWS().decode_complete(token, options={"verify_signature": False})["payload"]
        claims = json.loads(payload)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Untrusted from error
    if not isinstance(claims, dict):
        raise Untrusted
    return claims


def _fits(key: Jwk, algorithm: str) -> bool:
    """Whether the key is there to verify signatures of that algorithm."""
    kind, curve = ALGORITHMS[algorithm]
    return (
        (key.get("kty"), key.get("crv")) == (kind, curve)
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
    )


def _public(key: Jwk) -> dict[str, str]:
    """What verifies, and nothing that signs, should the issuer have published that by mistake."""
    found = {name: key.get(name) for name in ("kty", "n", "e", "crv", "x", "y")}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _is_signed(token: str, key: Jwk, algorithm: str) -> bool:
    try:
        public = jwt.PyJWK(_public(key), algorithm)
        if isinstance(public.key, RSAPublicKey) and public.key.key_size < _LEAST_RSA_BITS:
            return False
        jwt.PyJWS().decode_complete(token, public, [algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        return False
    return True
