"""An OpenID provider on the loopback, with keys made for the test."""

import base64
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chalicelib.domain.access.jwt_claims import JwtRules
from tests.targets.peer import Peer, Script, answers, peer, response

AUDIENCE: Final = "baton"
DISCOVERY: Final = "/.well-known/openid-configuration"
JWKS: Final = "/keys"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CURVES: Final = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@cache
def private_key(name: str, algorithm: str = "ES256", bits: int = 2048) -> PrivateKey:
    """A key of that name that signs with that algorithm; made once."""
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    return rsa.generate_private_key(65537, bits)


def jwk(name: str, algorithm: str = "ES256", *, bits: int = 2048, **changes: Any) -> dict[str, Any]:
    """The public half, as an issuer publishes it. None leaves a member out."""
    own = jwt.get_algorithm_by_name(algorithm)
    public: Any = private_key(name, algorithm, bits).public_key()
    made = {**own.to_jwk(public, as_dict=True), "kid": name, "use": "sig", **changes}
    return {member: value for member, value in made.items() if value is not None}


def signed(
    claims: dict[str, Any],
    key: str = "first",
    algorithm: str = "ES256",
    *,
    bits: int = 2048,
    **header: Any,
) -> str:
    """A JWT signed with the key of that name."""
    headers = {"kid": key, **header}
    return jwt.encode(
        claims,
        private_key(key, algorithm, bits),
        algorithm,
        {name: value for name, value in headers.items() if value is not None},
    )


def forged(claims: dict[str, Any], header: Any, secret: bytes = b"") -> str:
    """A JWT with any header at all, its signature an HMAC, or empty without a secret."""
    start = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.digest(secret, start.encode(), "sha256") if secret else b""
    return f"{start}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def encoded(value: Any) -> str:
    """JSON in base64url, as the parts of a JWT are."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def pem(name: str, algorithm: str = "RS256") -> bytes:
    """The public half as text that anybody may know."""
    return (
        private_key(name, algorithm)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@dataclass
class Provider:
    """A running provider: the pages that it publishes, and the requests that it received."""

    peer: Peer
    pages: dict[str, Script] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.peer.port}"

    @property
    def rules(self) -> JwtRules:
        return JwtRules(issuer=self.issuer, audience=AUDIENCE)

    @property
    def requested_paths(self) -> list[str]:
        """The paths of the requests it received, in order."""
        return [request.split(b" ", 2)[1].decode() for request in self.peer.requests]

    def publish(self, *keys: dict[str, Any], **changes: Any) -> None:
        """Publish these keys, and a discovery document that leads to them."""
        document = {"issuer": self.issuer, "jwks_uri": self.issuer + JWKS, **changes}
        self.pages[DISCOVERY] = page(document)
        self.pages[JWKS] = page({"keys": keys})

    def claims(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """Claims of this issuer, for ten minutes."""
        at = int(now.timestamp())
        made = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "user-1",
            "email": "ada@acme.test",
            "email_verified": True,
            "iat": at,
            "exp": at + 600,
            "tenant": "acme",
            "scope": "openid baton:operator",
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}


def page(document: Any) -> Script:
    """A page with that JSON."""
    return answers(response(200, json.dumps(document).encode()))


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that publishes one key, `first`, for as long as the block lasts."""
    pages: dict[str, Script] = {}

    def serve(running: Peer, connection: socket.socket) -> None:
        path = running.requests[-1].split(b" ", 2)[1].decode()
        pages.get(path, answers(response(404)))(running, connection)

    with peer(serve) as server:
        found = Provider(server, pages)
        found.publish(jwk("first"))
        yield found
