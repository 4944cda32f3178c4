"""API tokens. The secret is shown once and kept only as a hash.

A token reads `bt_<id>_<secret><checksum>`: the id finds the item in one read, the secret has 256
random bits, so a plain SHA-256 of it is safe to keep (a slow hash protects guessable passwords).
"""

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import ids
from chalicelib.domain.access.token_secrets import (
    PREFIX,
    FormerSecret,
    checksum_fits,
    with_checksum,
)
from chalicelib.domain.deployment.limits import last_day
from chalicelib.domain.errors import Conflict, NotFound, Untrusted
from chalicelib.store.dynamodb import conditions
from chalicelib.store.dynamodb.codec import from_item, to_item
from chalicelib.store.dynamodb.models import TokenItem
from chalicelib.store.dynamodb.paging import Page, from_cursor, to_cursor
from chalicelib.store.dynamodb.transaction import Transaction, try_write

#: For so long after its end a token is listed, and its bearer's error says that it has expired.
REMEMBERED: Final = timedelta(days=30)
#: A token's last use is noted once an hour, so that most requests cost no write.
USE_IS_NOTED_EVERY: Final = timedelta(hours=1)
#: How many are counted at most, where nobody has counted yet.
MOST_COUNTED: Final = 10_000
_SECRET: Final = re.compile(r"[\x21-\x7e]{1,200}")
#: How many earlier secrets of a token may still be good.
MOST_FORMER: Final = 5
#: What the secret of an unknown token is compared with: no secret has this hash.
_HASH_OF_NOTHING: Final = "-" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token: whose data it reaches, and with which scopes.

    It is good until `valid_until`; its record is removed at `expires_at`.
    """

    token_id: str
    secret_hash: str
    tenant_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str = ""
    created_by_id: str = ""
    valid_until: datetime | None = None
    #: Secrets it had before, each good until its own end.
    former: tuple[FormerSecret, ...] = ()
    last_used_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def ends(self) -> list[datetime | None]:
        """When each of its secrets ends, the present one first; None for never."""
        return [self.valid_until, *map(self.end_of, self.former)]

    def end_of(self, former: FormerSecret) -> datetime:
        """When a secret that it had ends: not later than the token itself."""
        return former.until if self.valid_until is None else min(self.valid_until, former.until)


def new(
    tenant_id: str,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    *,
    token_id: str | None = None,
    created_by: str = "",
    created_by_id: str = "",
    valid_until: datetime | None = None,
) -> tuple[Token, str]:
    """A token that is not stored yet, and its bearer text, which nothing else ever returns."""
    token_id = token_id or ids.new_id(now)
    secret = _new_secret(token_id)
    token = Token(
        token_id=token_id,
        secret_hash=_hash(secret),
        tenant_id=tenant_id,
        name=name,
        scopes=tuple(scopes),
        created_at=now,
        created_by=created_by,
        created_by_id=created_by_id,
        valid_until=valid_until,
        expires_at=valid_until and (valid_until + REMEMBERED).replace(microsecond=0),
    )
    return token, f"{PREFIX}{token.token_id}_{secret}"


def issue(
    tenant_id: str,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    *,
    valid_until: datetime | None = None,
) -> tuple[Token, str]:
    """A new token, which is stored, and its bearer text, which nothing else ever returns."""
    token, bearer = new(tenant_id, name, scopes, now, valid_until=valid_until)
    to_item(TokenItem, token).save(condition=conditions.token_is_new())
    return token, bearer


def put(transaction: Transaction, token: Token) -> None:
    """Add to a transaction: a new token."""
    transaction.put("token", to_item(TokenItem, token), conditions.token_is_new())


def renew(transaction: Transaction, token: Token) -> None:
    """Add to a transaction: a stored token gets another secret, if it was never used."""
    transaction.update(
        "token",
        TokenItem(token.token_id),
        [TokenItem.secret_hash.set(token.secret_hash)],
        conditions.token_is_unused(token.tenant_id),
    )


def delete(transaction: Transaction, token: Token) -> None:
    """Add to a transaction: the token is removed, unless somebody gave it another secret."""
    condition = conditions.token_is_as_read(token.tenant_id, token.secret_hash)
    transaction.delete("token", TokenItem(token.token_id), condition)


def get(tenant_id: str, token_id: str) -> Token:
    """A tenant's token. Raises `NotFound`."""
    token = find(token_id)
    if token is None or token.tenant_id != tenant_id:
        raise NotFound("There is no such token.")
    return token


def is_there(token: Token) -> bool:
    """Whether its tenant has a stored token of its id."""
    found = find(token.token_id)
    return found is not None and found.tenant_id == token.tenant_id


