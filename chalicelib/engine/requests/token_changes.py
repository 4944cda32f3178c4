"""API tokens made and revoked by people: each with its record, in the same transaction."""

from datetime import datetime

from chalicelib.domain.access.actors import OWNER, Actor
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.time.instants import to_text
from chalicelib.platform.clock import Clock
from chalicelib.store import activity_items, token_table
from chalicelib.store.activity_items import Activity
from chalicelib.store.dynamodb.transaction import Transaction, TransactionLost
from chalicelib.store.token_table import Token


def grant(
    token: Token, tenant_id: str, by: Actor, now: datetime, clock: Clock, *, again: bool
) -> None:
    """Store a new token that somebody of that tenant makes, with a record for each tenant.

    `again`: the request may have come before, and have been cut short after the token was stored.
    Nobody got to know its secret then, so it gets this one instead. Raises `Conflict` if somebody
    did, or it was revoked since.
    """
    transaction = Transaction(clock)
    token_table.put(transaction, token)
    for each in sorted({tenant_id, token.tenant_id}):
        known_as = by if each == tenant_id else OWNER
        activity_items.put(transaction, _activity(each, token, known_as, "token_created", now))
    try:
        transaction.commit()
    except TransactionLost as error:
        if not again:
            raise
        _renew(token, clock, error)


def revoke(token: Token, by: Actor, now: datetime, clock: Clock) -> None:
    """Remove a token for good. Raises `NotFound` if somebody was quicker."""
    transaction = Transaction(clock)
    token_table.delete(transaction, token)
    activity_items.put(transaction, _activity(token.tenant_id, token, by, "token_revoked", now))
    try:
        transaction.commit()
    except TransactionLost as error:
        raise NotFound("There is no such token.") from error


def _renew(token: Token, clock: Clock, lost: TransactionLost) -> None:
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
    return activity_items.new_activity(
        tenant_id, now, actor=actor, action=action, subject=token.token_id, details=details
    )
