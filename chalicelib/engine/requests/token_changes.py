"""API tokens made, rotated and revoked by people: each with its record, in the same transaction."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.access.actors import OWNER, Actor
from chalicelib.domain.deployment.limits import Limit, LimitExceeded, Limits, tokens_in_use
from chalicelib.domain.errors import Conflict, LostRace, NotFound, Untrusted
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items, made_token_items, token_table, use_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import (
    Transaction,
    TransactionLost,
    retry_if_lost,
)
from chalicelib.store.made_token_items import MadeToken
from chalicelib.store.token_table import Token

_TOKEN: Final = "token:"  # noqa: S105  # how the ids of actors with an API token begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes or changes a token; `expires_at` is the end of the API token they do it with."""

    tenant_id: str
    actor: Actor
    expires_at: datetime | None = None

    @property
    def token_id(self) -> str | None:
        """The id of their own API token; None for the bearer of a JWT."""
        actor_id = self.actor.actor_id
        return actor_id.removeprefix(_TOKEN) if actor_id.startswith(_TOKEN) else None

    def known_in(self, tenant_id: str) -> Actor:
        """Whom that tenant's records name: nobody of another tenant."""
        return self.actor if tenant_id == self.tenant_id else OWNER

    def latest_end(self, limits: Limits, now: datetime) -> datetime:
        """Until when a token that they make now may be good.

        The end of a JWT is that of a session, and no bound: whoever has it may get another.
        """
        latest = now + timedelta(days=limits.max_token_days)
        own = self.expires_at if self.token_id else None
        return latest if own is None else min(latest, own)


def grant(
    token: Token, maker: Maker, now: datetime, clock: Clock, *, most: int | None, again: bool
) -> None:
    """Store a new token, with a record for its tenant and for its maker's.

    `again`: the request may have come before, and have been cut short after the token was stored.
    Nobody got to know its secret then, so it gets this one instead. Raises `Conflict` if somebody
    did, or it was revoked since, `LimitExceeded` if its tenant had more than `most` with it (None
    for no limit), and `Untrusted` if the maker's own token was revoked meanwhile.
    """

    def once() -> None:
        transaction = Transaction(clock)
        token_table.put(transaction, token)
        if maker.token_id:
            token_table.demand(transaction, maker.token_id)
            made = MadeToken(
                maker_id=maker.token_id, maker_tenant_id=maker.tenant_id, token_id=token.token_id
            )
            made_token_items.put(transaction, made, token)
        for each in sorted({maker.tenant_id, token.tenant_id}):
            known_as = maker.known_in(each)
            activity_items.put(transaction, _activity(each, token, known_as, "token_created", now))
        _count(transaction, None, token, now, most)
        transaction.commit()

    try:
        retry_if_lost(once, _demand_only_count_changed)
    except (TransactionLost, LimitExceeded) as error:
        if isinstance(error, TransactionLost) and "maker" in error.steps:
            raise Untrusted from error
        if not (again and token_table.is_there(token)):
            raise
        _renew(token, clock, error)


def rotate(
    token_id: str,
    by: Maker,
    overlap: timedelta,
    now: datetime,
    *,
    clock: Clock,
    most: int,
    check: Callable[[Token], None],
) -> tuple[Token, str]:
    """Give a token of one's tenant another secret, unless `check` raises.

    The present one ends after the overlap, and counts as another token until then. Answers with the
    token and its bearer text. Raises `NotFound`, `LimitExceeded` if the tenant had more than `most`
    tokens then, and `Conflict` if too many of its former secrets are still good.
    """

    def once() -> tuple[Token, str]:
        seen = token_table.get(by.tenant_id, token_id)
        check(seen)
        after, bearer = token_table.rotated(seen, now, overlap)
        transaction = Transaction(clock)
        token_table.rotate(transaction, seen, after)
        activity = _activity(seen.tenant_id, after, by.actor, "token_rotated", now)
        activity_items.put(transaction, activity)
        _count(transaction, seen, after, now, most)
        transaction.commit()
        return after, bearer

    return retry_if_lost(once)


