"""API tokens made and revoked by people: each with its record, in the same transaction."""

from datetime import datetime

from chalicelib.clock import Clock
from chalicelib.domain.instants import to_text
from chalicelib.errors import Conflict, NotFound
from chalicelib.store import inbox, tokens
from chalicelib.store.inbox import Activity
from chalicelib.store.tokens import Token
from chalicelib.store.transaction import Transaction, TransactionLost


def grant(token: Token, tenant_id: str, now: datetime, clock: Clock, *, again: bool) -> None:
    """Store a new token that somebody of that tenant makes, with a record for each tenant.

    `again`: the request may have come before, and have been cut short after the token was stored.
    Nobody got to know its secret then, so it gets this one instead. Raises `Conflict` if somebody
    did, or it was revoked since.
    """
    transaction = Transaction(clock)
    tokens.put(transaction, token)
    for each in sorted({tenant_id, token.tenant_id}):
        inbox.put(transaction, _deed(each, token, token.created_by, "token_created", now))
    try:
        transaction.commit()
    except TransactionLost as error:
        if not again:
            raise
        _renew(token, clock, error)


def revoke(token: Token, actor: str, now: datetime, clock: Clock) -> None:
    """Remove a token for good. Raises `NotFound` if somebody was quicker."""
    transaction = Transaction(clock)
    tokens.delete(transaction, token)
    inbox.put(transaction, _deed(token.tenant_id, token, actor, "token_revoked", now))
    try:
        transaction.commit()
    except TransactionLost as error:
        raise NotFound("There is no such token.") from error


def _renew(token: Token, clock: Clock, lost: TransactionLost) -> None:
    transaction = Transaction(clock)
    tokens.renew(transaction, token)
    try:
        transaction.commit()
    except TransactionLost:
        raise Conflict("The token was made by an earlier request, and used or revoked.") from lost


def _deed(tenant_id: str, token: Token, actor: str, action: str, now: datetime) -> Activity:
    details = {
        "name": token.name,
        "tenant_id": token.tenant_id,
        "scopes": list(token.scopes),
        "expires_at": token.valid_until and to_text(token.valid_until),
    }
    return inbox.deed(
        tenant_id, now, actor=actor, action=action, subject=token.token_id, details=details
    )
