"""API tokens made and revoked by people: each with its record, in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.deployment.limits import Limit, LimitExceeded, tokens_in_use
from chalicelib.domain.errors import Conflict, LostRace, NotFound
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items, token_table, use_items
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import MOST_TRIES, Transaction, TransactionLost
from chalicelib.store.token_table import Token


def grant(
    token: Token, tenant_id: str, now: datetime, clock: Clock, *, most: int, again: bool
) -> None:
    """Store a new token that somebody of that tenant makes, with a record for each tenant.

    `again`: the request may have come before, and have been cut short after the token was stored.
    Nobody got to know its secret then, so it gets this one instead. Raises `Conflict` if somebody
    did, or it was revoked since, and `LimitExceeded` if its tenant had more than `most` with it.
    """

    def once() -> None:
        transaction = Transaction(clock)
        token_table.put(transaction, token)
        for each in sorted({tenant_id, token.tenant_id}):
            activity_items.put(
                transaction, _activity(each, token, token.created_by, "token_created", now)
            )
        _count(transaction, token, +1, now, most)
        transaction.commit()

    try:
        _unless_count_changed(once)
    except (TransactionLost, LimitExceeded) as error:
        if not (again and token_table.is_there(token)):
            raise
        _renew(token, clock, error)


def revoke(token: Token, actor: str, now: datetime, clock: Clock) -> None:
    """Remove a token for good. Raises `NotFound` if somebody was quicker."""

    def once() -> None:
        transaction = Transaction(clock)
        token_table.delete(transaction, token)
        activity = _activity(token.tenant_id, token, actor, "token_revoked", now)
        activity_items.put(transaction, activity)
        _count(transaction, token, -1, now)
        transaction.commit()

    try:
        _unless_count_changed(once)
    except TransactionLost as error:
        raise NotFound("There is no such token.") from error


def _count(
    transaction: Transaction, token: Token, change: int, now: datetime, most: int | None = None
) -> None:
    """Add to a transaction: the token's tenant has one more, or one less. Raises `LimitExceeded`.

    Tokens end by themselves, so they are counted by the day of their end.
    """
    tenant_id = token.tenant_id
    before = use_items.tokens_by_last_day(tenant_id)
    known = token_table.by_last_day(tenant_id) if before is None else before
    wanted = tokens_in_use(known, now) + change
    if most is not None and wanted > most:
        raise LimitExceeded(Limit.TOKENS, most, wanted)
    after = use_items.with_token(known, token.valid_until, change, now)
    use_items.keep_tokens(transaction, tenant_id, before, after)


def _unless_count_changed(once: Callable[[], None]) -> None:
    """Do it anew while nothing but the count of the tenant's tokens has changed meanwhile."""
    for _ in range(MOST_TRIES):
        try:
            return once()
        except TransactionLost as lost:
            if lost.steps != {use_items.step(Limit.TOKENS)}:
                raise
    raise LostRace


def _renew(token: Token, clock: Clock, lost: Exception) -> None:
    transaction = Transaction(clock)
    token_table.renew(transaction, token)
    try:
        transaction.commit()
    except TransactionLost:
        raise Conflict("The token was made by an earlier request, and used or revoked.") from lost


def _activity(tenant_id: str, token: Token, actor: str, action: str, now: datetime) -> Activity:
    details = {
        "name": token.name,
        "tenant_id": token.tenant_id,
        "scopes": list(token.scopes),
        "expires_at": token.valid_until and to_text(token.valid_until),
    }
    return activity_items.new_activity(
        tenant_id, now, actor=actor, action=action, subject=token.token_id, details=details
    )
