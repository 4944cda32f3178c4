"""API tokens. The secret is shown once and kept only as a hash.

A token reads `bt_<id>_<secret>`: the id finds the item in one read, the secret has 256 random
bits, so a plain SHA-256 of it is safe to keep (a slow hash protects guessable passwords).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain import ids
from chalicelib.store import conditions
from chalicelib.store.codec import from_item, to_item
from chalicelib.store.models import TokenItem

_PREFIX = "bt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Who may call: a tenant, and what for."""

    token_id: str
    secret_hash: str
    tenant_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None


def issue(tenant_id: str, name: str, scopes: Sequence[str], now: datetime) -> tuple[Token, str]:
    """A new token, and the bearer text that its owner must keep: nobody can show it again."""
    secret = secrets.token_urlsafe(32)
    token = Token(
        token_id=ids.new_id(now),
        secret_hash=_hash(secret),
        tenant_id=tenant_id,
        name=name,
        scopes=tuple(scopes),
        created_at=now,
    )
    to_item(TokenItem, token).save(condition=conditions.token_is_new())
    return token, f"{_PREFIX}_{token.token_id}_{secret}"


def verify(bearer: str, now: datetime) -> Token | None:
    """The token this bearer text proves, or None."""
    prefix, _, rest = bearer.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not ids.is_id(token_id) or not secret:
        return None
    try:
        token = from_item(Token, TokenItem.get(token_id, consistent_read=True))
    except TokenItem.DoesNotExist:
        return None
    if not hmac.compare_digest(token.secret_hash, _hash(secret)):
        return None
    return token if token.expires_at is None or now < token.expires_at else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