def list_newest(tenant_id: str, limit: int, cursor: str | None = None) -> Page[Token]:
    """A page of a tenant's tokens, newest first."""
    found = TokenItem.by_tenant.query(
        tenant_id,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=from_cursor(cursor, {"tenant_id": tenant_id}, ("tenant_id", "token_id")),
    )
    items = TokenItem.batch_get([item.token_id for item in found], consistent_read=True)
    tokens = sorted((from_item(Token, item) for item in items), key=lambda one: one.token_id)
    return Page(tokens[::-1], to_cursor(found.last_evaluated_key))


def by_last_day(tenant_id: str) -> dict[str, int]:
    """How many of the tenant's tokens end on which day, as `Token.ends` has it.

    It looks at `MOST_COUNTED` of them at most.
    """
    index = TokenItem.by_tenant.query(tenant_id, limit=MOST_COUNTED)
    items = TokenItem.batch_get([item.token_id for item in index], consistent_read=True)
    ends = (end for item in items for end in from_item(Token, item).ends)
    return dict(Counter(map(last_day, ends)))


def verify(bearer: str, now: datetime) -> Token:
    """The token that this bearer text proves. Raises `Untrusted`.

    Only a bearer who has the secret learns from the error that the token has expired.
    """
    token_id, secret = id_in(bearer), bearer.removeprefix(PREFIX).partition("_")[2]
    if token_id is None or not _SECRET.fullmatch(secret):
        raise Untrusted
    if not checksum_fits(token_id, secret):
        raise Untrusted
    token = find(token_id)
    # A hash is compared for an unknown token as well, so that its refusal takes as long.
    token = _as_proven(token, _hash(secret))
    if token is None:
        raise Untrusted
    if token.valid_until is not None and now >= token.valid_until:
        raise Untrusted("The token has expired.")
    return token


def id_in(bearer: str) -> str | None:
    """The id in a bearer text that has the form of a token's; nothing says that it is genuine."""
    token_id = bearer.removeprefix(PREFIX).partition("_")[0]
    return token_id if bearer.startswith(PREFIX) and ids.is_id(token_id) else None


def _as_proven(token: Token | None, given: str) -> Token | None:
    """The token, if the given hash is that of its secret or of a former one; else None.

    A token that is proven by a former secret ends when that secret does.
    """
    wanted = token.secret_hash if token else _HASH_OF_NOTHING
    if hmac.compare_digest(wanted, given) or token is None:
        return token if token and wanted == given else None
    for each in token.former:
        if hmac.compare_digest(each.hash, given):
            return replace(token, valid_until=token.end_of(each))
    return None


def rotated(token: Token, now: datetime, overlap: timedelta) -> tuple[Token, str]:
    """The token with another secret, and its bearer text; the present secret is good for a while.

    Raises `Conflict` if as many former secrets as there may be are still good.
    """
    secret = _new_secret(token.token_id)
    former = [each for each in token.former if now < each.until]
    if overlap:
        former.append(FormerSecret(token.secret_hash, now + overlap))
    if len(former) > MOST_FORMER:
        raise Conflict(f"{MOST_FORMER} former secrets of it are still good: wait for their end.")
    after = replace(token, secret_hash=_hash(secret), former=tuple(former))
    return after, f"{PREFIX}{token.token_id}_{secret}"


def rotate(transaction: Transaction, before: Token, after: Token) -> None:
    """Add to a transaction: another secret, unless somebody was quicker or revoked the token."""
    former = TokenItem.former.set(after.former) if after.former else TokenItem.former.remove()
    transaction.update(
        "token",
        TokenItem(before.token_id),
        [TokenItem.secret_hash.set(after.secret_hash), former],
        conditions.token_has_secret(before.secret_hash),
    )


def demand(transaction: Transaction, token_id: str) -> None:
    """Add to a transaction: that token is still there, and was not revoked meanwhile."""
    transaction.check("maker", TokenItem, token_id, conditions.token_exists())


def use_needs_noting(token: Token, now: datetime) -> bool:
    """Whether no use of the token was noted within the last hour."""
    return token.last_used_at is None or now - token.last_used_at >= USE_IS_NOTED_EVERY


def note_use(token: Token, now: datetime) -> None:
    """Store when the token was used, unless it is gone or a use was noted within the last hour."""
    condition = conditions.token_is_unused_since(now - USE_IS_NOTED_EVERY)
    item, used = TokenItem(token.token_id), TokenItem.last_used_at.set(now)
    try_write(lambda: item.update([used], condition=condition))


def find(token_id: str) -> Token | None:
    """The token of that id, of whatever tenant, if there is one."""
    try:
        return from_item(Token, TokenItem.get(token_id, consistent_read=True))
    except TokenItem.DoesNotExist:
        return None


def _new_secret(token_id: str) -> str:
    return with_checksum(token_id, secrets.token_urlsafe(32))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
