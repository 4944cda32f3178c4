"""Which API tokens were made with which token: so that all of them can be revoked with it.

There is a small partition for each token that has made others. Its items go with the time to live
of the tokens they name.
"""

from dataclasses import dataclass
from typing import Final

from chalicelib.store.dynamodb.models import ControlItem
from chalicelib.store.dynamodb.transaction import Transaction
from chalicelib.store.token_table import Token

_KIND: Final = "made-by#"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """The fact that the token `token_id` was made with the token `maker_id` of a tenant."""

    maker_id: str
    maker_tenant_id: str
    token_id: str


def put(transaction: Transaction, made: MadeToken, token: Token) -> None:
    """Add to a transaction: the token was made with that one."""
    item = ControlItem(
        _KIND + made.maker_id,
        made.token_id,
        value={"maker_tenant_id": made.maker_tenant_id},
        expires_at=token.expires_at,
    )
    transaction.put("made", item, condition=ControlItem.kind.does_not_exist())


def of(maker_id: str) -> list[MadeToken]:
    """What was made with that token, the oldest first."""
    return [
        MadeToken(
            maker_id=maker_id,
            maker_tenant_id=item.value["maker_tenant_id"],
            token_id=item.key,
        )
        for item in ControlItem.query(_KIND + maker_id, consistent_read=True)
    ]


def drop(made: MadeToken) -> None:
    """Remove the item: the token, and all that was made with it, is revoked."""
    ControlItem(_KIND + made.maker_id, made.token_id).delete()
