"""Verifying JWTs: one of the issuer's keys has signed it, with an algorithm made for that key.

PyJWT does the cryptography. `jwt_claims` judges the JWT claims, and their times by Baton's clock.
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

#: The accepted algorithms, and the type and curve of the key that each needs. None of them signs
#: with a shared secret, or a public key could be used as one.
ALGORITHMS: Final = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
_LEAST_RSA_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies the issuer's JWTs."""

    rules: JwtRules
    keys: Keys

    @classmethod
    def of_issuer(cls, rules: JwtRules, allowed: tuple[IPNetwork, ...]) -> "Verifier":
        """A verifier that fetches the issuer's keys with the guarded client."""
        guard = Guard(allowed)
        return cls(
            rules,
            Keys(
                lambda: issuer.published_keys(rules.issuer, guard, Countdown(issuer.SECONDS)),
            ),
        )

    def verify(self, token: str, now: datetime) -> Identity:
        """The identity that the token proves.

        Raises:
            Untrusted: the token proves none; its text says why.
            Unverifiable: the issuer's keys cannot be had.
        """
        header = _header(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise Untrusted("The token is not signed with an algorithm that is taken.")
        if _claims(token).get("iss") != self.rules.issuer:
            # Nothing is proven yet, but no key of this issuer is needed to refuse it.
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
    """The token's JWT claims, which its signature has not proven yet."""
    try:
        payload = jwt.PyJWS().decode_complete(token, options={"verify_signature": False})["payload"]
        claims = json.loads(payload)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Untrusted from error
    if not isinstance(claims, dict):
        raise Untrusted
    return claims


def _fits(key: Jwk, algorithm: str) -> bool:
    """Whether the key is meant to verify signatures of that algorithm."""
    kind, curve = ALGORITHMS[algorithm]
    return (
        (key.get("kty"), key.get("crv")) == (kind, curve)
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
    )


def _public(key: Jwk) -> dict[str, str]:
    """The public part of the key, in case the issuer has published its private part as well."""
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