def revoke(token: Token, by: Maker, now: datetime, clock: Clock) -> None:
    """Remove a token for good. Raises `NotFound` if somebody was quicker."""

    def once() -> None:
        seen = token_table.get(token.tenant_id, token.token_id)
        transaction = Transaction(clock)
        token_table.delete(transaction, seen)
        for each in sorted({by.tenant_id, token.tenant_id}):
            known_as = by.known_in(each)
            activity_items.put(transaction, _activity(each, seen, known_as, "token_revoked", now))
        _count(transaction, seen, None, now)
        transaction.commit()

    retry_if_lost(once)


def made_with(token_id: str, tenant_id: str) -> list[MadeToken]:
    """The tokens made with a token, and those made with these in turn; makers come first."""
    found: list[MadeToken] = []
    makers = [token_id]
    while makers:
        made = made_token_items.of(makers.pop(0))
        own = [each for each in made if found or each.maker_tenant_id == tenant_id]
        found += own
        makers += [each.token_id for each in own]
    return found


def revoke_each(
    made: list[MadeToken], by: Maker, now: datetime, clock: Clock, check: Callable[[Token], None]
) -> list[Token]:
    """Remove these tokens for good, unless `check` raises; answers with those that were there.

    Cut short, it may be done again: what says which token was made with which is removed last.
    """
    revoked = []
    for each in made:
        token = token_table.find(each.token_id)
        if token is None:
            continue
        check(token)
        with suppress(NotFound):  # Somebody was quicker.
            revoke(token, by, now, clock)
            revoked.append(token)
    for each in reversed(made):
        made_token_items.drop(each)
    return revoked


def _count(
    transaction: Transaction,
    before: Token | None,
    after: Token | None,
    now: datetime,
    most: int | None = None,
) -> None:
    """Add to a transaction: the tenant's tokens are counted with the change of one.

    It counts once for each of its secrets that is good; these end by themselves, so they are
    counted by the day of their end. `before` is None for a new token, `after` for one that goes.
    Raises `LimitExceeded` if that makes more of them, and more than `most`.
    """
    tenant_id = next(each.tenant_id for each in (before, after) if each is not None)
    stored = use_items.tokens_by_last_day(tenant_id)
    known = token_table.by_last_day(tenant_id) if stored is None else stored
    counted = use_items.with_ends(known, _ends(before), _ends(after), now)
    wanted = tokens_in_use(counted, now)
    if most is not None and wanted > max(most, tokens_in_use(known, now)):
        raise LimitExceeded(Limit.TOKENS, most, wanted)
    use_items.keep_tokens(transaction, tenant_id, stored, counted)


def _ends(token: Token | None) -> list[datetime | None]:
    return [] if token is None else token.ends


def _demand_only_count_changed(lost: LostRace) -> None:
    """Raise the loss again unless nothing but the count of the tenant's tokens has changed."""
    if not isinstance(lost, TransactionLost) or lost.steps != {use_items.step(Limit.TOKENS)}:
        raise lost


def _renew(token: Token, clock: Clock, lost: Exception) -> None:
    transaction = Transaction(clock)
    token_table.renew(transaction, token)
    try:
        transaction.commit()
    except TransactionLost:
        raise Conflict("The token was made by an earlier request, and used or revoked.") from lost


def _activity(tenant_id: str, token: Token, actor: Actor, action: str, now: datetime) -> Activity:
    details = {
        "name": token.name,
        "tenant_id": token.tenant_id,
        "scopes": list(token.scopes),
        "expires_at": token.valid_until and to_text(token.valid_until),
    }
    if action == "token_rotated":
        ends = [each.until for each in token.former]
        details["former_secrets_end_at"] = to_text(max(ends)) if ends else None
    return activity_items.new_activity(
        tenant_id, now, actor=actor, action=action, subject=token.token_id, details=details
    )
